package ovl.layer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Opens a directory through a private, detached clone of the mount it lies on (open_tree(2),
 * mount_setattr(2)), as the kernel's overlayfs holds its layers. Through the clone nothing that is
 * mounted later is seen, our own mount above all: a layer above the mountpoint cannot lead back
 * into it. A lower's clone is read-only and without atime: the kernel itself refuses what must
 * never happen.
 *
 * <p>Without CAP_SYS_ADMIN there is no clone and the plain descriptor is used.
 */
final class PrivateMount {
  private static final Logger log = LoggerFactory.getLogger(PrivateMount.class);
  private static final int MOUNT_ATTR_SIZE = 32;

  private PrivateMount() {}

  /** True for a descriptor that sees no later mounts. */
  record Opened(Fd fd, boolean isPrivate) {}

  /**
   * @param plain an O_PATH descriptor of the directory; closed if a clone takes its place
   * @param readOnly clone for a lower layer
   * @param atime given up where it may not be changed
   */
  static Opened of(Syscalls sys, Fd plain, boolean readOnly, AtimeMode atime) {
    Scratch scratch = Scratch.current(sys);
    int flags = Linux.OPEN_TREE_CLONE | Linux.OPEN_TREE_CLOEXEC | Linux.AT_EMPTY_PATH;
    int clone = sys.openTree(plain.get(), scratch.empty(), flags);
    if (clone < 0) {
      log.debug("no private mount: open_tree: {}", Errno.name(-clone));
      return new Opened(plain, false);
    }
    Fd fd = new Fd(sys, clone);
    int rc = set(sys, clone, readOnly, atime);
    if (rc == -Errno.EPERM && atime != AtimeMode.INHERITED) {
      // In a user namespace the times of a mount from outside are locked (MNT_LOCK_ATIME).
      rc = set(sys, clone, readOnly, AtimeMode.INHERITED);
    }
    if (rc < 0) {
      // Still a peer of the original: a mount made there would appear in the clone as well.
      log.warn("no private mount: mount_setattr: {}", Errno.name(-rc));
      fd.close();
      return new Opened(plain, false);
    }
    plain.close();
    return new Opened(fd, true);
  }

  private static int set(Syscalls sys, int clone, boolean readOnly, AtimeMode atime) {
    Scratch scratch = Scratch.current(sys);
    // struct mount_attr: u64 attr_set, attr_clr, propagation, userns_fd.
    scratch.word(0, (readOnly ? Linux.MOUNT_ATTR_RDONLY : 0) | atime.set());
    scratch.word(1, atime.cleared());
    scratch.word(2, Linux.MS_PRIVATE);
    scratch.word(3, 0);
    return sys.mountSetattr(
        clone, scratch.empty(), Linux.AT_EMPTY_PATH, scratch.words(), MOUNT_ATTR_SIZE);
  }
}
