package ovl.transport.dev.wire;

/** Bits of flags in fuse_ioctl_in and fuse_ioctl_out. */
public final class IoctlFlags {
  public static final int IOCTL_COMPAT = 1 << 0;
  public static final int IOCTL_UNRESTRICTED = 1 << 1;
  public static final int IOCTL_RETRY = 1 << 2;
  public static final int IOCTL_32BIT = 1 << 3;
  public static final int IOCTL_DIR = 1 << 4;
  public static final int IOCTL_COMPAT_X32 = 1 << 5;

  private IoctlFlags() {}
}
