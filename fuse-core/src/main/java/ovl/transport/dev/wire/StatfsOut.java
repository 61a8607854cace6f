package ovl.transport.dev.wire;

/**
 * struct fuse_statfs_out, 80 bytes.
 *
 * <pre>
 * 0 kstatfs st
 * </pre>
 */
public final class StatfsOut extends Flyweight<StatfsOut> {
  public static final int LENGTH = 80;

  private final Kstatfs st = new Kstatfs();

  public StatfsOut() {
    super(LENGTH);
  }

  public Kstatfs st() { return nested(st, 0); }
}
