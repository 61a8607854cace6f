# What programs do to a real tree.
package Bench::Work::Trees;
use strict;
use warnings;
use Exporter qw(import);
use Bench::Work::Names qw(shell);

our @EXPORT_OK = qw(tar copies git_status removal);

sub tar {
  my ($session) = @_;
  # Through a pipe: GNU tar reads no data at all when the archive is /dev/null.
  $session->timed("tar-$_", shell('tar c real | cat >/dev/null')) for qw(first again);
}

sub copies {
  my ($session) = @_;
  $session->timed('extract', shell("mkdir extracted && tar xf '$session->{home}/archive.tar' -C extracted"));
  $session->timed('cp', shell('cp -a real copied'));
  $session->timed('rsync', shell('rsync -a real/ synced/'));
  $session->timed('rm-upper', shell('rm -rf extracted'));
}

sub git_status {
  my ($session) = @_;
  # Without its writing what it has learned to the index.
  my $command = "test -z \"\$(git --no-optional-locks -C repo -c safe.directory='*' status --short)\"";
  $session->timed("git-$_", shell($command)) for qw(first again);
}

sub removal {
  my ($session) = @_;
  $session->timed('rm-lower', shell('rm -rf real'));
}

1;
