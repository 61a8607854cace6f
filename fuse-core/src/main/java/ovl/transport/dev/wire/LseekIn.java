package ovl.transport.dev.wire;

/**
 * struct fuse_lseek_in, 24 bytes.
 *
 * <pre>
 * 0 u64 fh  8 u64 offset  16 u32 whence  20 u32 padding
 * </pre>
 */
public final class LseekIn extends Flyweight<LseekIn> {
  public static final int LENGTH = 24;

  public LseekIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public long offset() { return u64(8); }
  public int whence() { return u32(16); }
}
