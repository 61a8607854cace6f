package ovl.transport.dev.wire;

/**
 * struct fuse_getxattr_out, 8 bytes.
 *
 * <pre>
 * 0 u32 size  4 u32 padding
 * </pre>
 */
public final class GetxattrOut extends Flyweight<GetxattrOut> {
  public static final int LENGTH = 8;

  public GetxattrOut() {
    super(LENGTH);
  }

  public GetxattrOut size(int value) { return put32(0, value); }
}
