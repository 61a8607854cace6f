# The filesystems that are compared: what they are called, where they come from, how each is mounted.
package Bench::Systems;
use strict;
use warnings;
use Exporter qw(import);
use Bench::Command;

our @EXPORT_OK = qw(names are_ours is_ours find_systems mount_command can program_of);

my @COPY_UP = (copies_up => 1);
my @SYNCING = (@COPY_UP, durable => 1);

# In the order of the table's columns. Layers are given as [lower, ...] from the top, upper, work.
my @SYSTEMS = (
  { name => 'native', @SYNCING },
  { name => 'kernel', @SYNCING, volatile => 1,
    command => sub {
      my ($layers, $volatile) = @_;
      return ('mount', '-t', 'overlay', 'bench', '-o', overlay($layers, $volatile));
    } },
  # It and unionfs-fuse never sync what they copy up, whatever they are asked.
  { name => 'fuse-overlayfs', @COPY_UP, volatile => 1, package => 'fuse-overlayfs',
    command => sub { my ($layers, $volatile, $program) = @_; return ($program, '-o', overlay($layers)) } },
  # It changes files where they are, so nothing in a lower can be changed.
  { name => 'mergerfs', package => 'mergerfs',
    command => sub {
      my ($layers, $volatile, $program) = @_;
      # Its own cache of writes and reads is the kernel's, as with the others.
      return ($program, '-o', 'cache.files=auto-full,category.create=ff,xattr=nosys', branches($layers));
    } },
  { name => 'unionfs-fuse', package => 'unionfs-fuse', binary => 'unionfs', @COPY_UP, volatile => 1,
    command => sub {
      my ($layers, $volatile, $program) = @_;
      return ($program, '-o', 'cow,allow_other,use_ino', branches($layers));
    } },
  ours('dev'),
  ours('pt-all', '--passthrough', 'all'),
  ours('pt-off', '--passthrough', 'off'),
  { %{ ours('libfuse2', '--transport', 'libfuse2') }, slow => 1 },
  # No filesystem: constant-answers.c, which only Bench::Requests mounts.
  { name => 'constant', is_hidden => 1,
    command => sub { my ($layers, $volatile, $program) = @_; return $program } },
);
my %by_name = map { ($_->{name} => $_) } @SYSTEMS;

sub ours {
  my ($name, @options) = @_;
  return { name => $name, @SYNCING, volatile => 1, is_ours => 1, binary => 'ovl-mount',
    command => sub {
      my ($layers, $volatile, $program, @arguments) = @_;
      return ($program, @options, ($volatile ? '--volatile' : ()), @arguments, '-o', overlay($layers));
    } };
}

sub overlay {
  my ($layers, $volatile) = @_;
  my $options = 'lowerdir=' . join ':', @{ $layers->{lowers} };
  $options .= ",upperdir=$layers->{upper},workdir=$layers->{work}" if $layers->{upper};
  return $volatile ? "$options,volatile" : $options;
}

sub branches {
  my ($layers) = @_;
  return join ':', "$layers->{upper}=RW", map { "$_=RO" } @{ $layers->{lowers} };
}

sub names { return map { $_->{name} } grep { !$_->{is_hidden} } @SYSTEMS }

sub is_ours { my ($name) = @_; return $by_name{$name}{is_ours} }

sub are_ours { return grep { is_ours($_) } @_ }

# Whether a system is 'volatile' if asked, else 'durable', 'copies_up', is 'slow'.
sub can { my ($name, $what) = @_; return $by_name{$name}{$what} }

my %program;

# Finds or installs the programs of these systems; returns the systems that there are.
sub find_systems {
  my ($option, @wanted) = @_;
  my @found;
  for my $name (@wanted) {
    my $system = $by_name{$name};
    fail("unknown system $name") if !$system || $system->{is_hidden};
    $program{$name} = $system->{is_ours} ? $option->{program}
      : $name eq 'fuse-overlayfs' ? $option->{peer} : $system->{binary} // $name;
    if ($system->{package} && !has_command($program{$name})) {
      fail("no such program: $program{$name}") if $program{$name} =~ m{/};
      if (!install($system->{package})) {
        say_progress("left out, as it cannot be installed: $name");
        next;
      }
    }
    push @found, $name;
  }
  return @found;
}

sub program_of { my ($name) = @_; return $program{$name} }

# The command that mounts the layers, but for the mountpoint, for a session's system.
sub mount_command {
  my ($session, $layers) = @_;
  my $name = $session->{system};
  my $program = $session->{program} // $program{$name};
  return $by_name{$name}{command}->($layers, $session->{volatile}, $program,
    @{ $session->{arguments} // [] });
}

1;
