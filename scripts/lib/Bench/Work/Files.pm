# A file opened and closed: one system call each, which fails loudly.
package Bench::Work::Files;
use strict;
use warnings;
use Exporter qw(import);
use POSIX ();

our @EXPORT_OK = qw(open_file close_file);

sub open_file {
  my ($path, $flags) = @_;
  return POSIX::open($path, $flags, 0644) // die "$path: $!\n";
}

sub close_file { my ($fd) = @_; POSIX::close($fd) // die "close: $!\n" }

1;
