package ovl.transport.dev.wire;

/**
 * struct fuse_rename2_in, 16 bytes.
 *
 * <pre>
 * 0 u64 newdir  8 u32 flags  12 u32 padding
 * </pre>
 */
public final class Rename2In extends Flyweight<Rename2In> {
  public static final int LENGTH = 16;

  public Rename2In() {
    super(LENGTH);
  }

  public long newdir() { return u64(0); }
  public int flags() { return u32(8); }
}
