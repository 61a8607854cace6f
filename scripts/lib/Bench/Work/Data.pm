# Work on the data of large files.
package Bench::Work::Data;
use strict;
use warnings;
use Fcntl qw(:DEFAULT :seek);
use POSIX ();
use Exporter qw(import);
use Bench::Layers qw(MIB);
use Bench::Place;
use Bench::Work::Names qw(walk_all);

our @EXPORT_OK = qw(data cold);

use constant { SYS_MMAP => 9, SYS_MUNMAP => 11, PROT_READ => 1, MAP_SHARED => 1 };    # on x86-64

sub read_file {
  my ($file, $size) = @_;
  my ($data, $seen) = ('', 0);
  my $fd = POSIX::open($file, O_RDONLY) // die "$file: $!\n";
  while ((my $got = POSIX::read($fd, $data, 131072) // die "$file: $!\n") > 0) { $seen += $got }
  POSIX::close($fd);
  $seen == $size or die "$file: read $seen bytes, not $size\n";
}

# Copies what is mapped, a piece at a time, as unpack reads what a pointer points at.
sub map_file {
  my ($file, $size) = @_;
  my $fd = POSIX::open($file, O_RDONLY) // die "$file: $!\n";
  my $address = syscall(SYS_MMAP, 0, $size, PROT_READ, MAP_SHARED, $fd, 0);
  $address != -1 or die "mmap of $file: $!\n";
  POSIX::close($fd);
  my $pieces = 0;
  for (my $at = 0; $at < $size; $at += MIB) {
    $pieces += length unpack 'P' . MIB, pack 'J', $address + $at;
  }
  syscall(SYS_MUNMAP, $address, $size) == 0 or die "munmap of $file: $!\n";
  $pieces == $size or die "$file: $pieces bytes mapped, not $size\n";
}

# Calls for so many places of a file of so many MiB, the same ones each time.
sub at_random {
  my ($file, $flags, $count, $mib, $seed, $act) = @_;
  my $fd = POSIX::open($file, $flags) // die "$file: $!\n";
  for (1 .. $count) {
    $seed = ($seed * 1103515245 + 12345) & 0x7fffffff;
    POSIX::lseek($fd, ($seed % ($mib * 256)) * 4096, SEEK_SET);
    $act->($fd) == 4096 or die "$file: $!\n";
  }
  POSIX::close($fd);
}

sub data {
  my ($session) = @_;
  my $size = $session->{size};
  my $bytes = $size->{big} * MIB;
  $session->timed("seq-read-$_", sub { read_file('big', $bytes) }) for qw(first again);
  $session->timed("mmap-$_", sub { map_file('mapped', $size->{mapped} * MIB) }) for qw(first again);
  my $read = sub { POSIX::read($_[0], my $data, 4096) };
  $session->timed("random-read-$_", sub {
    at_random('large', O_RDONLY, $size->{random}, $size->{large}, 12345, $read);
  }) for qw(first again);
  # The native directory is a layer, which nothing is written to.
  my $written = ($session->{system} eq 'native' ? "$session->{dir}/upper/" : '') . 'written';
  $session->timed('seq-write', sub {
    my $data = 'w' x 131072;
    my $fd = POSIX::open($written, O_WRONLY | O_CREAT, 0644) // die "written: $!\n";
    for (1 .. $size->{big} * 8) { POSIX::write($fd, $data, 131072) == 131072 or die "written: $!\n" }
    POSIX::close($fd);
  });
  my $block = 'r' x 4096;
  $session->timed('random-write', sub {
    at_random($written, O_WRONLY, $size->{random}, $size->{big}, 54321,
      sub { POSIX::write($_[0], $block, 4096) });
  });
}

sub cold {
  my ($session) = @_;
  Bench::Place::drop_caches(3);
  $session->timed('seq-read-cold', sub { read_file('big', $session->{size}{big} * MIB) });
  $session->timed('walk-cold', walk_all($session));
}

1;
