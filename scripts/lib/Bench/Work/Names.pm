# Work on names and small files.
package Bench::Work::Names;
use strict;
use warnings;
use Fcntl qw(:DEFAULT S_ISDIR);
use POSIX ();
use Exporter qw(import);
use Bench::Clock;
use Bench::Command;
use Bench::Layers qw(FILES_PER_DIR CLONES files_of);
use Bench::Place;

# Small files that are copied up before a mount counts as one in use.
use constant SETTLING => 500;

our @EXPORT_OK =
  qw(start walk find read_small change copy_up copy_up_huge parallel walk_all walk_tree shell
     SETTLING);

sub start {
  my ($session) = @_;
  $session->record('mount', $session->{seconds});
  pause 0.3;
  $session->record('rss-idle', $session->rss);
}

sub walk_tree {
  my ($dir) = @_;
  my $seen = 0;
  my @left = ($dir);
  while (defined(my $next = pop @left)) {
    opendir my $handle, $next or die "$next: $!\n";
    for my $name (readdir $handle) {
      next if $name eq '.' || $name eq '..';
      my $mode = (lstat "$next/$name")[2] // die "$next/$name: $!\n";
      $seen++;
      push @left, "$next/$name" if S_ISDIR($mode);
    }
  }
  return $seen;
}

# Walks the tree, all of it.
sub walk_all {
  my ($session) = @_;
  my $expected = $session->{size}{tree} * (1 + 1 / FILES_PER_DIR);
  return sub {
    my $seen = walk_tree('tree');
    $seen == $expected or die "saw $seen entries, not $expected\n";
  };
}

sub walk {
  my ($session) = @_;
  my $size = $session->{size};
  $session->timed("walk-$_", walk_all($session)) for qw(first again);
  $session->record('rss-walk', $session->rss);
  $session->timed("missing-$_", missing_names($session, 0 .. $size->{few} - 1)) for qw(first again);
}

sub missing_names {
  my ($session, @numbers) = @_;
  my $dirs = $session->{size}{tree} / FILES_PER_DIR;
  return sub {
    for my $n (@numbers) {
      my $dir = $n % $dirs;
      lstat "tree/d$dir/missing$n" and die "missing$n exists\n";
    }
  };
}

sub shell {
  my ($command) = @_;
  return sub { system($command) == 0 or die "failed: $command\n" };
}

sub find {
  my ($session) = @_;
  $session->timed("find-$_", shell('find tree -ls >/dev/null')) for qw(first again);
}

sub read_files {
  my (@files) = @_;
  return sub {
    my $data;
    for my $file (@files) {
      my $fd = POSIX::open($file, O_RDONLY) // die "$file: $!\n";
      POSIX::read($fd, $data, 4096) == 4096 or die "$file: short read\n";
      POSIX::close($fd);
    }
  };
}

sub create_files {
  my (@files) = @_;
  my $data = 'y' x 4096;
  return sub {
    for my $file (@files) {
      my $fd = POSIX::open($file, O_WRONLY | O_CREAT | O_EXCL, 0644) // die "$file: $!\n";
      POSIX::write($fd, $data, 4096) == 4096 or die "$file: $!\n";
      POSIX::close($fd);
    }
  };
}

sub unlink_files {
  my (@files) = @_;
  return sub { unlink $_ or die "$_: $!\n" for @files };
}

sub read_small {
  my ($session) = @_;
  my @files = files_of('small', $session->{size}{few});
  $session->timed("read-$_", read_files(@files)) for qw(first again);
}

sub change {
  my ($session) = @_;
  my $count = $session->{size}{few};
  my @files = map { "new/f$_" } 1 .. $count;
  $session->timed('create', sub {
    mkdir 'new' or die "new: $!\n";
    create_files(@files)->();
  });
  $session->timed('unlink', unlink_files(@files));
  $session->timed('unlink-lower', unlink_files(files_of('small', $count)));
}

sub append {
  my ($file) = @_;
  my $fd = POSIX::open($file, O_WRONLY | O_APPEND) // die "$file: $!\n";
  POSIX::write($fd, 'z', 1) == 1 or die "$file: $!\n";
  POSIX::close($fd);
}

sub copy_up {
  my ($session) = @_;
  my $suffix = $session->{volatile} ? '-volatile' : '';
  my $half = $session->{size}{half};
  my @second = splice @{ [files_of('small', 2 * $half)] }, $half;
  my $dirs = join ' ', map { "small/d$_" } 0 .. $half / FILES_PER_DIR - 1;
  $session->timed("chown$suffix", shell("chown -R 1:1 $dirs"));
  $session->timed("append$suffix", sub { append($_) for @second });
  Bench::Place::sync_all();
  $session->timed("append-large$suffix", sub { append('large') });
}

# The copy-up of one large file, on the filesystem the group is for. Where it takes no longer than that
# of a small one, what is measured is the first use of a daemon; so those of others follow, when many
# small ones have been copied up.
sub copy_up_huge {
  my ($session) = @_;
  my $which = $session->{on} . ($session->{volatile} ? '-volatile' : '');
  $session->timed("append-huge-$which", sub { append('huge') });
  return if $session->{on} ne 'xfs';
  $session->timed('settling', sub { append($_) for files_of('small', SETTLING) }); # is no row
  $session->timed("append-clones-$which", sub { append("clones/f$_") for 1 .. CLONES });
}

# The same work as one client's, divided among several.
sub parallel {
  my ($session) = @_;
  my $clients = $session->{clients};
  my $count = $session->{size}{few};
  my $share = sub {
    my ($client, @all) = @_;
    return @all[grep { $_ % $clients == $client } 0 .. $#all];
  };
  my @small = files_of('small', $count);
  my @works = (
    missing => sub { missing_names($session, $share->($_[0], 0 .. $count - 1)) },
    read => sub { read_files($share->($_[0], @small)) },
    create => sub {
      my $dir = "new$_[0]";
      my $create = create_files(map { "$dir/f$_" } 1 .. $count / $clients);
      return sub {
        mkdir $dir or die "$dir: $!\n";
        $create->();
      };
    },
    unlink => sub { my $dir = "new$_[0]"; unlink_files(map { "$dir/f$_" } 1 .. $count / $clients) },
  );
  while (my ($name, $work) = splice @works, 0, 2) {
    $session->timed_together("$name-by-$clients", map { $work->($_) } 0 .. $clients - 1);
  }
}

1;
