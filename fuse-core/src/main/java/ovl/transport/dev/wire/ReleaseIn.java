package ovl.transport.dev.wire;

/**
 * struct fuse_release_in, 24 bytes.
 *
 * <pre>
 * 0 u64 fh  8 u32 flags  12 u32 release_flags  16 u64 lock_owner
 * </pre>
 */
public final class ReleaseIn extends Flyweight<ReleaseIn> {
  public static final int LENGTH = 24;

  public ReleaseIn() {
    super(LENGTH);
  }

  public long fh() { return u64(0); }
  public int flags() { return u32(8); }
  public int releaseFlags() { return u32(12); }
  public long lockOwner() { return u64(16); }
}
