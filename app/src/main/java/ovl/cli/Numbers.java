package ovl.cli;

import java.time.Duration;

/** The values of options that are numbers. */
final class Numbers {
  /** Thirty years, which fuse-overlayfs takes for ever. */
  private static final double LONGEST_SECONDS = 1e9;

  private Numbers() {}

  static int whole(String name, String value) throws UsageException {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw needsNumber(name, value);
    }
  }

  /** A user or group id, an unsigned number of 32 bits. */
  static long id(String name, String value) throws UsageException {
    try {
      return Integer.toUnsignedLong(Integer.parseUnsignedInt(value));
    } catch (NumberFormatException e) {
      throw needsNumber(name, value);
    }
  }

  /** A time, fractions of a second included. */
  static Duration seconds(String name, String value) throws UsageException {
    try {
      double seconds = Double.parseDouble(value);
      if (seconds >= 0) {
        return Duration.ofNanos((long) (Math.min(seconds, LONGEST_SECONDS) * 1e9));
      }
    } catch (NumberFormatException e) {
      throw needsNumber(name, value);
    }
    throw new UsageException(name + " must not be negative");
  }

  /** A switch, 0 or 1. */
  static boolean isOn(String name, String value) throws UsageException {
    return switch (value) {
      case "0" -> false;
      case "1" -> true;
      default -> throw new UsageException(name + " must be 0 or 1, not " + value);
    };
  }

  private static UsageException needsNumber(String name, String value) {
    return new UsageException(name + " needs a number, not " + value);
  }
}
