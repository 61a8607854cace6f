# Where it all happens: a directory of its own, with images that are mounted in it, of which nothing
# is left at the end. The mounts are in a namespace of their own: a copy of them in somebody else's, made
# at that moment, would keep a daemon alive after the mount was unmounted here.
package Bench::Place;
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Temp qw(tempdir);
use Bench::Clock;
use Bench::Command;

use constant { SYS_UNSHARE => 272, CLONE_NEWNS => 0x20000 };    # on x86-64

my %MAKE = (
  # Without lazy initialisation, which would go on writing in the background of the first rows.
  ext4 => ['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0'],
  xfs => ['mkfs.xfs', '-q', '-f', '-m', 'reflink=1'],
);
my %PACKAGE = (ext4 => 'e2fsprogs', xfs => 'xfsprogs');

my ($root, %mounted, %daemons, %clients);
my $owner = $$;

# Makes the directory, in DIR or where temporary files go. With DIR the layers live right in it,
# without on an image of ext4.
sub make {
  my ($dir) = @_;
  syscall(SYS_UNSHARE, CLONE_NEWNS) == 0 or fail("unshare: $!");
  run('mount', '--make-rprivate', '/');
  my $parent = $dir // $ENV{TMPDIR} // '/var/tmp';
  -d $parent or fail("no directory $parent");
  $root = abs_path(tempdir('ovl-bench.XXXXXX', DIR => $parent));
  chmod 0755, $root;
  $mounted{ext4} = $root if $dir;
}

# The directory for what is on that kind of filesystem; options go to its mkfs.
sub on {
  my ($type, @options) = @_;
  $mounted{$type} //= mount_image($type, @options);
  return $mounted{$type};
}

sub mount_image {
  my ($type, @options) = @_;
  has_command($MAKE{$type}[0]) || install($PACKAGE{$type}) || fail("no $MAKE{$type}[0]");
  my $image = "$root/$type.image";
  open my $file, '>', $image or fail("$image: $!");
  truncate $file, 16 << 30 or fail("$image: $!");
  close $file;
  run(@{ $MAKE{$type} }, @options, $image);
  mkdir "$root/$type";
  # Direct, so that the data is in one page cache and not also in the one of the image.
  my $loop = `losetup --find --show --direct-io=on '$image' 2>/dev/null`;
  chomp $loop;
  $loop = '' if $? != 0;
  run('mount', '-t', $type, $loop eq '' ? ('-o', 'loop', $image) : $loop, "$root/$type");
  # Detached now means: when it is unmounted.
  system("losetup -d '$loop'") if $loop ne '';
  return "$root/$type";
}

# What is written reaches the disk before the clock starts.
sub sync_all { run('sync', '-f', $_) for values %mounted }

# Also of names: 2, of data: 1, of both: 3.
sub drop_caches {
  my ($which) = @_;
  sync_all();
  open my $file, '>', '/proc/sys/vm/drop_caches' or fail("drop_caches: $!");
  print $file "$which\n";
  close $file or fail("drop_caches: $!");
}

# A process that works in a mount, and would keep it.
sub add_client { my ($pid) = @_; $clients{$pid} = 1 }

sub await_client {
  my ($pid) = @_;
  waitpid $pid, 0;
  delete $clients{$pid};
}

sub add_daemon { my ($pid) = @_; $daemons{$pid} = 1 }

# Waits for the end of a daemon that was unmounted; false if it does not come.
sub await_end {
  my ($pid) = @_;
  for (1 .. 15000) {
    return delete $daemons{$pid}, 1 unless -d "/proc/$pid";
    pause 0.01;
  }
  return 0;
}

# The mounts below the directory, last first.
sub mounts {
  open my $file, '<', '/proc/self/mounts' or return;
  return grep { index($_, "$root/") == 0 } reverse map { (split ' ')[1] } <$file>;
}

sub clean_up {
  return unless defined $root && $$ == $owner;
  my $status = $?;
  chdir '/';
  kill 'KILL', keys %clients;
  my %images = map { ("$root/$_" => 1) } keys %MAKE;
  for my $mount (grep { !$images{$_} } mounts()) {
    system("umount '$mount' 2>/dev/null || umount -l '$mount'");
  }
  await_end($_) || kill('KILL', $_) for keys %daemons;
  for my $mount (mounts()) {
    my $tries = 20;
    while (system("umount '$mount' 2>/dev/null") != 0 && $tries-- > 0) { pause 0.2 }
    system("umount -l '$mount'") if $tries < 0;
  }
  system('rm', '-rf', '--one-file-system', $root);
  $root = undef;
  $? = $status;
}
END { clean_up() }

1;
