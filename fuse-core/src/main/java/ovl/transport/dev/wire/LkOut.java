package ovl.transport.dev.wire;

/**
 * struct fuse_lk_out, 24 bytes.
 *
 * <pre>
 * 0 file_lock lk
 * </pre>
 */
public final class LkOut extends Flyweight<LkOut> {
  public static final int LENGTH = 24;

  private final FileLock lk = new FileLock();

  public LkOut() {
    super(LENGTH);
  }

  public FileLock lk() { return nested(lk, 0); }
}
