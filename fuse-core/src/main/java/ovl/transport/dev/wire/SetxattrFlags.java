package ovl.transport.dev.wire;

/** Bits of fuse_setxattr_in.setxattr_flags; XATTR_CREATE and XATTR_REPLACE are in flags. */
public final class SetxattrFlags {
  public static final int SETXATTR_ACL_KILL_SGID = 1 << 0;

  private SetxattrFlags() {}
}
