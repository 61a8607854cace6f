package ovl.overlay;

import java.util.ArrayList;
import java.util.List;

/**
 * Translates user or group ids between the layers and the mount, immutable. The form of a map is
 * fuse-overlayfs's: triples {@code disk:shown:count} joined by colons, each for a range of ids; the
 * first that fits counts, and an id in none of them becomes the overflow id, both ways. Ids are
 * unsigned 32-bit numbers.
 */
public final class IdMap {
  /** What the kernel uses where /proc/sys/kernel/overflowuid does not say otherwise. */
  public static final int DEFAULT_OVERFLOW = 65534;

  /** Every id is what it is. */
  public static final IdMap IDENTITY = new IdMap(null, DEFAULT_OVERFLOW, false, 0);

  private static final long LARGEST = 0xfffffffeL;

  /** Null: every id stands for itself. */
  private final List<Range> ranges;

  private final int overflow;
  private final boolean squashing;
  private final int squashed;

  private IdMap(List<Range> ranges, int overflow, boolean squashing, int squashed) {
    this.ranges = ranges;
    this.overflow = overflow;
    this.squashing = squashing;
    this.squashed = squashed;
  }

  private record Range(long disk, long shown, long count) {}

  /**
   * Reads a map; empty parts, as a leading colon leaves, are skipped.
   *
   * @param overflow what ids become that are in no range
   * @throws IllegalArgumentException with a one-line reason
   */
  public static IdMap parse(String triples, int overflow) {
    List<Long> numbers = new ArrayList<>();
    for (String part : triples.split(":")) {
      if (!part.isEmpty()) {
        numbers.add(number(part, triples));
      }
    }
    if (numbers.isEmpty() || numbers.size() % 3 != 0) {
      throw invalid(triples);
    }
    List<Range> ranges = new ArrayList<>();
    for (int i = 0; i < numbers.size(); i += 3) {
      ranges.add(new Range(numbers.get(i), numbers.get(i + 1), numbers.get(i + 2)));
    }
    return new IdMap(List.copyOf(ranges), overflow, false, 0);
  }

  private static long number(String part, String triples) {
    try {
      long number = Long.parseLong(part);
      // A count may be 2^32 - 1: the whole range, as in /proc/self/uid_map.
      if (number >= 0 && number <= LARGEST + 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw invalid(triples);
    }
    throw invalid(triples);
  }

  private static IllegalArgumentException invalid(String triples) {
    return new IllegalArgumentException("invalid mapping specified: " + triples);
  }

  /**
   * The same map that shows every object as owned by one id; what is written is mapped as before.
   *
   * @throws IllegalArgumentException if it is not an id
   */
  public IdMap squashedTo(long id) {
    if (id < 0 || id > LARGEST) {
      throw new IllegalArgumentException("not a user or group id: " + id);
    }
    return new IdMap(ranges, overflow, true, (int) id);
  }

  /** True if all objects are shown as owned by one id. */
  public boolean isSquashing() {
    return squashing;
  }

  /** True if nothing is translated. */
  public boolean isIdentity() {
    return ranges == null && !squashing;
  }

  /** The id to show for one in a layer. */
  public int toShown(int disk) {
    if (squashing) {
      return squashed;
    }
    if (ranges == null) {
      return disk;
    }
    long id = Integer.toUnsignedLong(disk);
    for (Range range : ranges) {
      if (id >= range.disk && id - range.disk < range.count) {
        return (int) (range.shown + (id - range.disk));
      }
    }
    return overflow;
  }

  /** The id to store for one that a user gave. */
  public int toDisk(int shown) {
    if (ranges == null) {
      return shown;
    }
    long id = Integer.toUnsignedLong(shown);
    for (Range range : ranges) {
      if (id >= range.shown && id - range.shown < range.count) {
        return (int) (range.disk + (id - range.shown));
      }
    }
    return overflow;
  }
}
