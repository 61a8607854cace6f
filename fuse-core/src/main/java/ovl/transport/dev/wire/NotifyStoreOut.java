package ovl.transport.dev.wire;

/**
 * struct fuse_notify_store_out, 24 bytes. The data follows.
 *
 * <pre>
 * 0 u64 nodeid  8 u64 offset  16 u32 size  20 u32 padding
 * </pre>
 */
public final class NotifyStoreOut extends Flyweight<NotifyStoreOut> {
  public static final int LENGTH = 24;

  public NotifyStoreOut() {
    super(LENGTH);
  }

  public NotifyStoreOut nodeid(long value) { return put64(0, value); }
  public NotifyStoreOut offset(long value) { return put64(8, value); }
  public NotifyStoreOut size(int value) { return put32(16, value); }
}
