package ovl.transport.dev.wire;

/**
 * struct fuse_open_in, 8 bytes.
 *
 * <pre>
 * 0 u32 flags  4 u32 open_flags
 * </pre>
 */
public final class OpenIn extends Flyweight<OpenIn> {
  public static final int LENGTH = 8;

  public OpenIn() {
    super(LENGTH);
  }

  public int flags() { return u32(0); }
  public int openFlags() { return u32(4); }
}
