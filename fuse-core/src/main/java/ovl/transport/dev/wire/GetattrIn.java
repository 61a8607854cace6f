package ovl.transport.dev.wire;

/**
 * struct fuse_getattr_in, 16 bytes.
 *
 * <pre>
 * 0 u32 getattr_flags  4 u32 dummy  8 u64 fh
 * </pre>
 */
public final class GetattrIn extends Flyweight<GetattrIn> {
  public static final int LENGTH = 16;

  public GetattrIn() {
    super(LENGTH);
  }

  public int getattrFlags() { return u32(0); }
  public long fh() { return u64(8); }
}
