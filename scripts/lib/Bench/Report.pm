# The table, as Markdown and as JSON, and what it was measured on.
package Bench::Report;
use strict;
use warnings;
use utf8;
use POSIX ();
use Exporter qw(import);
use Bench::Command;
use Bench::Groups qw(label);
use Bench::Samples qw(median spread number values_of cpu_of);
use Bench::Systems qw(are_ours program_of);

our @EXPORT_OK = qw(machine print_table write_json comparison write_file json_text);

my @PEERS = qw(kernel fuse-overlayfs mergerfs unionfs-fuse);

sub machine {
  my ($systems) = @_;
  my ($kernel) = (POSIX::uname())[2];
  open my $file, '<', '/proc/cpuinfo' or fail("/proc/cpuinfo: $!");
  my @lines = <$file>;
  my $cpus = grep { /^processor/ } @lines;
  my ($model) = map { /^model name\s*:\s*(.*)/ } @lines;
  my @versions = map { version($_) } grep { /^(fuse-overlayfs|mergerfs|unionfs-fuse)$/ } @$systems;
  return join '; ', sprintf('Linux %s, %d CPUs (%s)', $kernel, $cpus, $model // 'unknown'), @versions;
}

sub version {
  my ($name) = @_;
  my $program = program_of($name);
  my ($version) = `'$program' --version 2>&1` =~ /^$name\D*(\d[\w.]*)/m;
  return $name . ($version ? " $version" : '');
}

# What a table is about, for its head.
sub comparison {
  my ($option, $systems) = @_;
  return sprintf '%s; layers on %s; %d repetitions%s.', machine($systems),
    $option->{dir} // 'an ext4 image', $option->{repeat},
    $option->{quick} && $option->{repeat} > 1 ? ', of libfuse2 one less' : '';
}

sub cell {
  my ($unit, @values) = @_;
  return '–' unless @values;
  my $median = median(@values);
  my $text = $unit eq 'MiB' ? number($median) . ' MiB'
    : $median < 1 ? number($median * 1000) . ' ms' : number($median) . ' s';
  return @values > 1 ? sprintf '%s ±%.0f%%', $text, spread(@values) : $text;
}

sub quotient {
  my $ratio = Bench::Samples::ratio(@_);
  return defined $ratio ? number($ratio) : '–';
}

# Ours by everybody else's: each of the peers for the first of ours, the first two for the others.
sub pairs {
  my ($systems) = @_;
  my @peers = grep { my $peer = $_; grep { $_ eq $peer } @$systems } @PEERS;
  my ($first, @others) = are_ours(@$systems);
  my @main = grep { $_ eq 'kernel' || $_ eq 'fuse-overlayfs' } @peers;
  return ((map { [$first, $_] } defined $first ? @peers : ()),
    map { my $one = $_; map { [$one, $_] } @main } @others);
}

sub print_table {
  my ($systems, $rows, $size, $about) = @_;
  my @pairs = pairs($systems);
  my @heads = ('', @$systems, map { "$_->[0] : $_->[1]" } @pairs);
  binmode STDOUT, ':utf8';
  print "$about\nMedians ± half the range; ratios of medians, less than 1 is faster or smaller.\n\n";
  print '| ', join(' | ', @heads), " |\n|", join('|', '---', ('---:') x $#heads), "|\n";
  for my $row (@$rows) {
    my ($name, $text, $unit) = @$row;
    print '| ', join(' | ', label($row, $size), (map { cell($unit, values_of($name, $_)) } @$systems),
      map { quotient($name, @$_) } @pairs), " |\n";
  }
}

sub write_file {
  my ($path, $text) = @_;
  open my $out, '>:utf8', $path or fail("$path: $!");
  print $out $text;
  close $out or fail("$path: $!");
}

sub json_numbers { return '[' . join(', ', map { sprintf '%.6f', $_ } @_) . ']' }

sub json_text { my ($text) = @_; $text =~ s/(["\\])/\\$1/g; return "\"$text\"" }

sub write_json {
  my ($path, $systems, $rows, $size, $about) = @_;
  my @rows;
  for my $row (@$rows) {
    my $name = $row->[0];
    my @systems = map {
      my @values = values_of($name, $_);
      sprintf '      %s: {"median": %.6f, "values": %s, "daemonCpu": %s}', json_text($_),
        median(@values), json_numbers(@values), json_numbers(cpu_of($name, $_))
    } grep { values_of($name, $_) } @$systems;
    push @rows, sprintf qq(    {"name": %s, "what": %s, "unit": %s, "systems": {\n%s}}),
      json_text($name), json_text(label($row, $size)), json_text($row->[2]), join(",\n", @systems);
  }
  write_file($path,
    sprintf qq({"machine": %s,\n  "rows": [\n%s\n  ]}\n), json_text($about), join(",\n", @rows));
}

1;
