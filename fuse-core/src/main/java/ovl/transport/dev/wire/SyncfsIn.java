package ovl.transport.dev.wire;

/**
 * struct fuse_syncfs_in, 8 bytes. Nothing but padding: the nodeid in the header says it all.
 *
 * <pre>
 * 0 u64 padding
 * </pre>
 */
public final class SyncfsIn extends Flyweight<SyncfsIn> {
  public static final int LENGTH = 8;

  public SyncfsIn() {
    super(LENGTH);
  }
}
