package ovl.transport.dev.wire;

/**
 * struct fuse_batch_forget_in, 8 bytes. That many {@link ForgetOne} follow.
 *
 * <pre>
 * 0 u32 count  4 u32 dummy
 * </pre>
 */
public final class BatchForgetIn extends Flyweight<BatchForgetIn> {
  public static final int LENGTH = 8;

  public BatchForgetIn() {
    super(LENGTH);
  }

  public int count() { return u32(0); }
}
