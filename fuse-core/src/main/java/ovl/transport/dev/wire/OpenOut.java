package ovl.transport.dev.wire;

/**
 * struct fuse_open_out, 16 bytes.
 *
 * <pre>
 * 0 u64 fh  8 u32 open_flags  12 s32 backing_id
 * </pre>
 */
public final class OpenOut extends Flyweight<OpenOut> {
  public static final int LENGTH = 16;

  public OpenOut() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public int openFlags() { return u32(8); }
  public int backingId() { return u32(12); }

  public OpenOut fh(long value) { return put64(0, value); }
  public OpenOut openFlags(int value) { return put32(8, value); }
  public OpenOut backingId(int value) { return put32(12, value); }
}
