# The layers that everything is measured on, made once. lower.base has everything; lower.top again has
# a fifth of the files in a tenth of the directories of the tree. So base alone, which is the native
# directory, has the same names as the merged one.
package Bench::Layers;
use strict;
use warnings;
use Fcntl qw(O_WRONLY O_CREAT O_TRUNC);
use POSIX ();
use Exporter qw(import);
use Bench::Command;

our @EXPORT_OK = qw(make_layer write_file files_of FILES_PER_DIR CLONES CLONE_MIB MIB);

use constant { FILES_PER_DIR => 100, CLONES => 20, CLONE_MIB => 16, MIB => 1 << 20 };

my $block;

my %MAKE = (
  tree => sub {
    my ($home, $size) = @_;
    make_files("$home/lower.base/tree", $size->{tree});
    make_files("$home/lower.top/tree", $size->{tree}, 10);
  },
  small => sub { my ($home, $size) = @_; make_files("$home/lower.base/small", $size->{few}) },
  (map {
    my $name = $_;
    $name => sub {
      my ($home, $size) = @_;
      write_file("$home/lower.base/$name", random_block(), $size->{$name});
    }
  } qw(big large mapped huge)),
  # Files with the same data, which takes no more room, but in the copies of who does not share it.
  clones => sub {
    my ($home) = @_;
    my $clones = "$home/lower.base/clones";
    run('mkdir', $clones);
    write_file("$clones/f1", random_block(), CLONE_MIB);
    run('cp', '--reflink=always', "$clones/f1", "$clones/f$_") for 2 .. CLONES;
  },
  real => sub {
    my ($home, $size, $tree) = @_;
    my $real = "$home/lower.base/real";
    run("mkdir '$real' && cd '$tree' && tar c --one-file-system . | tar x -C '$real'");
    my ($bytes) = split ' ', `du -sb '$real'`;
    my $count = () = split /\n/, `cd '$real' && find . -printf '\\n'`, -1;
    $size->{real} = sprintf '%s (%d entries, %d MiB)', $tree, $count - 1, $bytes / MIB;
  },
  archive => sub { my ($home) = @_; run("tar cf '$home/archive.tar' -C '$home/lower.base/real' .") },
  # Compared by size and time of each file only: numbers of inodes are another matter.
  repo => sub {
    my ($home) = @_;
    my $repo = "$home/lower.base/repo";
    run("cp -a '$home/lower.base/real' '$repo' && cd '$repo' && find . -name .git -prune -exec rm -rf {} +"
        . " && git init -q && git config core.checkStat minimal && git config gc.auto 0"
        . " && git add -A -f && git -c user.name=bench -c user.email=bench commit -q -m all"
        # An index as new as the files would have git read them.
        . " && sleep 1.1 && touch .git/index && git status >/dev/null");
  },
);

sub make_layer {
  my ($name, $home, $size, $tree) = @_;
  run('mkdir', '-p', "$home/lower.base", "$home/lower.top");
  $MAKE{$name}->($home, $size, $tree);
}

sub random_block {
  $block //= join('', map { chr int rand 256 } 1 .. 65536) x 16;
  return $block;
}

sub write_file {
  my ($path, $data, $times) = @_;
  my $fd = POSIX::open($path, O_WRONLY | O_CREAT | O_TRUNC, 0644) // fail("$path: $!");
  for (1 .. $times // 1) {
    (POSIX::write($fd, $data, length $data) // -1) == length $data or fail("$path: $!");
  }
  POSIX::close($fd);
}

# COUNT files of 4 KiB in directories of a hundred; with EVERY in each so-manieth directory, and there
# in each fifth place only.
sub make_files {
  my ($dir, $count, $every) = @_;
  my $data = 'x' x 4096;
  run('mkdir', '-p', $dir);
  for my $d (0 .. $count / FILES_PER_DIR - 1) {
    next if $every && $d % $every;
    mkdir "$dir/d$d";
    write_file("$dir/d$d/f$_", $data) for grep { !$every || $_ % 5 == 0 } 0 .. FILES_PER_DIR - 1;
  }
}

# The first COUNT of the files below a directory that make_files filled.
sub files_of {
  my ($dir, $count) = @_;
  return map { my $d = $_; map { "$dir/d$d/f$_" } 0 .. FILES_PER_DIR - 1 }
    (0 .. $count / FILES_PER_DIR - 1);
}

1;
