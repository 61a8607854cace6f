package ovl.transport.dev.wire;

/**
 * struct fuse_rename_in, 8 bytes.
 *
 * <pre>
 * 0 u64 newdir
 * </pre>
 */
public final class RenameIn extends Flyweight<RenameIn> {
  public static final int LENGTH = 8;

  public RenameIn() {
    super(LENGTH);
  }

  public long newdir() { return u64(0); }
}
