# The command line.
package Bench::Options;
use strict;
use warnings;
use Cwd qw(getcwd);
use Getopt::Long qw(GetOptions);
use Bench::Command;
use Bench::Groups qw(groups);
use Bench::Systems;

my @MODES = qw(startup scale syscalls requests micro);
my @QUICK_SYSTEMS = qw(native kernel fuse-overlayfs dev libfuse2);
my @FEW_SYSTEMS = qw(kernel fuse-overlayfs dev);

sub usage {
  my $rows = join ' ', map { map { $_->[0] } @{ $_->{rows} } } groups();
  my $systems = join ' ', Bench::Systems::names();
  print <<"END";
Usage: scripts/bench [OPTION...]
  --quick              smaller sizes, fewer rows and systems, three repetitions, of libfuse2 two;
                       less than five minutes
  --systems A,B        of: $systems
                       (pt-all, pt-off: dev with --passthrough all, off)
  --rows A,B           names, or their beginnings, of: $rows
  --repeat N           repetitions (5; with --quick 3; with --startup 20; with --scale 1)
  --dir DIR            where the layers live (an ext4 image in TMPDIR or /var/tmp, loop-mounted)
  --tree DIR           what is copied into a layer for tar and the like (/usr/share; with --quick
                       /usr/share/perl)
  --peer PATH          the fuse-overlayfs to run
  --program PATH       the ovl-mount to run (the one beside this script)
  --arguments 'A B'    further arguments for ovl-mount, such as '--threads 2'
  --json FILE          all values, as JSON
  --svg FILE           a chart: ratios to the kernel; with --scale what it measures
Other things to measure:
  --startup            the time from the start to mounted, also of an installed package
  --scale              lookup, listing and memory by layers, entries and files (which are its --rows)
  --files N            with --scale: up to so many files and entries (1000000)
  --syscalls           system calls that a request costs, by strace (--rows: names of requests)
  --requests           what a call of one request takes, also with a daemon that does nothing
  --micro [PATTERN]    the JMH benchmarks of fuse-core
END
  exit 0;
}

# Reads the command line; paths of files are made absolute, systems and rows lists.
sub read_options {
  my ($home) = @_;
  my %option = (home => $home);
  GetOptions(\%option, 'quick', 'systems=s', 'rows=s', 'repeat=i', 'dir=s', 'tree=s', 'peer=s',
    'program=s', 'arguments=s', 'json=s', 'svg=s', 'files=i', 'help|h', @MODES) or exit 1;
  usage() if $option{help};
  my @modes = grep { $option{$_} } @MODES;
  fail('only one of ' . join ', ', map { "--$_" } @modes) if @modes > 1;
  $option{mode} = $modes[0] // 'compare';
  $option{pattern} = shift @ARGV if $option{micro};
  fail("unknown argument @ARGV") if @ARGV;
  $option{repeat} //= $option{startup} ? 20 : $option{scale} ? 1 : $option{quick} ? 3 : 5;
  fail('--repeat must be 1 or more') if $option{repeat} < 1;
  my @systems = $option{scale} || $option{requests} ? @FEW_SYSTEMS
    : $option{quick} ? @QUICK_SYSTEMS : Bench::Systems::names();
  @systems = split /,/, $option{systems} if defined $option{systems};
  $option{systems} = \@systems;
  $option{rows} = [split /,/, $option{rows} // ''];
  $option{peer} //= 'fuse-overlayfs';
  $option{program} //= "$home/scripts/ovl-mount";
  $option{tree} //= $option{quick} && -d '/usr/share/perl' ? '/usr/share/perl' : '/usr/share';
  $option{files} //= 1_000_000;
  for my $file (grep { defined $option{$_} } qw(json svg)) {
    $option{$file} = getcwd() . "/$option{$file}" unless $option{$file} =~ m{^/};
  }
  return \%option;
}

1;
