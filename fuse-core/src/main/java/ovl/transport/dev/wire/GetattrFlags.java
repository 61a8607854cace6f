package ovl.transport.dev.wire;

/** Bits of getattr_flags in fuse_getattr_in and fuse_statx_in. */
public final class GetattrFlags {
  public static final int GETATTR_FH = 1 << 0;

  private GetattrFlags() {}
}
