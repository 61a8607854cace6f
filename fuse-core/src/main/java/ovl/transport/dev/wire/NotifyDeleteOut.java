package ovl.transport.dev.wire;

/**
 * struct fuse_notify_delete_out, 24 bytes. The name and a NUL follow.
 *
 * <pre>
 * 0 u64 parent  8 u64 child  16 u32 namelen  20 u32 padding
 * </pre>
 */
public final class NotifyDeleteOut extends Flyweight<NotifyDeleteOut> {
  public static final int LENGTH = 24;

  public NotifyDeleteOut() {
    super(LENGTH);
  }

  public NotifyDeleteOut parent(long value) { return put64(0, value); }
  public NotifyDeleteOut child(long value) { return put64(8, value); }
  public NotifyDeleteOut namelen(int value) { return put32(16, value); }
}
