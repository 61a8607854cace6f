# One system, mounted on fresh directories, and the clock for what is done in it.
package Bench::Session;
use strict;
use warnings;
use POSIX ();
use Bench::Clock;
use Bench::Command;
use Bench::Place;
use Bench::Samples;
use Bench::Systems;

# Mounts. Takes: system, home (the directory for upper, work and merged), lowers (from the top) and, if
# need be, volatile, arguments (of ours), program (another than the usual one), rows (a set: those to be
# recorded; all if there is none), skip (a set: those it cannot do).
sub begin {
  my ($class, %session) = @_;
  my $self = bless \%session, $class;
  my $dir = $self->{dir} = "$self->{home}/run";
  run('mkdir', '-p', "$dir/upper", "$dir/work", "$dir/merged");
  $self->{merged} //= "$dir/merged";
  return $self if $self->{system} eq 'native';
  my $layers = { lowers => $self->{lowers}, upper => "$dir/upper", work => "$dir/work" };
  my @command = Bench::Systems::mount_command($self, $layers);
  my $before = (lstat $self->{merged})[0];
  my $start = now;
  $self->start(@command, $self->{merged});
  $self->{seconds} = now - $start;
  (lstat $self->{merged})[0] != $before or fail("@command $self->{merged}: nothing is mounted");
  if ($self->{system} ne 'kernel') {
    $self->{pid} = daemon_of($self->{merged});
    Bench::Place::add_daemon($self->{pid});
  }
  return $self;
}

# Runs a command that says nothing if it succeeds: what it says is for who uses it, not for here.
sub start {
  my ($self, @command) = @_;
  my $said = "$self->{home}/said";
  my $pid = fork // fail("fork: $!");
  if ($pid == 0) {
    # Where names of layers without a slash begin.
    chdir $self->{home};
    open STDERR, '>', $said;
    open STDOUT, '>&', \*STDERR;
    exec @command or POSIX::_exit(127);
  }
  waitpid $pid, 0;
  return if $? == 0;
  system('cat', $said);
  fail("failed ($?): @command");
}

# The process that has the mountpoint among its arguments and is not a shell.
sub daemon_of {
  my ($merged) = @_;
  for my $file (glob '/proc/[0-9]*/cmdline') {
    open my $in, '<', $file or next;
    local $/;
    my @words = split /\0/, <$in> // '';
    next unless @words && $words[-1] eq $merged && $words[0] !~ m{(?:^|/)(?:ba)?sh$};
    return $1 if $file =~ m{/proc/(\d+)/};
  }
  fail("found no daemon for $merged");
}

sub stop {
  my ($self) = @_;
  if ($self->{system} ne 'native') {
    my $tries = 50;
    while (system("umount '$self->{merged}' 2>/dev/null") != 0) {
      fail("cannot unmount $self->{merged}") if $tries-- == 0;
      pause 0.1;
    }
  }
  if ($self->{pid} && !Bench::Place::await_end($self->{pid})) {
    fail("$self->{system}: the daemon $self->{pid} does not end");
  }
  run('rm', '-rf', $self->{dir});
}

# MiB of memory that the daemon has.
sub rss {
  my ($self) = @_;
  my $pid = $self->{pid} or return undef;
  open my $in, '<', "/proc/$pid/status" or fail("/proc/$pid/status: $!");
  /^VmRSS:\s+(\d+) kB/ and return $1 / 1024 while <$in>;
  return undef;
}

# Seconds of CPU time that the daemon has used.
sub cpu_time {
  my ($self) = @_;
  my $pid = $self->{pid} or return 0;
  open my $in, '<', "/proc/$pid/stat" or return 0;
  my ($rest) = <$in> =~ /\) (.*)/;
  my @fields = split ' ', $rest;
  return ($fields[11] + $fields[12]) / POSIX::sysconf(POSIX::_SC_CLK_TCK());
}

sub wants { my ($self, $row) = @_; return !$self->{rows} || $self->{rows}{$row} }

sub record {
  my ($self, $row, $value, $cpu) = @_;
  return unless defined $value && $self->wants($row);
  Bench::Samples::add($row, $self->{system}, $value, $self->{pid} ? $cpu : undef);
}

# Does the work in a process of its own, in the mount, and records how long it took.
sub timed {
  my ($self, $row, $work) = @_;
  return $self->timed_together($row, $work);
}

# The same with several processes that start together; the time is that until the last one ends.
sub timed_together {
  my ($self, $row, @works) = @_;
  return undef if $self->{skip}{$row};
  my $before = $self->cpu_time;
  # Its end, when nobody can write to it any more, is the signal to start.
  pipe my $gate, my $closer or fail("pipe: $!");
  my @clients = map { $self->client($row, $_, $gate, $closer) } @works;
  readline($_->{out}) // fail("$row on $self->{system}: no client") for @clients;
  close $closer;
  my ($first, $last);
  for my $client (@clients) {
    my $line = readline $client->{out};
    Bench::Place::await_client($client->{pid});
    defined $line or fail("$row on $self->{system} failed");
    my ($start, $end) = split ' ', $line;
    $first = $start if !defined $first || $start < $first;
    $last = $end if !defined $last || $end > $last;
  }
  $self->record($row, $last - $first, $self->cpu_time - $before);
  return $last - $first;
}

sub client {
  my ($self, $row, $work, $gate, $closer) = @_;
  pipe my $out, my $in or fail("pipe: $!");
  my $pid = fork // fail("fork: $!");
  if ($pid == 0) {
    close $closer;
    chdir $self->{merged} or POSIX::_exit(1);
    syswrite $in, "ready\n";
    sysread $gate, my $nothing, 1;
    my $start = now;
    my $ok = eval { $work->(); 1 };
    my $end = now;
    print STDERR "bench: $row on $self->{system}: $@" unless $ok;
    syswrite $in, sprintf "%.6f %.6f\n", $start, $end if $ok;
    POSIX::_exit(0);
  }
  Bench::Place::add_client($pid);
  return { pid => $pid, out => $out };
}

1;
