package ovl.transport.dev.wire;

/**
 * struct fuse_forget_in, 8 bytes.
 *
 * <pre>
 * 0 u64 nlookup
 * </pre>
 */
public final class ForgetIn extends Flyweight<ForgetIn> {
  public static final int LENGTH = 8;

  public ForgetIn() {
    super(LENGTH);
  }

  public long nlookup() { return u64(0); }
}
