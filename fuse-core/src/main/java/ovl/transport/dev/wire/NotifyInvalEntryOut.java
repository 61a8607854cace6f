package ovl.transport.dev.wire;

/**
 * struct fuse_notify_inval_entry_out, 16 bytes. The name and a NUL follow.
 *
 * <pre>
 * 0 u64 parent  8 u32 namelen  12 u32 flags
 * </pre>
 */
public final class NotifyInvalEntryOut extends Flyweight<NotifyInvalEntryOut> {
  public static final int LENGTH = 16;

  public NotifyInvalEntryOut() {
    super(LENGTH);
  }

  public NotifyInvalEntryOut parent(long value) { return put64(0, value); }
  public NotifyInvalEntryOut namelen(int value) { return put32(8, value); }
  public NotifyInvalEntryOut flags(int value) { return put32(12, value); }
}
