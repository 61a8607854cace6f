# Time, finer than whole seconds, without Time::HiRes, which a minimal Debian has not.
package Bench::Clock;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(now pause);

use constant { SYS_CLOCK_GETTIME => 228, CLOCK_MONOTONIC => 1 };    # on x86-64

# Seconds since some moment.
sub now() {
  my $time = pack 'q2', 0, 0;
  syscall(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, $time) == 0 or die "clock_gettime: $!\n";
  my ($seconds, $nanos) = unpack 'q2', $time;
  return $seconds + $nanos / 1e9;
}

sub pause { my ($seconds) = @_; select undef, undef, undef, $seconds }

1;
