# What was measured, and its statistics.
package Bench::Samples;
use strict;
use warnings;
use Exporter qw(import);
use List::Util qw(max min);

our @EXPORT_OK = qw(median spread number values_of cpu_of);

my (%values, %cpu);    # row -> system -> [seconds or MiB], [seconds of the daemon's CPU time]

sub add {
  my ($row, $system, $value, $cpu) = @_;
  push @{ $values{$row}{$system} }, $value;
  push @{ $cpu{$row}{$system} }, $cpu if defined $cpu;
}

sub values_of { my ($row, $system) = @_; return @{ $values{$row}{$system} // [] } }

sub cpu_of { my ($row, $system) = @_; return @{ $cpu{$row}{$system} // [] } }

sub has_row { my ($row) = @_; return exists $values{$row} }

sub median {
  my @sorted = sort { $a <=> $b } @_;
  return undef unless @sorted;
  return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}

# Half of the distance between the smallest and the greatest, in percent of the median.
sub spread {
  my $median = median(@_);
  return $median ? (max(@_) - min(@_)) / 2 / $median * 100 : 0;
}

# Of the medians of two systems; undef if there is none.
sub ratio {
  my ($row, $system, $peer) = @_;
  my ($one, $other) = map { median(values_of($row, $_)) } $system, $peer;
  return defined $one && $other ? $one / $other : undef;
}

# With three digits.
sub number {
  my ($value) = @_;
  return sprintf $value < 10 ? '%.2f' : $value < 100 ? '%.1f' : '%.0f', $value;
}

1;
