package ovl.transport.dev.wire;

/**
 * struct fuse_fallocate_in, 32 bytes.
 *
 * <pre>
 *  0 u64 fh       8 u64 offset  16 u64 length  24 u32 mode
 * 28 u32 padding
 * </pre>
 */
public final class FallocateIn extends Flyweight<FallocateIn> {
  public static final int LENGTH = 32;

  public FallocateIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public long offset() { return u64(8); }
  public long length() { return u64(16); }
  public int mode() { return u32(24); }
}
