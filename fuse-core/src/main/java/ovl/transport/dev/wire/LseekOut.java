package ovl.transport.dev.wire;

/**
 * struct fuse_lseek_out, 8 bytes.
 *
 * <pre>
 * 0 u64 offset
 * </pre>
 */
public final class LseekOut extends Flyweight<LseekOut> {
  public static final int LENGTH = 8;

  public LseekOut() {
    super(LENGTH);
  }

  public LseekOut offset(long value) { return put64(0, value); }
}
