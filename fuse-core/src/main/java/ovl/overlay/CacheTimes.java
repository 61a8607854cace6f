package ovl.overlay;

/**
 * How long the kernel may keep what it was told.
 *
 * @param entryNanos names
 * @param attrNanos attributes
 * @param negativeNanos the absence of a name
 */
public record CacheTimes(long entryNanos, long attrNanos, long negativeNanos) {
  /** One day: nothing changes behind the kernel's back, so the longest useful time is right. */
  static final long LONG_NANOS = 86_400_000_000_000L;

  /** For layers that nobody else changes. */
  public static final CacheTimes LONG = of(LONG_NANOS);

  /** The same time for everything; 0 keeps nothing, so that changes of a layer show at once. */
  public static CacheTimes of(long nanos) {
    return new CacheTimes(nanos, nanos, nanos);
  }

  /** True if file contents and listings may be kept as well. */
  boolean keepsContent() {
    return entryNanos > 0;
  }
}
