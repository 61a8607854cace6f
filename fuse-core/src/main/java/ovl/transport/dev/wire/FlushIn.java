package ovl.transport.dev.wire;

/**
 * struct fuse_flush_in, 24 bytes.
 *
 * <pre>
 * 0 u64 fh  8 u32 unused  12 u32 padding  16 u64 lock_owner
 * </pre>
 */
public final class FlushIn extends Flyweight<FlushIn> {
  public static final int LENGTH = 24;

  public FlushIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public long lockOwner() { return u64(16); }
}
