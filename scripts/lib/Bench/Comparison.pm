# Does every group on every system, in turn, as often as asked: the repetitions are interleaved, and
# each has the systems in another order.
package Bench::Comparison;
use strict;
use warnings;
use Bench::Command;
use Bench::Layers qw(make_layer);
use Bench::Place;
use Bench::Session;
use Bench::Systems;

# Takes: option, size, systems, groups.
sub new { my ($class, %self) = @_; return bless \%self, $class }

sub place_of { my ($group) = @_; return Bench::Place::on($group->{on} // 'ext4') }

sub make_layers {
  my ($self) = @_;
  say_progress('making the layers');
  my %made;
  for my $group (@{ $self->{groups} }) {
    my $home = place_of($group);
    my @names = map { @{ $group->{$_} // [] } } qw(warm uses);
    unshift @names, 'real' if grep { $_ eq 'archive' || $_ eq 'repo' } @names;
    for my $name (@names) {
      make_layer($name, $home, $self->{size}, $self->{option}{tree}) unless $made{$home}{$name}++;
    }
  }
  Bench::Place::sync_all();
}

sub measure {
  my ($self) = @_;
  my $repeat = $self->{option}{repeat};
  for my $repetition (1 .. $repeat) {
    for my $group (@{ $self->{groups} }) {
      my @systems = @{ $self->{systems} };
      push @systems, splice @systems, 0, ($repetition - 1) % @systems;
      for my $system (grep { does($_, $group) } @systems) {
        next if $repetition > $self->repetitions($system);
        say_progress("$repetition/$repeat $group->{name} $system");
        $self->do_group($group, $system);
      }
    }
  }
}

# The slowest system is measured once less if time is short.
sub repetitions {
  my ($self, $system) = @_;
  my $repeat = $self->{option}{repeat};
  my $is_less = $self->{option}{quick} && $repeat > 1 && Bench::Systems::can($system, 'slow');
  return $is_less ? $repeat - 1 : $repeat;
}

# Whether a system can do a row of a group.
sub does {
  my ($system, $group) = @_;
  return 0 if grep { $_ eq $system } @{ $group->{without} // [] };
  return 0 if $group->{durable} && !Bench::Systems::can($system, 'durable');
  return 0 if $group->{volatile} && $system ne 'native' && !Bench::Systems::can($system, 'volatile');
  return scalar grep { $group->{wanted}{ $_->[0] } && can_do($system, $_) } @{ $group->{rows} };
}

sub can_do { my ($system, $row) = @_; return !$row->[3] || Bench::Systems::can($system, 'copies_up') }

sub do_group {
  my ($self, $group, $system) = @_;
  my $home = place_of($group);
  my ($base, $top) = ("$home/lower.base", "$home/lower.top");
  my $merged;
  if ($system eq 'native') {
    $merged = $base;
    if ($group->{own}) {
      $merged = "$home/run/upper";
      run('mkdir', '-p', $merged);
      run('cp', '-a', '--reflink=never', (map { "$base/$_" } @{ $group->{own} }), $merged);
    }
  }
  warm($_) for map { my $name = $_; map { "$_/$name" } $merged // ($base, $top) } @{ $group->{warm} // [] };
  Bench::Place::sync_all();
  my $session = Bench::Session->begin(
    system => $system, home => $home, lowers => [$top, $base], merged => $merged,
    volatile => $group->{volatile}, size => $self->{size}, clients => $group->{clients},
    on => $group->{on}, rows => $group->{wanted},
    arguments => [split ' ', $self->{option}{arguments} // ''],
    skip => { map { ($_->[0] => 1) } grep { !can_do($system, $_) } @{ $group->{rows} } });
  $group->{work}->($session);
  $session->stop;
}

# Reads everything there is, so that it is in the caches.
sub warm {
  my ($path) = @_;
  return unless -e $path;
  run("find '$path' -type f -print0 | xargs -0 -r cat >/dev/null; ls -lR '$path' >/dev/null");
}

1;
