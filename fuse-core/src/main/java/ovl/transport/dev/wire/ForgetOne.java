package ovl.transport.dev.wire;

/**
 * struct fuse_forget_one, 16 bytes. Repeated after {@link BatchForgetIn}.
 *
 * <pre>
 * 0 u64 nodeid  8 u64 nlookup
 * </pre>
 */
public final class ForgetOne extends Flyweight<ForgetOne> {
  public static final int LENGTH = 16;

  public ForgetOne() {
    super(LENGTH);
  }

  public long nodeid() { return u64(0); }
  public long nlookup() { return u64(8); }
}
