package ovl.transport.dev.wire;

/**
 * Numbers of the protocol that belong to no flag word: its version, the root, limits, and the
 * ioctls of /dev/fuse.
 */
public final class Protocol {
  public static final int KERNEL_VERSION = 7;
  public static final int KERNEL_MINOR_VERSION = 45;
  public static final int ROOT_ID = 1;
  public static final int MIN_READ_BUFFER = 8192;
  public static final int IOCTL_MAX_IOV = 256;
  public static final long UNIQUE_RESEND = 0x8000000000000000L;
  public static final int INVALID_UIDGID = 0xffffffff;
  public static final long DEV_IOC_CLONE = 0x8004e500L;
  public static final long DEV_IOC_BACKING_OPEN = 0x4010e501L;
  public static final long DEV_IOC_BACKING_CLOSE = 0x4004e502L;
  public static final long DEV_IOC_SYNC_INIT = 0xe503L;

  private Protocol() {}
}
