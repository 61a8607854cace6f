package ovl.transport.dev.wire;

/**
 * struct fuse_fsync_in, 16 bytes.
 *
 * <pre>
 * 0 u64 fh  8 u32 fsync_flags  12 u32 padding
 * </pre>
 */
public final class FsyncIn extends Flyweight<FsyncIn> {
  public static final int LENGTH = 16;

  public FsyncIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public int fsyncFlags() { return u32(8); }
}
