# How many system calls the daemon makes for a request: strace -c -f counts them while a client makes a
# thousand calls of one kind, in each kind of directory. Reading the request and writing the reply are
# two of them, what the daemon does to wait is counted too, and so is what the kernel asks besides: all
# is shown. Only gettid is not counted, which the JVM's compiler calls, and nobody else.
package Bench::SystemCalls;
use strict;
use warnings;
use utf8;
use Fcntl qw(:DEFAULT);
use POSIX ();
use Bench::Clock;
use Bench::Command;
use Bench::Layers qw(write_file);
use Bench::Place;
use Bench::Report qw(machine);
use Bench::Session;
use Bench::Systems qw(are_ours);
use Bench::Work::Files qw(open_file close_file);

use constant { COUNT => 1000, LOWERS => 8, DIRECTORIES => 50, ENTRIES => 100 };
use constant { SYS_GETXATTR => 191, SYS_STATX => 332, AT_FDCWD => -100, AT_STATX_FORCE_SYNC => 0x2000,
  STATX_BASIC_STATS => 0x7ff };    # on x86-64

# The kinds of directories, and in which layers these are.
my @KINDS = (
  ['upper only', 'run/upper'],
  [sprintf('one lower of %d', LOWERS), 'lower.4'],
  ['upper and two lowers, merged', 'lower.3', 'lower.6', 'run/upper'],
);

# What a client does, and how often. Names were not looked up before, or all of them were, or read.
my @REQUESTS = (
  ['LOOKUP', undef, sub { lstat "names/$_" or die "$_: $!\n" for @_ }],
  ['LOOKUP, no such name', undef, sub { lstat "names/no$_" and die "no$_ exists\n" for @_ }],
  ['GETATTR', \&look, sub { getattr("names/$_") for @_ }],
  ['OPEN, RELEASE', \&look, \&open_and_close],
  ['OPEN, RELEASE of what was read', \&open_and_close, \&open_and_close],
  ['CREATE, RELEASE', undef, sub { close_file(open_file("names/new$_", O_WRONLY | O_CREAT | O_EXCL)) for @_ }],
  ['UNLINK', \&look, sub { unlink "names/$_" or die "$_: $!\n" for @_ }],
  ['READDIRPLUS, of ' . ENTRIES . ' entries', undef, sub { list("lists/$_") for 1 .. DIRECTORIES }, DIRECTORIES],
);

sub look {
  lstat "names/$_" or die "$_: $!\n" for @_;
}

sub open_and_close {
  close_file(open_file("names/$_", O_RDONLY)) for @_;
}

sub getattr {
  my ($path) = @_;
  my $buffer = "\0" x 256;
  syscall(SYS_STATX, AT_FDCWD, $path, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, $buffer) == 0
    or die "$path: $!\n";
}

sub list {
  my ($path) = @_;
  opendir my $handle, $path or die "$path: $!\n";
  my $seen = grep { !/^\.\.?$/ } readdir $handle;
  $seen == ENTRIES or die "$path: $seen entries\n";

}

sub measure {
  my ($option) = @_;
  has_command('strace') || install('strace') || fail('no strace');
  my $home = Bench::Place::on('ext4');
  my @names = map { "f$_" } 1 .. COUNT;
  binmode STDOUT, ':utf8';
  print machine($option->{systems}), '. System calls of the daemon per call of the client (strace -c -f), ',
    COUNT, " calls.\n\n";
  print "| | directory | system calls | which | requests |\n|---|---|---:|---|---|\n";
  for my $system (are_ours(@{ $option->{systems} })) {
    for my $request (wanted(@{ $option->{rows} })) {
      for my $of (@KINDS) {
        my ($kind, @dirs) = @$of;
        make_layers($home, \@dirs, @names);
        my $session = Bench::Session->begin(system => $system, home => $home,
          lowers => [map { "$home/lower.$_" } 1 .. LOWERS], arguments => [split ' ', $option->{arguments} // '']);
        my ($name, $prepare, $work, $times) = @$request;
        $session->timed('', sub { $prepare->(@names) }) if $prepare;
        my ($calls, $requests) = traced($session, sub { $work->(@names) });
        print_row("$system: $name", $kind, $times // COUNT, $calls, $requests);
        $session->stop;
        run('rm', '-rf', map { "$home/lower.$_" } 1 .. LOWERS);
      }
    }
  }
}

# Those whose names begin with one of these words; all without words.
sub wanted {
  my @rows = @_;
  return @REQUESTS unless @rows;
  my @wanted = grep { my $name = $_->[0]; grep { index($name, $_) == 0 } @rows } @REQUESTS;
  fail("no request named @rows") unless @wanted;
  return @wanted;
}

sub make_layers {
  my ($home, $dirs, @names) = @_;
  run('mkdir', '-p', "$home/run/upper", map { "$home/lower.$_" } 1 .. LOWERS);
  for my $i (0 .. $#$dirs) {
    my $dir = "$home/$dirs->[$i]";
    run('mkdir', '-p', "$dir/names", map { "$dir/lists/$_" } 1 .. DIRECTORIES);
    # Each layer has its share.
    my @share = grep { $_ % @$dirs == $i } 0 .. $#names;
    write_file("$dir/names/$names[$_]", 'text') for @share;
    for my $list (1 .. DIRECTORIES) {
      write_file("$dir/lists/$list/f$_", 'text') for grep { $_ % @$dirs == $i } 1 .. ENTRIES;
    }
  }
}

# Does the work under strace; returns how often each system call was made, and each kind of request.
sub traced {
  my ($session, $work) = @_;
  my $report = "$session->{home}/strace";
  my $before = requests($session);
  my $tracer = fork // fail("fork: $!");
  if ($tracer == 0) {
    exec 'strace', '-q', '-c', '-f', '-U', 'calls,name', '-o', $report, '-p', $session->{pid}
      or POSIX::_exit(127);
  }
  await_tracer($session->{pid});
  $session->timed('', $work);
  kill 'INT', $tracer;
  waitpid $tracer, 0;
  my $after = requests($session);
  my %requests = map { ($_ => $after->{$_} - ($before->{$_} // 0)) } keys %$after;
  return (read_report($report), \%requests);
}

# Until every thread of the daemon is traced.
sub await_tracer {
  my ($pid) = @_;
  for (1 .. 3000) {
    my @threads = glob "/proc/$pid/task/*/status";
    return unless grep { !is_traced($_) } @threads;
    pause 0.01;
  }
  fail('strace does not attach');
}

sub is_traced {
  my ($status) = @_;
  open my $in, '<', $status or return 0;
  return scalar grep { /^TracerPid:\s+[1-9]/ } <$in>;
}

# What a strace from before Linux 6.13 calls what is newer.
my %NEWER = (syscall_0x1d1 => 'listxattrat');

sub read_report {
  my ($path) = @_;
  open my $in, '<', $path or fail("$path: $!");
  my %calls;
  while (my $line = <$in>) {
    $calls{ $NEWER{$2} // $2 } = $1
      if $line =~ /^\s*(\d+)\s+(\w+)$/ && $2 !~ /^(?:total|gettid)$/;
  }
  return \%calls;
}

# How many requests of each kind the daemon has served, as it says itself; strace sees none of that.
sub requests {
  my ($session) = @_;
  # Variables, as syscall could write to each.
  my ($path, $name, $value) = ($session->{merged}, 'user.ovl-mount.status', "\0" x 65536);
  my $length = syscall(SYS_GETXATTR, $path, $name, $value, length $value);
  $length > 0 or fail("$path gives no status: $!");
  my %requests = substr($value, 0, $length) =~ /^operation (\S+) (\d+) /mg;
  return \%requests;
}

# More than one in fifty of the calls, the rest is noise.
sub shares {
  my ($times, $counts) = @_;
  return join ', ', map { sprintf '%s %.2f', $_, $counts->{$_} / $times }
    sort { $counts->{$b} <=> $counts->{$a} || $a cmp $b }
    grep { $counts->{$_} > $times / 50 } keys %$counts;
}

sub print_row {
  my ($name, $kind, $times, $calls, $requests) = @_;
  my $all = 0;
  $all += $_ for values %$calls;
  printf "| %s | %s | %.2f | %s | %s |\n", $name, $kind, $all / $times,
    shares($times, $calls), shares($times, $requests);
}

1;
