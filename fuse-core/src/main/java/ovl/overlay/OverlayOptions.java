package ovl.overlay;

/**
 * How the overlay behaves, fixed for the life of a mount.
 *
 * @param isVolatile nothing is synced: a crash of the machine may lose everything since the mount
 * @param entryNanos how long the kernel may keep names
 * @param attrNanos how long the kernel may keep attributes
 * @param negativeNanos how long the kernel may keep the absence of a name
 */
public record OverlayOptions(
    boolean isVolatile, long entryNanos, long attrNanos, long negativeNanos) {

  /** One day: nothing changes behind the kernel's back, so the longest useful time is right. */
  public static final long LONG_NANOS = 86_400_000_000_000L;

  /**
   * One second: among many writers the kernel was seen to keep an mtime older than the last write
   * (about one file in 20,000, cause not found yet), and that must not last for the mount's life.
   */
  static final long ATTR_NANOS = 1_000_000_000L;

  /** For a transport that tells the kernel of every change. */
  public static OverlayOptions caching(boolean isVolatile) {
    return new OverlayOptions(isVolatile, LONG_NANOS, ATTR_NANOS, LONG_NANOS);
  }
}
