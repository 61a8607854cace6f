package ovl.transport.dev.wire;

/**
 * struct fuse_getxattr_in, 8 bytes.
 *
 * <pre>
 * 0 u32 size  4 u32 padding
 * </pre>
 */
public final class GetxattrIn extends Flyweight<GetxattrIn> {
  public static final int LENGTH = 8;

  public GetxattrIn() {
    super(LENGTH);
  }

  public int size() { return u32(0); }
}
