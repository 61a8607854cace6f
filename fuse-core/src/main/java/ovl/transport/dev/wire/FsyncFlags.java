package ovl.transport.dev.wire;

/** Bits of fuse_fsync_in.fsync_flags. */
public final class FsyncFlags {
  public static final int FSYNC_FDATASYNC = 1 << 0;

  private FsyncFlags() {}
}
