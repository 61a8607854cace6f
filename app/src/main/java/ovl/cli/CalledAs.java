package ovl.cli;

/**
 * The name that the program was called by, which decides how its command line is read. As {@code
 * fuse-overlayfs} it stands in that program's place; a name that begins with {@code mount.} is that
 * of a helper of mount(8).
 *
 * @param name without a directory
 */
record CalledAs(String name) {
  static final String OWN_NAME = "ovl-mount";
  private static final String FUSE_OVERLAYFS = "fuse-overlayfs";

  boolean isFuseOverlayfs() {
    return name.endsWith(FUSE_OVERLAYFS);
  }

  boolean isMountHelper() {
    return name.startsWith("mount.");
  }

  /** What /proc/mounts shows after {@code fuse.}. */
  String type() {
    return isFuseOverlayfs() ? FUSE_OVERLAYFS : OWN_NAME;
  }

  /**
   * True where whoever calls passes options that were meant for another program as well, so that an
   * unknown one must not keep it from mounting.
   */
  boolean isLenient() {
    return isFuseOverlayfs() || isMountHelper();
  }
}
