# The JMH benchmarks of fuse-core, with the JVM's options that matter of the daemon's.
package Bench::Micro;
use strict;
use warnings;
use Bench::Command;

# Runs those whose names match a pattern, or all.
sub measure {
  my ($home, $pattern) = @_;
  my $core = "$home/fuse-core";
  my $paths = "$core/target/micro/class-path";
  # Builds what is missing to build with, too.
  run("$home/scripts/ovl-mount", '--version');
  say_progress('building the benchmarks');
  run("cd '$home' && mvn -B -q -Dstyle.color=never -P micro -pl fuse-core test-compile "
      . "dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile='$paths' </dev/null >&2");
  open my $in, '<', $paths or fail("$paths: $!");
  my $libraries = <$in>;
  chomp $libraries;
  exec 'java', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp',
    "$core/target/micro/classes:$core/target/classes:$libraries", 'org.openjdk.jmh.Main', $pattern // ()
    or fail("java: $!");
}

1;
