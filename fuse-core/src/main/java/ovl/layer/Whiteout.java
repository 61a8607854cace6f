package ovl.layer;

import static ovl.sys.ErrnoException.check;

import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Recognises and makes whiteouts. Ours is a character device 0:0, one inode hard-linked under as
 * many names as the filesystem allows, as the kernel's ovl_whiteout does: a thousand deletions cost
 * one inode. Where that device is forbidden it is a {@link FileWhiteout}.
 */
public final class Whiteout {
  private final Syscalls sys;
  private final WorkDir work;
  private final OverlayXattr xattr;
  private final FileWhiteout files;
  private final Object lock = new Object();

  /** The name in the workdir of the inode that is being shared; null if there is none. */
  private byte[] shared;

  /** The shared inode is a file and not a device. */
  private boolean isFile;

  Whiteout(Syscalls sys, WorkDir work, OverlayXattr xattr, FileWhiteout files) {
    this.sys = sys;
    this.work = work;
    this.xattr = xattr;
    this.files = files;
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
   * @param dirFd its descriptor
   * @throws ErrnoException EEXIST if the name is taken; as link(2) and mknod(2)
   */
  public void make(RealDir dir, int dirFd, byte[] name) throws ErrnoException {
    link(dir, dirFd, dirFd, name);
  }

  /**
   * Makes the device that whiteouts are links to, if there is none.
   *
   * @throws ErrnoException as mknod(2), where whiteouts of this form cannot be made
   */
  void probe() throws ErrnoException {
    synchronized (lock) {
      if (shared == null) {
        byte[] fresh = work.newName();
        check(makeDevice(fresh));
        shared = fresh;
      }
    }
  }

  /**
   * Makes a whiteout under a new temporary name in the workdir and returns that name.
   *
   * @param dir the directory of upper that it is for
   * @param dirFd its descriptor
   */
  public byte[] makeTemporary(RealDir dir, int dirFd) throws ErrnoException {
    byte[] temporary = work.newName();
    link(dir, dirFd, work.fd(), temporary);
    return temporary;
  }

  private void link(RealDir dir, int dirFd, int atFd, byte[] name) throws ErrnoException {
    synchronized (lock) {
      if (shared == null) {
        replaceShared();
      }
      if (isFile) {
        files.announce(dir, dirFd);
      }
      int rc = link(atFd, name);
      if (rc == -Errno.EMLINK || rc == -Errno.ENOENT) {
        replaceShared();
        rc = link(atFd, name);
      }
      check(rc);
    }
  }

  private int link(int atFd, byte[] name) {
    Scratch scratch = Scratch.current(sys);
    return sys.linkat(work.fd(), scratch.path2(shared), atFd, scratch.path(name), 0);
  }

  /** Requires: lock. */
  private void replaceShared() throws ErrnoException {
    byte[] old = shared;
    byte[] fresh = work.newName();
    shared = null;
    int rc = makeDevice(fresh);
    isFile = rc == -Errno.EPERM && xattr.isStored();
    if (isFile) {
      makeFile(fresh);
    } else {
      check(rc);
    }
    shared = fresh;
    if (old != null) {
      work.remove(old, 0);
    }
  }

  private int makeDevice(byte[] name) {
    return sys.mknodat(work.fd(), Scratch.current(sys).path2(name), Linux.S_IFCHR, 0);
  }

  private void makeFile(byte[] name) throws ErrnoException {
    try (Fd file = work.createFile(name)) {
      int rc = xattr.setWhiteout(file.get());
      if (rc < 0) {
        work.remove(name, 0);
      }
      check(rc);
    }
  }
}
