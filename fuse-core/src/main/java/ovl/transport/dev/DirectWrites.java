package ovl.transport.dev;

import ovl.fs.NodeFs;
import ovl.sys.Linux;
import ovl.transport.dev.wire.WriteFlags;
import ovl.transport.dev.wire.WriteIn;

/**
 * Keeps the kernel's pages of a file true beside O_DIRECT writes. The kernel drops the pages that
 * such a write makes stale before it sends the request; a reader may bring them in again before we
 * serve it, and only where somebody waits for the write the kernel drops them once more at its end
 * (generic_file_direct_write). One that was submitted to AIO would leave them stale for good.
 */
final class DirectWrites {
  private final NodeFs fs;
  private final BackingFiles backings;
  private final DeviceNotifier notifier;

  DirectWrites(NodeFs fs, BackingFiles backings, DeviceNotifier notifier) {
    this.fs = fs;
    this.backings = backings;
    this.notifier = notifier;
  }

  /** Where the kernel waits for each of them, or there is none. */
  static DirectWrites needless() {
    return new DirectWrites(null, null, null);
  }

  /** To be called before a write is answered. */
  void written(long nodeid, WriteIn in, int count) {
    if (notifier != null
        && isDirect(in)
        && count > 0
        && backings.isCached(nodeid)
        && fs.isOpenElsewhere(nodeid, in.fh())) {
      notifier.dropPages(nodeid, in.offset(), count);
    }
  }

  /**
   * Of those by an O_DIRECT descriptor, the ones from the page cache have no owner of locks
   * (fuse_send_write): they hold the very pages until they are answered.
   */
  private static boolean isDirect(WriteIn in) {
    int how = in.writeFlags() & (WriteFlags.WRITE_CACHE | WriteFlags.WRITE_LOCKOWNER);
    return (in.flags() & Linux.O_DIRECT) != 0 && how == WriteFlags.WRITE_LOCKOWNER;
  }
}
