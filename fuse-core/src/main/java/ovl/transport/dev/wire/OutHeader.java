package ovl.transport.dev.wire;

/**
 * struct fuse_out_header, 16 bytes. It opens every reply and every notification. A reply has the
 * unique of its request, and 0 or a negative errno; a notification has unique 0, and its {@link
 * NotifyCode} as the error.
 *
 * <pre>
 * 0 u32 len  4 s32 error  8 u64 unique
 * </pre>
 */
public final class OutHeader extends Flyweight<OutHeader> {
  public static final int LENGTH = 16;

  public OutHeader() {
    super(LENGTH);
  }

  public int len() { return u32(0); }
  public int error() { return u32(4); }
  public long unique() { return u64(8); }

  public OutHeader len(int value) { return put32(0, value); }
  public OutHeader error(int value) { return put32(4, value); }
  public OutHeader unique(long value) { return put64(8, value); }
}
