package ovl.layer;

import static ovl.sys.ErrnoException.check;

import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Recognises and makes whiteouts. Ours is a character device 0:0, one inode hard-linked under as
 * many names as the filesystem allows, as the kernel's ovl_whiteout does: a thousand deletions cost
 * one inode.
 */
public final class Whiteout {
  private final Syscalls sys;
  private final WorkDir work;
  private final Object lock = new Object();

  /** The name in the workdir of the inode that is being shared; null if there is none. */
  private byte[] shared;

  Whiteout(Syscalls sys, WorkDir work) {
    this.sys = sys;
    this.work = work;
  }

  /** True for a character device with number 0:0. */
  public static boolean isWhiteout(Statx stat) {
    return (stat.mode() & Linux.S_IFMT) == Linux.S_IFCHR
        && stat.rdevMajor() == 0
        && stat.rdevMinor() == 0;
  }

  /**
   * Puts a whiteout at a free name of an upper directory, in one atomic step.
   *
   * @param name address of the name; not in the second path area of the scratch memory
   * @throws ErrnoException EEXIST if the name is taken; as link(2) and mknod(2)
   */
  public void make(int dirFd, long name) throws ErrnoException {
    synchronized (lock) {
      int rc = link(dirFd, name);
      if (rc == -Errno.EMLINK || rc == -Errno.ENOENT) {
        replaceShared();
        rc = link(dirFd, name);
      }
      check(rc);
    }
  }

  /**
   * Makes the device that whiteouts are links to, if there is none.
   *
   * @throws ErrnoException as mknod(2), where whiteouts of this form cannot be made
   */
  void probe() throws ErrnoException {
    synchronized (lock) {
      if (shared == null) {
        replaceShared();
      }
    }
  }

  /** Makes a whiteout under a new temporary name in the workdir and returns that name. */
  public byte[] makeTemporary() throws ErrnoException {
    byte[] temporary = work.newName();
    make(work.fd(), Scratch.current(sys).path(temporary));
    return temporary;
  }

  private int link(int dirFd, long name) {
    if (shared == null) {
      return -Errno.ENOENT;
    }
    long from = Scratch.current(sys).path2(shared);
    return sys.linkat(work.fd(), from, dirFd, name, 0);
  }

  private void replaceShared() throws ErrnoException {
    byte[] old = shared;
    byte[] fresh = work.newName();
    Scratch scratch = Scratch.current(sys);
    shared = null;
    check(sys.mknodat(work.fd(), scratch.path2(fresh), Linux.S_IFCHR, 0));
    shared = fresh;
    if (old != null) {
      work.remove(old, 0);
    }
  }
}
