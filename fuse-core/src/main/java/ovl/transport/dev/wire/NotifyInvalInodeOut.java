package ovl.transport.dev.wire;

/**
 * struct fuse_notify_inval_inode_out, 24 bytes.
 *
 * <pre>
 * 0 u64 ino  8 s64 off  16 s64 len
 * </pre>
 */
public final class NotifyInvalInodeOut extends Flyweight<NotifyInvalInodeOut> {
  public static final int LENGTH = 24;

  public NotifyInvalInodeOut() {
    super(LENGTH);
  }

  public NotifyInvalInodeOut ino(long value) { return put64(0, value); }
  public NotifyInvalInodeOut off(long value) { return put64(8, value); }
  public NotifyInvalInodeOut len(long value) { return put64(16, value); }
}
