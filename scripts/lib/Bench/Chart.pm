# Charts as SVG: dots on a scale of ratios, and lines.
package Bench::Chart;
use strict;
use warnings;
use utf8;
use List::Util qw(max min);
use POSIX qw(ceil floor);
use Exporter qw(import);
use Bench::Samples qw(number);

our @EXPORT_OK = qw(dots lines);

my @COLOURS = map { "#$_" } qw(000000 0072b2 e69f00 cc79a7 999999 d55e00 009e73 56b4e9 f0e442);

sub escape {
  my ($text) = @_;
  $text =~ s/&/&amp;/g;
  $text =~ s/</&lt;/g;
  return $text;
}

sub text {
  my ($x, $y, $text, $more) = @_;
  return sprintf qq(<text x="%.1f" y="%.1f"%s>%s</text>\n), $x, $y, $more ? " $more" : '', escape($text);
}

sub svg {
  my ($width, $height, @parts) = @_;
  return join '', qq(<svg xmlns="http://www.w3.org/2000/svg" width="$width" height="$height" ),
    qq(viewBox="0 0 $width $height" font-family="sans-serif" font-size="12">\n),
    qq(<rect width="100%" height="100%" fill="white"/>\n), @parts, "</svg>\n";
}

sub legend {
  my ($x, $y, @names) = @_;
  my @parts;
  for my $i (0 .. $#names) {
    push @parts, qq(<circle cx="$x" cy="@{[$y - 4]}" r="5" fill="$COLOURS[$i % @COLOURS]"/>\n),
      text($x + 9, $y, $names[$i]);
    $x += 24 + 7.5 * length $names[$i];
  }
  return @parts;
}

# One line for each row, one dot on it for each series: where its ratio is, on a logarithmic scale.
#   rows: [[label, {series => ratio}], ...]
sub dots {
  my ($title, $unit, $series, $rows) = @_;
  my ($left, $top, $step, $width) = (430, 80, 22, 560);
  my @ratios = map { values %{ $_->[1] } } @$rows;
  my $low = floor(log10(min(0.5, @ratios)));
  my $high = ceil(log10(max(2, @ratios)));
  my $x = sub { $left + $width * (log10($_[0]) - $low) / ($high - $low) };
  my $bottom = $top + $step * @$rows;
  my @parts = (text(20, 24, $title, 'font-size="16"'), legend(28, 50, @$series));
  for my $power ($low .. $high) {
    my $at = sprintf '%.1f', $x->(10**$power);
    my $stroke = $power == 0 ? '#444' : '#ddd';
    push @parts, qq(<path d="M$at ${top}V$bottom" stroke="$stroke"/>\n),
      text($at, $bottom + 16, 10**$power, 'text-anchor="middle"');
  }
  push @parts, text($left + $width, $bottom + 34, $unit, 'text-anchor="end"');
  for my $i (0 .. $#$rows) {
    my ($label, $ratios) = @{ $rows->[$i] };
    my $y = $top + $step * ($i + 0.5);
    push @parts, qq(<path d="M$left ${y}h$width" stroke="#eee"/>\n),
      text($left - 10, $y + 4, $label, 'text-anchor="end"');
    for my $j (grep { defined $ratios->{ $series->[$_] } } 0 .. $#$series) {
      push @parts, sprintf qq(<circle cx="%.1f" cy="%.1f" r="5" fill="%s"><title>%s: %s</title></circle>\n),
        $x->($ratios->{ $series->[$j] }), $y, $COLOURS[$j % @COLOURS], escape($series->[$j]),
        number($ratios->{ $series->[$j] });
    }
  }
  return svg($left + $width + 30, $bottom + 50, @parts);
}

# Panels, two beside each other, with both scales logarithmic.
#   panels: [{title, x, y, lines => {series => [[x, y], ...]}}, ...]
sub lines {
  my ($title, $series, $panels) = @_;
  my ($width, $height, $top) = (520, 320, 70);
  my @parts = (text(20, 24, $title, 'font-size="16"'), legend(28, 50, @$series));
  for my $i (0 .. $#$panels) {
    push @parts, sprintf(qq(<g transform="translate(%d,%d)">\n), $width * ($i % 2),
      $top + $height * int($i / 2)), panel($panels->[$i], $series, $width, $height), "</g>\n";
  }
  return svg(2 * $width, $top + $height * ceil(@$panels / 2), @parts);
}

sub panel {
  my ($panel, $series, $width, $height) = @_;
  my ($left, $right, $top, $bottom) = (70, $width - 20, 30, $height - 50);
  my @points = map { @$_ } values %{ $panel->{lines} };
  my @xs = sort { $a <=> $b } keys %{ { map { ($_->[0] => 1) } @points } };
  my ($low, $high) = (log10($xs[0]), log10($xs[-1]));
  my @ys = map { $_->[1] } grep { $_->[1] > 0 } @points;
  my ($floor, $ceiling) = (floor(log10(min(@ys))), ceil(log10(max(@ys) * 1.01)));
  my $x = sub { $left + ($right - $left) * (log10($_[0]) - $low) / (($high - $low) || 1) };
  my $y = sub { $bottom - ($bottom - $top) * (log10($_[0]) - $floor) / ($ceiling - $floor) };
  my @parts = text($left, 18, $panel->{title}, 'font-weight="bold"');
  push @parts, axis($x->($_), $bottom + 16, "M%.1f ${top}V$bottom", $x->($_), $_, 'middle') for @xs;
  push @parts, axis($left - 6, $y->(10**$_) + 4, "M$left %.1fH$right", $y->(10**$_), 10**$_, 'end')
    for $floor .. $ceiling;
  push @parts, text($right, $bottom + 34, $panel->{x}, 'text-anchor="end"'),
    text($left, $bottom + 34, $panel->{y});
  for my $i (grep { $panel->{lines}{ $series->[$_] } } 0 .. $#$series) {
    my $colour = $COLOURS[$i % @COLOURS];
    my @dots = map { [$x->($_->[0]), $y->($_->[1])] } grep { $_->[1] > 0 } @{ $panel->{lines}{ $series->[$i] } };
    push @parts, sprintf qq(<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>\n),
      join(' ', map { sprintf '%.1f,%.1f', @$_ } @dots), $colour;
    push @parts, map { sprintf qq(<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>\n), @$_, $colour } @dots;
  }
  return @parts;
}

# A line of the grid and what it stands for.
sub axis {
  my ($text_x, $text_y, $path, $at, $label, $anchor) = @_;
  1 while $label =~ s/^(\d+)(\d{3})/$1,$2/;
  return (sprintf(qq(<path d="$path" stroke="#ddd"/>\n), $at),
    text($text_x, $text_y, $label, qq(text-anchor="$anchor")));
}

sub log10 { return log($_[0]) / log(10) }

1;
