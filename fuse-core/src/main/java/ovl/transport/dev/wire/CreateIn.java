package ovl.transport.dev.wire;

/**
 * struct fuse_create_in, 16 bytes.
 *
 * <pre>
 * 0 u32 flags  4 u32 mode  8 u32 umask  12 u32 open_flags
 * </pre>
 */
public final class CreateIn extends Flyweight<CreateIn> {
  public static final int LENGTH = 16;

  public CreateIn() {
    super(LENGTH);
  }

  public int flags() { return u32(0); }
  public int mode() { return u32(4); }
  public int umask() { return u32(8); }
  public int openFlags() { return u32(12); }
}
