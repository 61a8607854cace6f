# The time from the start of the program to a usable mount, of each system in turn: the program of
# this checkout, and the installed package, which has a Java runtime of its own.
package Bench::Startup;
use strict;
use warnings;
use utf8;
use List::Util qw(min);
use Bench::Command;
use Bench::Layers qw(write_file);
use Bench::Place;
use Bench::Report qw(machine);
use Bench::Samples qw(median number);
use Bench::Session;
use Bench::Systems qw(is_ours);

use constant { PACKAGED => '/usr/bin/ovl-mount', RUNTIME => '/usr/lib/ovl-mount/runtime' };

sub measure {
  my ($option) = @_;
  my $home = Bench::Place::on('ext4');
  run('mkdir', '-p', map { "$home/lower.$_" } qw(top base));
  write_file("$home/lower.base/file", 'text');
  my @variants = variants($option);
  my (%mounted, %memory);
  for my $repetition (1 .. $option->{repeat}) {
    say_progress("start $repetition/$option->{repeat}");
    for my $variant (@variants) {
      my ($name, $system, $program) = @$variant;
      my $session = Bench::Session->begin(system => $system, home => $home, program => $program,
        lowers => ["$home/lower.top", "$home/lower.base"]);
      push @{ $mounted{$name} }, $session->{seconds};
      -e "$session->{merged}/file" or fail("$name: the mount does not show its lower");
      push @{ $memory{$name} }, $session->rss // ();
      $session->stop;
    }
  }
  binmode STDOUT, ':utf8';
  printf "%s; %d starts of each in turn.\n\n", machine($option->{systems}), $option->{repeat};
  print "| | mounted: median | least | 90 % of them within | memory then |\n|---|---:|---:|---:|---:|\n";
  for my $name (map { $_->[0] } @variants) {
    my @sorted = sort { $a <=> $b } @{ $mounted{$name} };
    printf "| %s | %s ms | %s ms | %s ms | %s |\n", $name,
      (map { number($_ * 1000) } median(@sorted), min(@sorted), $sorted[0.9 * $#sorted + 0.5]),
      @{ $memory{$name} } ? number(median(@{ $memory{$name} })) . ' MiB' : '–';
  }
}

# What is started: [name, system, program if it is not the usual one].
sub variants {
  my ($option) = @_;
  my @variants = map { [$_, $_] } grep { $_ ne 'native' && !/^pt-/ } @{ $option->{systems} };
  if (-d RUNTIME && $option->{program} ne PACKAGED) {
    push @variants, map { ["$_, installed package", $_, PACKAGED] } grep { is_ours($_) }
      map { $_->[1] } @variants;
  } else {
    say_progress('no installed package: ' . RUNTIME . ' is not there');
  }
  return @variants;
}

1;
