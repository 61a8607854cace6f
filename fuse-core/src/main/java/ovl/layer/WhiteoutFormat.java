package ovl.layer;

/** Which forms of whiteouts and opaque marks a mount understands, and which it writes. */
public enum WhiteoutFormat {
  /** The kernel's alone: names like {@code .wh.a} are files like any other. */
  KERNEL,
  /** Also AUFS names, as layers of container images have them; written where devices cannot be. */
  KERNEL_AND_AUFS,
  /** Both are understood, only AUFS names are written. */
  AUFS;

  /** True if names that begin with {@code .wh.} are marks and never files. */
  public boolean hasAufsNames() {
    return this != KERNEL;
  }
}
