package ovl.layer;

/**
 * How layers are read and written.
 *
 * @param marksVolatile mark the workdir as one whose upper may be damaged after a crash
 * @param whiteouts the forms of whiteouts and opaque marks
 * @param permissions where owner and mode are kept, other than in the inode itself
 * @param userXattr keep the overlay's state in {@code user.*} attributes even where {@code
 *     trusted.*} can be written
 * @param uuid whether upper gets an identity
 * @param index keep the names of lower hard links together over copy-ups and mounts, if the layers
 *     allow it
 * @param atime whether reading changes times on upper
 */
public record LayerOptions(
    boolean marksVolatile,
    WhiteoutFormat whiteouts,
    XattrPermissions permissions,
    boolean userXattr,
    UuidMode uuid,
    boolean index,
    AtimeMode atime) {
  /** As the kernel's overlay. */
  public static final LayerOptions KERNEL =
      new LayerOptions(false, WhiteoutFormat.KERNEL, XattrPermissions.NONE);

  /** With the attributes that can be written, and an identity for a fresh upper. */
  public LayerOptions(
      boolean marksVolatile, WhiteoutFormat whiteouts, XattrPermissions permissions) {
    this(marksVolatile, whiteouts, permissions, false, UuidMode.AUTO, false, AtimeMode.INHERITED);
  }
}
