package ovl.transport.dev.wire;

/**
 * struct fuse_access_in, 8 bytes.
 *
 * <pre>
 * 0 u32 mask  4 u32 padding
 * </pre>
 */
public final class AccessIn extends Flyweight<AccessIn> {
  public static final int LENGTH = 8;

  public AccessIn() {
    super(LENGTH);
  }

  public int mask() { return u32(0); }
}
