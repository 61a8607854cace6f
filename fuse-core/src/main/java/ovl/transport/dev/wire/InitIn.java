package ovl.transport.dev.wire;

import java.nio.ByteBuffer;

/**
 * struct fuse_init_in, 64 bytes. Before protocol 7.36 it ended after flags.
 *
 * <pre>
 *  0 u32 major    4 u32 minor       8 u32 max_readahead  12 u32 flags
 * 16 u32 flags2  20 u32 unused[11]
 * </pre>
 */
public final class InitIn extends Flyweight<InitIn> {
  public static final int LENGTH = 64;
  public static final int COMPAT_LENGTH = 16;

  public InitIn() {
    super(LENGTH);
  }

  /** The form before 7.36, in which flags2 reads as 0. */
  public InitIn wrapCompat(ByteBuffer buffer, int offset, int end) {
    return bind(buffer, offset, end, COMPAT_LENGTH);
  }

  public int major() { return u32(0); }
  public int minor() { return u32(4); }
  public int maxReadahead() { return u32(8); }
  public int flags() { return u32(12); }
  public int flags2() { return covers(16) ? u32(16) : 0; }
}
