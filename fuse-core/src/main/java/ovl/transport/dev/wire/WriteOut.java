package ovl.transport.dev.wire;

/**
 * struct fuse_write_out, 8 bytes.
 *
 * <pre>
 * 0 u32 size  4 u32 padding
 * </pre>
 */
public final class WriteOut extends Flyweight<WriteOut> {
  public static final int LENGTH = 8;

  public WriteOut() {
    super(LENGTH);
  }

  public WriteOut size(int value) { return put32(0, value); }
}
