# How lookup, listing and memory grow with the number of layers, of entries of a directory, and of
# files. Prints a table of all points; with --svg draws them.
package Bench::Scale;
use strict;
use warnings;
use utf8;
use Fcntl qw(O_WRONLY O_CREAT);
use POSIX ();
use Bench::Chart qw(lines);
use Bench::Command;
use Bench::Comparison;
use Bench::Layers qw(write_file);
use Bench::Place;
use Bench::Report qw(machine json_text);
use Bench::Samples qw(median number);
use Bench::Session;
use Bench::Work::Names qw(walk_tree);

my @LAYERS = (1, 2, 8, 32, 128, 500);
my @ENTRIES = (100, 1_000, 10_000, 100_000, 1_000_000);
my @FILES = (10_000, 100_000, 1_000_000, 5_000_000);

use constant { NAMES => 2000, FILES_PER_DIR => 1000 };
# Some systems ask each layer for each name that they list.
use constant { LISTED => 5, DIRECTORIES => 4 };

# The panels: name, title, axes.
my @PANELS = (
  ['layers-lookup', 'lookup, directory in one of the layers', 'layers', 'µs per name'],
  ['layers-missing', 'lookup of no such name, directory in all layers', 'layers', 'µs per name'],
  ['layers-list', 'listing of a directory in all layers, ' . LISTED . ' names from each', 'layers',
    'µs per directory'],
  ['layers-mount', 'start to mounted', 'layers', 'ms'],
  ['layers-rss', 'memory of the daemon after that', 'layers', 'MiB'],
  ['entries-lookup', 'lookup in a directory', 'entries of the directory', 'µs per name'],
  ['entries-list', 'listing of a directory in two layers', 'entries of the directory', 'µs per entry'],
  ['entries-rss', 'memory of the daemon after that', 'entries of the directory', 'MiB'],
  ['files-walk', 'first walk + lstat', 'files', 'µs per file'],
  ['files-rss', 'memory of the daemon after that', 'files', 'MiB'],
  ['files-heap', 'heap that the walk fills (JVM)', 'files', 'bytes per file'],
  ['files-forgotten', 'heap still filled when the kernel has forgotten them (JVM)', 'files',
    'bytes per file'],
  ['files-descriptors', 'descriptors that the daemon has open then', 'files', 'descriptors'],
);

my %points;    # panel -> system -> x -> [values]

sub add {
  my ($panel, $session, $x, $value) = @_;
  push @{ $points{$panel}{ $session->{system} }{$x} }, $value if defined $value;
}

sub measure {
  my ($option) = @_;
  # As many inodes as there will be files.
  my $home = Bench::Place::on('ext4', '-N', int(1.2 * $option->{files}) + 3_000_000);
  my @rows = @{ $option->{rows} };
  my %parts = (layers => \&by_layers, entries => \&by_entries, files => \&by_files);
  for my $part (qw(layers entries files)) {
    next if @rows && !grep { index($part, $_) == 0 } @rows;
    $parts{$part}->($option, $home);
  }
  print_points($option);
  Bench::Report::write_file($option->{json}, json($option)) if $option->{json};
  Bench::Report::write_file($option->{svg}, chart($option)) if $option->{svg};
}

# Does the work on each system in turn, mounted on these lowers.
sub on_each {
  my ($option, $home, $lowers, $what, $work) = @_;
  for my $repetition (1 .. $option->{repeat}) {
    for my $system (@{ $option->{systems} }) {
      say_progress("$what, $system, $repetition/$option->{repeat}");
      Bench::Place::sync_all();
      my $session = Bench::Session->begin(system => $system, home => $home, lowers => $lowers,
        arguments => [split ' ', $option->{arguments} // '']);
      $work->($session);
      $session->stop;
    }
  }
}

# Short names, relative to home, as 500 of them must fit into one page.
sub by_layers {
  my ($option, $home) = @_;
  for my $count (@LAYERS) {
    my @lowers = map { "l$_" } 0 .. $count - 1;
    for my $n (0 .. $#lowers) {
      run('mkdir', '-p', map { "$home/$lowers[$n]/all/$_" } 1 .. DIRECTORIES);
      for my $d (1 .. DIRECTORIES) {
        write_file("$home/$lowers[$n]/all/$d/f$n.$_", '') for 1 .. LISTED;
      }
    }
    my $one = "$home/$lowers[$count / 2]/one";
    make_names($one, NAMES);
    Bench::Comparison::warm($_) for map { "$home/$_" } @lowers;
    on_each($option, $home, \@lowers, "$count layers", sub { layers_work($_[0], $count) });
    run('rm', '-rf', map { "$home/$_" } @lowers);
  }
}

sub layers_work {
  my ($session, $count) = @_;
  add('layers-mount', $session, $count, $session->{seconds} * 1e3);
  my $one = $session->timed('', sub { lstat "one/f$_" or die "f$_: $!\n" for 0 .. NAMES - 1 });
  add('layers-lookup', $session, $count, $one / NAMES * 1e6);
  my $missing = $session->timed('', sub {
    for my $n (0 .. NAMES - 1) { lstat 'all/' . (1 + $n % DIRECTORIES) . "/no$n" and die "no$n exists\n" }
  });
  add('layers-missing', $session, $count, $missing / NAMES * 1e6);
  my $list = $session->timed('', sub { names_in("all/$_") == $count * LISTED or die "all/$_\n" for 1 .. DIRECTORIES });
  add('layers-list', $session, $count, $list / DIRECTORIES * 1e6);
  add('layers-rss', $session, $count, $session->rss);
}

sub names_in {
  my ($path) = @_;
  opendir my $handle, $path or die "$path: $!\n";
  return scalar grep { !/^\.\.?$/ } readdir $handle;
}

sub make_names {
  my ($dir, $count) = @_;
  run('mkdir', '-p', $dir);
  for my $n (0 .. $count - 1) {
    my $fd = POSIX::open("$dir/f$n", O_WRONLY | O_CREAT, 0644) // fail("$dir/f$n: $!");
    POSIX::close($fd);
  }
}

sub by_entries {
  my ($option, $home) = @_;
  for my $count (grep { $_ <= $option->{files} } @ENTRIES) {
    # All of them in the one layer, a half in the other above it.
    make_names("$home/l0/dir", $count / 2);
    make_names("$home/l1/dir", $count);
    Bench::Comparison::warm("$home/$_/dir") for qw(l0 l1);
    on_each($option, $home, ['l0', 'l1'], "$count entries", sub { entries_work($_[0], $count) });
    run('rm', '-rf', "$home/l0", "$home/l1");
  }
}

sub entries_work {
  my ($session, $count) = @_;
  # Spread over the whole directory.
  my @names = map { 'f' . int($_ * $count / NAMES) } 0 .. NAMES - 1;
  @names = map { "f$_" } 0 .. $count - 1 if $count < NAMES;
  my $lookup = $session->timed('', sub { lstat "dir/$_" or die "$_: $!\n" for @names });
  add('entries-lookup', $session, $count, $lookup / @names * 1e6);
  my $list = $session->timed('', sub { names_in('dir') == $count or die "not $count entries\n" });
  add('entries-list', $session, $count, $list / $count * 1e6);
  add('entries-rss', $session, $count, $session->rss);
}

sub by_files {
  my ($option, $home) = @_;
  my $made = 0;
  run('mkdir', '-p', "$home/l1");
  for my $count (grep { $_ <= $option->{files} } @FILES) {
    say_progress("making $count files");
    make_names("$home/l0/$_", FILES_PER_DIR) for $made .. $count / FILES_PER_DIR - 1;
    $made = $count / FILES_PER_DIR;
    on_each($option, $home, ['l0', 'l1'], "$count files", sub { files_work($_[0], $count) });
  }
  run('rm', '-rf', "$home/l0", "$home/l1");
}

sub files_work {
  my ($session, $count) = @_;
  # The kernel's own names of the layers are dropped together with those of the mount, below.
  run("ls -lRU '$session->{home}/l0' >/dev/null");
  my $idle = heap($session);
  my $walk = $session->timed('', sub {
    my $seen = walk_tree('.');
    $seen == $count + $count / FILES_PER_DIR or die "saw $seen entries\n";
  });
  add('files-walk', $session, $count, $walk / $count * 1e6);
  add('files-rss', $session, $count, $session->rss);
  return unless defined $idle;
  add('files-heap', $session, $count, (heap($session) - $idle) / $count);
  Bench::Place::drop_caches(2);
  add('files-forgotten', $session, $count, (heap($session) - $idle) / $count);
  my @descriptors = glob "/proc/$session->{pid}/fd/*";
  add('files-descriptors', $session, $count, scalar @descriptors);
}

# Bytes of heap in use after a collection; undef if the daemon is no JVM, or there is no jcmd.
sub heap {
  my ($session) = @_;
  my $java = readlink "/proc/$session->{pid}/exe" if $session->{pid};
  return undef unless defined $java && $java =~ s{/java$}{/jcmd} && -x $java;
  my ($line) = grep { /^Total/ } `'$java' $session->{pid} GC.class_histogram`;
  defined $line or fail('jcmd says nothing about the heap');
  return (split ' ', $line)[2];
}

# The points of one panel and system: [[x, y], ...].
sub line_of {
  my ($panel, $system) = @_;
  my $line = $points{$panel}{$system} or return ();
  return map { [$_, median(@{ $line->{$_} })] } sort { $a <=> $b } keys %$line;
}

sub print_points {
  my ($option) = @_;
  binmode STDOUT, ':utf8';
  print machine($option->{systems}), "; $option->{repeat} repetitions.\n";
  for my $panel (grep { $points{ $_->[0] } } @PANELS) {
    my ($name, $title, $x, $y) = @$panel;
    my @systems = grep { $points{$name}{$_} } @{ $option->{systems} };
    my @xs = map { $_->[0] } line_of($name, $systems[0]);
    print "\n| $title, $y | ", join(' | ', map { "$_ $x" } @xs), " |\n|---|", '---:|' x @xs, "\n";
    print "| $_ | ", join(' | ', map { number($_->[1]) } line_of($name, $_)), " |\n" for @systems;
  }
}

sub chart {
  my ($option) = @_;
  my @panels;
  for my $panel (grep { $points{ $_->[0] } } @PANELS) {
    my ($name, $title, $x, $y) = @$panel;
    my %lines = map { ($_ => [line_of($name, $_)]) } keys %{ $points{$name} };
    push @panels, { title => $title, x => $x, y => $y, lines => \%lines };
  }
  return lines(machine($option->{systems}), $option->{systems}, \@panels);
}

sub json {
  my ($option) = @_;
  my @panels;
  for my $panel (grep { $points{ $_->[0] } } @PANELS) {
    my ($name, $title, $x, $y) = @$panel;
    my @lines = map {
      my $system = $_;
      sprintf '    %s: {%s}', json_text($system),
        join ', ', map { sprintf '"%d": %.6g', @$_ } line_of($name, $system)
    } grep { $points{$name}{$_} } @{ $option->{systems} };
    push @panels, sprintf qq(  {"name": %s, "what": %s, "unit": %s, "by": %s, "systems": {\n%s}}),
      (map { json_text($_) } $name, $title, $y, $x), join(",\n", @lines);
  }
  return sprintf qq({"machine": %s, "panels": [\n%s\n]}\n), json_text(machine($option->{systems})),
    join(",\n", @panels);
}

1;
