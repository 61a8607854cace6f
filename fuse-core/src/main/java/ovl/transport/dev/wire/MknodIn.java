package ovl.transport.dev.wire;

/**
 * struct fuse_mknod_in, 16 bytes.
 *
 * <pre>
 * 0 u32 mode  4 u32 rdev  8 u32 umask  12 u32 padding
 * </pre>
 */
public final class MknodIn extends Flyweight<MknodIn> {
  public static final int LENGTH = 16;

  public MknodIn() {
    super(LENGTH);
  }

  public int mode() { return u32(0); }
  public int rdev() { return u32(4); }
  public int umask() { return u32(8); }
}
