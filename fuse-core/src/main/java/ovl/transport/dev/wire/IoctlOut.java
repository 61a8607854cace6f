package ovl.transport.dev.wire;

/**
 * struct fuse_ioctl_out, 16 bytes.
 *
 * <pre>
 * 0 s32 result  4 u32 flags  8 u32 in_iovs  12 u32 out_iovs
 * </pre>
 */
public final class IoctlOut extends Flyweight<IoctlOut> {
  public static final int LENGTH = 16;

  public IoctlOut() {
    super(LENGTH);
  }

  public IoctlOut result(int value) { return put32(0, value); }
  public IoctlOut flags(int value) { return put32(4, value); }
  public IoctlOut inIovs(int value) { return put32(8, value); }
  public IoctlOut outIovs(int value) { return put32(12, value); }
}
