package ovl.transport.dev.wire;

/** enum fuse_notify_code: what a notification says. It travels in fuse_out_header.error. */
public final class NotifyCode {
  public static final int NOTIFY_POLL = 1;
  public static final int NOTIFY_INVAL_INODE = 2;
  public static final int NOTIFY_INVAL_ENTRY = 3;
  public static final int NOTIFY_STORE = 4;
  public static final int NOTIFY_RETRIEVE = 5;
  public static final int NOTIFY_DELETE = 6;
  public static final int NOTIFY_RESEND = 7;
  public static final int NOTIFY_INC_EPOCH = 8;
  public static final int NOTIFY_PRUNE = 9;

  private NotifyCode() {}
}
