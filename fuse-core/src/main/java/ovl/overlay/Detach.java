package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Takes a name from a node when its object loses it, by unlink, rmdir or a rename over it. An
 * object that is still referred to must be reachable afterwards: a leaf on upper gets a descriptor
 * before its last name goes, a directory on upper keeps its own, a leaf on a lower stays where it
 * is.
 */
final class Detach {
  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final KernelCache kernel;
  private final Index index;

  Detach(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.kernel = context.kernel();
    this.index = context.index();
  }

  /**
   * To be called before the system call that takes the name. Requires: placeLock(node), and the
   * place of the node at this name.
   *
   * @return what to close if the system call fails; null if there is nothing
   */
  Fd prepareLocked(Node node, Place place) throws ErrnoException {
    if (node.isDirectory()) {
      if (node.real().upper() != null) {
        node.real().upper().acquire();
      }
      return null;
    }
    if (node.indexEntry() != null) {
      return index.prepareRemovalLocked(node);
    }
    boolean losesLastName = node.isOnUpper() && place.isUpper() && !hasOtherUpperName(node, place);
    if (!losesLastName || node.orphan() != null) {
      return null;
    }
    Scratch scratch = Scratch.current(sys);
    int dirFd = place.realParent().acquire();
    try {
      int flags = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
      long name = scratch.path(place.name().bytes());
      int fd = sys.openat(dirFd, name, flags, 0);
      if (fd == -Errno.EMFILE || fd == -Errno.ENFILE) {
        stack.closeIdleDirectories();
        fd = sys.openat(dirFd, name, flags, 0);
      }
      return new Fd(sys, check(fd));
    } finally {
      place.realParent().release();
    }
  }

  /**
   * True if the name must not go yet: it is the last one on upper of a hard link that has another
   * known name, found since {@link CopyUp#prepareLoss}; or with an index it is not on upper yet.
   * Requires: placeLock(node).
   */
  boolean wouldLoseOthersLocked(Node node, Place place) {
    if (index.isOn() && node.isHardLink()) {
      return !node.isOnUpper() || !place.isUpper();
    }
    return !node.isDirectory()
        && node.isOnUpper()
        && place.isUpper()
        && node.hasOtherPlaces()
        && node.placesLocked().size() > 1
        && !hasOtherUpperName(node, place);
  }

  private static boolean hasOtherUpperName(Node node, Place place) {
    if (!node.hasOtherPlaces()) {
      return false;
    }
    for (Place other : node.placesLocked()) {
      if (other.isUpper() && other != place) {
        return true;
      }
    }
    return false;
  }

  /** Undoes {@link #prepareLocked} after a failure. Requires: placeLock(node). */
  void cancelLocked(Node node, Fd prepared) {
    if (node.isDirectory() && node.real().upper() != null) {
      node.real().upper().release();
    }
    if (prepared != null) {
      prepared.close();
    }
  }

  /**
   * To be called when the name is gone. Requires: placeLock(node), dirLock(dir) exclusive.
   *
   * @param prepared from {@link #prepareLocked}
   */
  void commitLocked(Node node, Node dir, NameKey name, Place place, Fd prepared) {
    dir.dir().children.remove(name, node);
    dir.dir().subdirectories.wentLocked(node.isDirectory());
    kernel.namesChanged(dir);
    boolean isLast = prepared != null;
    if (isLast && node.indexEntry() != null) {
      isLast = index.removeLocked(node);
      if (isLast) {
        node.setIndexEntryLocked(null);
      } else {
        prepared.close();
      }
    }
    if (isLast) {
      node.setOrphanLocked(prepared);
      node.addNlinkDeltaLocked(-node.nlinkDelta());
    }
    if (!place.isUpper() && !node.isDirectory()) {
      // The real link count does not change when a whiteout hides a lower name.
      node.addNlinkDeltaLocked(-1);
    }
    nodes.removePlaceLocked(node, dir, name);
    if (isLast) {
      nodes.severHardLinkLocked(node);
    }
  }
}
