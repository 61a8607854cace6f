# What every part of the bench needs: to run commands, to say where it is, to give up.
package Bench::Command;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(fail say_progress run has_command install);

sub fail { print STDERR "bench: @_\n"; exit 1 }

sub say_progress { print STDERR "bench: @_\n" }

# Runs a command, or fails.
sub run {
  system(@_) == 0 or fail("failed ($?): @_");
}

sub has_command { my ($name) = @_; return system("command -v '$name' >/dev/null") == 0 }

# Installs packages of Debian's; false if that did not work.
sub install {
  my (@packages) = @_;
  say_progress("installing @packages");
  return system("(apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install "
      . "--no-install-recommends @packages) </dev/null >&2") == 0;
}

1;
