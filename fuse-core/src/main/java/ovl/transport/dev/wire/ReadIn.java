package ovl.transport.dev.wire;

/**
 * struct fuse_read_in, 40 bytes.
 *
 * <pre>
 *  0 u64 fh           8 u64 offset  16 u32 size     20 u32 read_flags
 * 24 u64 lock_owner  32 u32 flags   36 u32 padding
 * </pre>
 */
public final class ReadIn extends Flyweight<ReadIn> {
  public static final int LENGTH = 40;

  public ReadIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public long offset() { return u64(8); }
  public int size() { return u32(16); }
  public int readFlags() { return u32(20); }
  public long lockOwner() { return u64(24); }
  public int flags() { return u32(32); }
}
