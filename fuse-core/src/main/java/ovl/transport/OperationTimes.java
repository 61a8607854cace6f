package ovl.transport;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How often each kind of operation was served and how long that took, as one thread counts it. Only
 * that thread writes. Others read what may be a moment old, which is the price for a count that
 * costs no atomic operation and no cache line shared between processors.
 */
public final class OperationTimes {
  /** The i-th counts what took less than 2^i microseconds; the last one also what took longer. */
  public static final int BUCKETS = 24;

  private final long[] counts;
  private final long[] nanos;
  private final long[] longest;
  private final long[] buckets;

  /**
   * @param kinds how many kinds there are; each is a number below that
   */
  public OperationTimes(int kinds) {
    counts = new long[kinds];
    nanos = new long[kinds];
    longest = new long[kinds];
    buckets = new long[kinds * BUCKETS];
  }

  /** Counts one operation; a kind that is not known counts as kind 0. */
  public void add(int kind, long elapsedNanos) {
    int k = kind > 0 && kind < counts.length ? kind : 0;
    counts[k]++;
    nanos[k] += elapsedNanos;
    longest[k] = Math.max(longest[k], elapsedNanos);
    buckets[k * BUCKETS + bucket(elapsedNanos)]++;
  }

  private static int bucket(long elapsedNanos) {
    long micros = elapsedNanos / TimeUnit.MICROSECONDS.toNanos(1);
    return Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(micros));
  }

  /** Adds what another thread counted. */
  void addAll(OperationTimes other) {
    for (int k = 0; k < counts.length; k++) {
      counts[k] += other.counts[k];
      nanos[k] += other.nanos[k];
      longest[k] = Math.max(longest[k], other.longest[k]);
    }
    Arrays.setAll(buckets, i -> buckets[i] + other.buckets[i]);
  }

  int kinds() {
    return counts.length;
  }

  OperationSummary summary(int kind, String name) {
    return new OperationSummary(
        name,
        counts[kind],
        nanos[kind],
        longest[kind],
        Arrays.copyOfRange(buckets, kind * BUCKETS, (kind + 1) * BUCKETS));
  }
}
