package ovl.transport.dev.wire;

/**
 * struct fuse_mkdir_in, 8 bytes.
 *
 * <pre>
 * 0 u32 mode  4 u32 umask
 * </pre>
 */
public final class MkdirIn extends Flyweight<MkdirIn> {
  public static final int LENGTH = 8;

  public MkdirIn() {
    super(LENGTH);
  }

  public int mode() { return u32(0); }
  public int umask() { return u32(4); }
}
