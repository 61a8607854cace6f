package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** Brings to the disk what upper has: a directory, or all of it (kernel: ovl_sync_fs). */
final class Sync {
  private final Syscalls sys;
  private final LayerStack stack;
  private final OverlayOptions options;

  Sync(Syscalls sys, LayerStack stack, OverlayOptions options) {
    this.sys = sys;
    this.stack = stack;
    this.options = options;
  }

  /** The names in a directory; nothing to do for one that is not on upper. */
  void directory(Node dir, boolean dataOnly) throws ErrnoException {
    refuseIfVolatile(options);
    RealDir upper = dir.real().upper();
    if (upper == null) {
      return;
    }
    int dirFd = upper.acquire();
    try {
      int fd = openForSync(dirFd);
      int rc = dataOnly ? sys.fdatasync(fd) : sys.fsync(fd);
      sys.close(fd);
      check(rc);
    } finally {
      upper.release();
    }
  }

  /** The filesystem that upper is on; nothing to do for a volatile mount. */
  void all() throws ErrnoException {
    if (!stack.isReadOnly() && !options.isVolatile()) {
      int fd = openForSync(stack.upper().rootFd());
      int rc = sys.syncfs(fd);
      sys.close(fd);
      check(rc);
    }
  }

  /** Neither call takes an O_PATH descriptor. */
  private int openForSync(int dirFd) throws ErrnoException {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    return check(sys.openat(dirFd, Scratch.current(sys).path("."), flags, 0));
  }

  /**
   * To a sync of a volatile mount: the kernel tells the user of success and asks no more.
   *
   * @throws ErrnoException ENOSYS
   */
  static void refuseIfVolatile(OverlayOptions options) throws ErrnoException {
    if (options.isVolatile()) {
      throw ErrnoException.of(Errno.ENOSYS);
    }
  }
}
