package ovl.transport.dev.wire;

/**
 * struct fuse_ioctl_in, 32 bytes.
 *
 * <pre>
 *  0 u64 fh        8 u32 flags     12 u32 cmd  16 u64 arg
 * 24 u32 in_size  28 u32 out_size
 * </pre>
 */
public final class IoctlIn extends Flyweight<IoctlIn> {
  public static final int LENGTH = 32;

  public IoctlIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public int flags() { return u32(8); }
  public int cmd() { return u32(12); }
  public long arg() { return u64(16); }
  public int inSize() { return u32(24); }
  public int outSize() { return u32(28); }
}
