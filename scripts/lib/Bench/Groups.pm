# The rows of the table, in groups that run one after the other, each on a fresh mount.
package Bench::Groups;
use strict;
use warnings;
use Exporter qw(import);
use Bench::Layers qw(CLONES CLONE_MIB);
use Bench::Work::Data qw(data cold);
use Bench::Work::Names qw(start walk find read_small change copy_up copy_up_huge parallel SETTLING);
use Bench::Work::Trees qw(tar copies git_status removal);

our @EXPORT_OK = qw(groups wanted_groups label);

# A group: its name; work, which is done; uses, the parts of the layers it needs; warm, those that are
# read natively before; own, those that the native directory has a copy of, as they are changed; without
# these systems; long, which --quick leaves out; durable, which is not for those that never sync what
# they copy up, or volatile, which is the same for all; on which filesystem.
# A row: name, what it says in the table, unit; lower: it changes what is in a lower layer.
my @GROUPS = (
  { name => 'start', work => \&start, without => ['native'], rows => [
      ['mount', 'start to mounted', 's'],
      ['rss-idle', 'memory of the daemon, idle', 'MiB'] ] },
  { name => 'walk', warm => ['tree'], work => \&walk, rows => [
      ['walk-first', 'walk + lstat of {tree} files, first', 's'],
      ['walk-again', 'walk + lstat of {tree} files, again', 's'],
      ['rss-walk', 'memory of the daemon after that', 'MiB'],
      ['missing-first', 'lstat of {few} missing names, first', 's'],
      ['missing-again', 'lstat of {few} missing names, again', 's'] ] },
  { name => 'find', warm => ['tree'], work => \&find, rows => [
      ['find-first', 'find -ls of {tree} files, first', 's'],
      ['find-again', 'find -ls of {tree} files, again', 's'] ] },
  { name => 'read', warm => ['small'], work => \&read_small, rows => [
      ['read-first', 'open, read 4 KiB, close of {few} files, first', 's'],
      ['read-again', 'open, read 4 KiB, close of {few} files, again', 's'] ] },
  { name => 'change', warm => ['small'], own => ['small'], work => \&change, rows => [
      ['create', 'create + write 4 KiB + close of {few} files', 's'],
      ['unlink', 'unlink of these', 's'],
      ['unlink-lower', 'unlink of {few} lower files', 's', 'lower'] ] },
  { name => 'copy-up', warm => ['small', 'large'], own => ['small', 'large'],
    durable => 1, work => \&copy_up, rows => [
      ['chown', 'chown -R of {half} lower files', 's', 'lower'],
      ['append', 'copy-up by append to {half} files', 's', 'lower'],
      ['append-large', 'copy-up by append to a file of {large} MiB', 's', 'lower'] ] },
  { name => 'volatile', warm => ['small', 'large'], own => ['small', 'large'],
    volatile => 1, work => \&copy_up, rows => [
      ['chown-volatile', 'volatile: chown -R of {half} lower files', 's', 'lower'],
      ['append-volatile', 'volatile: copy-up by append to {half} files', 's', 'lower'],
      ['append-large-volatile', 'volatile: copy-up by append to a file of {large} MiB', 's', 'lower'] ] },
  huge('ext4', 0), huge('ext4', 1), huge('xfs', 0), huge('xfs', 1),
  { name => 'data', warm => ['big', 'large', 'mapped'], work => \&data, rows => [
      ['seq-read-first', 'sequential read of {big} MiB, first', 's'],
      ['seq-read-again', 'sequential read of {big} MiB, again', 's'],
      ['mmap-first', 'read of {mapped} MiB by mmap, first', 's'],
      ['mmap-again', 'read of {mapped} MiB by mmap, again', 's'],
      ['random-read-first', '{random} random reads of 4 KiB in {large} MiB, first', 's'],
      ['random-read-again', '{random} random reads of 4 KiB in {large} MiB, again', 's'],
      ['seq-write', 'sequential write of {big} MiB, no fsync', 's'],
      ['random-write', '{random} random writes of 4 KiB in that file', 's'] ] },
  { name => 'cold', uses => ['big', 'tree'], work => \&cold, rows => [
      ['seq-read-cold', 'sequential read of {big} MiB, cold', 's'],
      ['walk-cold', 'walk + lstat of {tree} files, cold', 's'] ] },
  { name => 'tar', warm => ['real'], work => \&tar, rows => [
      ['tar-first', 'tar c of {real}, first', 's'],
      ['tar-again', 'tar c of {real}, again', 's'] ] },
  { name => 'copies', long => 1, uses => ['archive'], warm => ['real'], own => ['real'],
    work => \&copies, rows => [
      ['extract', 'tar x of the same', 's'],
      ['cp', 'cp -a of the same, from the lowers', 's'],
      ['rsync', 'rsync -a of the same, from the lowers', 's'],
      ['rm-upper', 'rm -rf of the same, on upper', 's'] ] },
  { name => 'removal', long => 1, warm => ['real'], own => ['real'], work => \&removal, rows => [
      ['rm-lower', 'rm -rf of the same, in a lower', 's', 'lower'] ] },
  { name => 'git', long => 1, warm => ['repo'], work => \&git_status, rows => [
      ['git-first', 'git status of the same, first', 's'],
      ['git-again', 'git status of the same, again', 's'] ] },
  map { parallel_group($_) } 1, 2, 4, 8,
);

sub huge {
  my ($fs, $volatile) = @_;
  my ($suffix, $text) = $volatile ? ('-volatile', 'volatile: ') : ('', '');
  my $is_shared = $fs eq 'xfs';
  my $what = $is_shared ? 'xfs, which shares data' : $fs;
  my $append = sub { "${text}copy-up by append to $_[0] MiB on $what" };
  return { name => "huge-$fs$suffix", long => 1, without => ['native'], on => $fs,
    warm => $is_shared ? ['huge', 'small'] : ['huge'], uses => $is_shared ? ['clones'] : [],
    durable => !$volatile, volatile => $volatile, work => \&copy_up_huge, rows => [
      ["append-huge-$fs$suffix", $append->('a file of {huge}') . ($is_shared ? ', first after the start' : ''), 's', 'lower'],
      $is_shared ? ["append-clones-$fs$suffix", $append->("${\ CLONES} files of ${\ CLONE_MIB}") . ", after ${\ SETTLING} small ones",
          's', 'lower'] : ()] };
}

sub parallel_group {
  my ($clients) = @_;
  my $who = $clients == 1 ? 'one client' : "$clients clients";
  return { name => "by-$clients", long => 1, clients => $clients, uses => ['tree'],
    warm => ['tree', 'small'], own => ['tree', 'small'], work => \&parallel, rows => [
      ["missing-by-$clients", "$who: lstat of {few} missing names", 's'],
      ["read-by-$clients", "$who: open, read 4 KiB, close of {few} files", 's'],
      ["create-by-$clients", "$who: create + write 4 KiB + close of {few} files", 's'],
      ["unlink-by-$clients", "$who: unlink of these", 's'] ] };
}

sub groups { return @GROUPS }

# The groups with a wanted row; names, or their beginnings, say which. Without any, all; with $quick
# but the long ones. A group's 'wanted' says which of its rows.
sub wanted_groups {
  my ($quick, @names) = @_;
  for my $group (@GROUPS) {
    for my $row (map { $_->[0] } @{ $group->{rows} }) {
      my $is_wanted = @names ? grep { index($row, $_) == 0 } @names : !$quick || !$group->{long};
      $group->{wanted}{$row} = 1 if $is_wanted;
    }
  }
  return grep { $_->{wanted} } @GROUPS;
}

# What a row says, with the sizes in place.
sub label {
  my ($row, $size) = @_;
  my $text = $row->[1];
  $text =~ s/\{(\w+)\}/my $n = $size->{$1} \/\/ ''; 1 while $n =~ s{^(\d+)(\d{3})}{$1,$2}; $n/ge;
  return $text;
}

1;
