package ovl.transport.dev.wire;

/**
 * struct fuse_notify_retrieve_out, 32 bytes.
 *
 * <pre>
 * 0 u64 notify_unique  8 u64 nodeid  16 u64 offset  24 u32 size  28 u32 padding
 * </pre>
 */
public final class NotifyRetrieveOut extends Flyweight<NotifyRetrieveOut> {
  public static final int LENGTH = 32;

  public NotifyRetrieveOut() {
    super(LENGTH);
  }

  public NotifyRetrieveOut notifyUnique(long value) { return put64(0, value); }
  public NotifyRetrieveOut nodeid(long value) { return put64(8, value); }
  public NotifyRetrieveOut offset(long value) { return put64(16, value); }
  public NotifyRetrieveOut size(int value) { return put32(24, value); }
}
