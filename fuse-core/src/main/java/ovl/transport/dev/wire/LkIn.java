package ovl.transport.dev.wire;

/**
 * struct fuse_lk_in, 48 bytes.
 *
 * <pre>
 *  0 u64 fh       8 u64 owner  16 file_lock lk  40 u32 lk_flags
 * 44 u32 padding
 * </pre>
 */
public final class LkIn extends Flyweight<LkIn> {
  public static final int LENGTH = 48;

  private final FileLock lk = new FileLock();

  public LkIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public long owner() { return u64(8); }
  public int lkFlags() { return u32(40); }

  public FileLock lk() { return nested(lk, 16); }
}
