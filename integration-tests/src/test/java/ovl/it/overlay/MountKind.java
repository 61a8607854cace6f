package ovl.it.overlay;

/** Who shows the merged directory. */
public enum MountKind {
  /** overlayfs of the kernel, with its default options: the oracle. */
  KERNEL,
  /** The launcher with the transport on /dev/fuse. */
  DEV,
  /** The launcher with jnr-fuse and libfuse 2. */
  LIBFUSE2;

  /** True for the mounts that a daemon of ours serves. */
  public boolean isOurs() {
    return this != KERNEL;
  }

  /** The value of {@code --transport}. */
  String transport() {
    return this == DEV ? "dev" : "libfuse2";
  }
}
