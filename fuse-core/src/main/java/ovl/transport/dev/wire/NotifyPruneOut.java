package ovl.transport.dev.wire;

/**
 * struct fuse_notify_prune_out, 16 bytes. That many u64 nodeids follow.
 *
 * <pre>
 * 0 u32 count  4 u32 padding  8 u64 spare
 * </pre>
 */
public final class NotifyPruneOut extends Flyweight<NotifyPruneOut> {
  public static final int LENGTH = 16;

  public NotifyPruneOut() {
    super(LENGTH);
  }

  public NotifyPruneOut count(int value) { return put32(0, value); }
}
