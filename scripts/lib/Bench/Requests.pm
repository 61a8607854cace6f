# What a request costs on this machine, whatever the daemon does with it: calls of one request or two, with
# each system, and with a C program that answers at once and always the same (constant-answers.c). With it, too,
# the kernel checks permissions, for which it asks for a directory's attributes after each change in it.
package Bench::Requests;
use strict;
use warnings;
use utf8;
use Fcntl qw(:DEFAULT);
use Bench::Command;
use Bench::Layers qw(write_file);
use Bench::Place;
use Bench::Report qw(machine);
use Bench::Samples qw(median spread number values_of);
use Bench::Session;
use Bench::Work::Files qw(open_file close_file);

use constant { CONSTANT => 'constant', COUNT => 5000 };

# In this order: the first looks the names up that the others know.
my @ROWS = (
  ['lookup', 'lstat of a file, first', 'LOOKUP', sub { lstat "f$_" or die "f$_: $!\n" for 1 .. COUNT }],
  ['missing', 'lstat of a missing name, first', 'LOOKUP',
    sub { lstat "no$_" and die "no$_ exists\n" for 1 .. COUNT }],
  ['open', 'open and close', 'OPEN, RELEASE', sub { close_file(open_file("f$_", O_RDONLY)) for 1 .. COUNT }],
  ['chmod', 'chmod', 'SETATTR', sub { chmod(0600, "f$_") or die "f$_: $!\n" for 1 .. COUNT }],
  ['create', 'create and close', 'GETATTR of the directory, LOOKUP, CREATE, RELEASE',
    sub { close_file(open_file("new$_", O_WRONLY | O_CREAT | O_EXCL)) for 1 .. COUNT }],
  ['unlink', 'unlink of these', 'GETATTR of the directory, UNLINK',
    sub { unlink("new$_") or die "new$_: $!\n" for 1 .. COUNT }],
);

sub measure {
  my ($option) = @_;
  my $home = Bench::Place::on('ext4');
  my @systems = grep { $_ ne 'native' } @{ $option->{systems} };
  compile("$option->{home}/scripts/constant-answers.c", "$home/constant-answers");
  run('mkdir', '-p', "$home/lower");
  for my $repetition (1 .. $option->{repeat}) {
    for my $system (CONSTANT, @systems) {
      say_progress("$repetition/$option->{repeat} $system");
      run('mkdir', '-p', "$home/run/upper");
      write_file("$home/run/upper/f$_", 'text') for 1 .. COUNT;
      my $session = Bench::Session->begin(system => $system, home => $home, lowers => ["$home/lower"],
        program => $system eq CONSTANT ? "$home/constant-answers" : undef,
        arguments => [split ' ', $option->{arguments} // '']);
      $session->timed($_->[0], $_->[3]) for @ROWS;
      $session->stop;
    }
  }
  print_table($option, @systems);
}

sub compile {
  my ($source, $program) = @_;
  has_command('cc') || install('gcc', 'libc6-dev') || fail('no C compiler');
  run('cc', '-O2', '-pthread', '-o', $program, $source);
}

sub print_table {
  my ($option, @systems) = @_;
  binmode STDOUT, ':utf8';
  printf "%s; %d repetitions in turn. µs for a call, medians ± half the range.\n\n",
    machine(\@systems), $option->{repeat};
  print '| ', join(' | ', 'call', 'requests at least', 'constant answers', @systems), " |\n",
    '|---|---|', '---:|' x (1 + @systems), "\n";
  for my $row (@ROWS) {
    my ($name, $call, $requests) = @$row;
    print '| ', join(' | ', $call, $requests, map { cell(values_of($name, $_)) } CONSTANT, @systems), " |\n";
  }
}

sub cell {
  my (@values) = @_;
  return sprintf '%s ±%.0f%%', number(median(@values) * 1e6 / COUNT), spread(@values);
}

1;
