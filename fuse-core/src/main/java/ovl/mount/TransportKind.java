package ovl.mount;

/** How the mount is put before the kernel. */
public enum TransportKind {
  /** The kernel's FUSE protocol on /dev/fuse: complete, and the default. */
  DEV,
  /**
   * libfuse 2 through jnr-fuse: path based, and less capable; see {@link OverlayMount#limitations}.
   */
  LIBFUSE2
}
