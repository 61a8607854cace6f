package ovl.overlay;

import ovl.fs.KernelNotifier;

/**
 * What the kernel remembers of nodes, and telling it when that is out of date.
 *
 * <p>Told are also changes that the kernel itself asked for. While it makes a name in a directory,
 * or sets an xattr, another process may be getting the attributes of the same node; the kernel
 * throws away what it knew, but then takes the older answer for a new one, because fuse_dir_changed
 * and fuse_update_ctime (fs/fuse/dir.c) do not count up attr_version. A notification does
 * (fuse_reverse_inval_inode), so that an answer from before the change is not kept after it.
 */
final class KernelCache {
  private volatile KernelNotifier notifier = KernelNotifier.NONE;

  void attach(KernelNotifier to) {
    notifier = to;
  }

  /** To be called after a node's attributes changed on disk, and before the request is answered. */
  void changed(Node node) {
    ctimeChanged(node);
    notifier.invalidateAttributes(node.nodeid());
    for (long former : node.formerNodeids()) {
      notifier.invalidateAttributes(former);
    }
  }

  /** As {@link #changed}, where the answer to the request itself tells the kernel. */
  void ctimeChanged(Node node) {
    ShownCtime ctime = node.isDirectory() ? node.dir().ctime() : null;
    if (ctime != null) {
      ctime.changed();
    }
  }

  /** Whether it takes data that it has not asked for. */
  boolean canStore() {
    return notifier.canStore();
  }

  /** See {@link KernelNotifier#store}. */
  void store(Node node, long address, int length) {
    notifier.store(node.nodeid(), address, length);
  }

  /** Whether it can be asked to forget nodes. */
  boolean canPrune() {
    return notifier.canPrune();
  }

  /** Asks it to forget nodes that nobody uses. */
  void prune(long[] nodeids) {
    notifier.prune(nodeids);
  }

  /** To be called after names in a directory changed on disk, or the layers that they are in. */
  void namesChanged(Node dir) {
    dir.dir().changed();
    changed(dir);
  }
}
