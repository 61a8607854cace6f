package ovl.transport.dev.wire;

/**
 * struct fuse_write_in, 40 bytes.
 *
 * <pre>
 *  0 u64 fh           8 u64 offset  16 u32 size     20 u32 write_flags
 * 24 u64 lock_owner  32 u32 flags   36 u32 padding
 * </pre>
 */
public final class WriteIn extends Flyweight<WriteIn> {
  public static final int LENGTH = 40;

  public WriteIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public long offset() { return u64(8); }
  public int size() { return u32(16); }
  public int writeFlags() { return u32(20); }
  public long lockOwner() { return u64(24); }
  public int flags() { return u32(32); }
}
