package ovl.layer;

/**
 * How layers are read and written.
 *
 * @param marksVolatile mark the workdir as one whose upper may be damaged after a crash
 * @param whiteouts the forms of whiteouts and opaque marks
 * @param permissions where owner and mode are kept, other than in the inode itself
 */
public record LayerOptions(
    boolean marksVolatile, WhiteoutFormat whiteouts, XattrPermissions permissions) {
  /** As the kernel's overlay. */
  public static final LayerOptions KERNEL =
      new LayerOptions(false, WhiteoutFormat.KERNEL, XattrPermissions.NONE);
}
