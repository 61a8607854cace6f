package ovl.transport.dev.wire;

/**
 * struct fuse_statx_in, 24 bytes.
 *
 * <pre>
 *  0 u32 getattr_flags  4 u32 reserved  8 u64 fh  16 u32 sx_flags
 * 20 u32 sx_mask
 * </pre>
 */
public final class StatxIn extends Flyweight<StatxIn> {
  public static final int LENGTH = 24;

  public StatxIn() {
    super(LENGTH);
  }

  public int getattrFlags() { return u32(0); }
  public long fh() { return u64(8); }
  public int sxFlags() { return u32(16); }
  public int sxMask() { return u32(20); }
}
