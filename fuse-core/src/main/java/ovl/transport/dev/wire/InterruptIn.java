package ovl.transport.dev.wire;

/**
 * struct fuse_interrupt_in, 8 bytes.
 *
 * <pre>
 * 0 u64 unique
 * </pre>
 */
public final class InterruptIn extends Flyweight<InterruptIn> {
  public static final int LENGTH = 8;

  public InterruptIn() {
    super(LENGTH);
  }

  public long unique() { return u64(0); }
}
