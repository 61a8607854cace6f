package ovl.cli;

import java.util.Locale;

/** Numbers for people. */
final class Quantity {
  private static final String[] BYTES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  private static final String[] TIMES = {"ns", "µs", "ms", "s"};

  private Quantity() {}

  static String bytes(long count) {
    return scaled(count, 1024, BYTES);
  }

  static String time(long nanos) {
    return scaled(nanos, 1000, TIMES);
  }

  private static String scaled(double value, int step, String[] units) {
    int unit = 0;
    double scaled = value;
    while (scaled >= step && unit < units.length - 1) {
      scaled /= step;
      unit++;
    }
    String form = unit == 0 || scaled >= 100 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, form, scaled, units[unit]);
  }
}
