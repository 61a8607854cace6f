package ovl.transport.dev.wire;

import java.nio.ByteBuffer;

/**
 * struct fuse_setxattr_in, 16 bytes. Unless FUSE_SETXATTR_EXT was agreed on, it ends after flags.
 *
 * <pre>
 * 0 u32 size  4 u32 flags  8 u32 setxattr_flags  12 u32 padding
 * </pre>
 */
public final class SetxattrIn extends Flyweight<SetxattrIn> {
  public static final int LENGTH = 16;
  public static final int COMPAT_LENGTH = 8;

  public SetxattrIn() {
    super(LENGTH);
  }

  /** The form without FUSE_SETXATTR_EXT, in which setxattr_flags reads as 0. */
  public SetxattrIn wrapCompat(ByteBuffer buffer, int offset, int end) {
    return bind(buffer, offset, end, COMPAT_LENGTH);
  }

  public int size() { return u32(0); }
  public int flags() { return u32(4); }
  public int setxattrFlags() { return covers(8) ? u32(8) : 0; }
}
