package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.util.Optional;
import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.layer.OverrideStat;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Takes names away: unlink and rmdir (kernel: fs/overlayfs/dir.c, ovl_do_remove). Where a lower
 * layer has the name, a whiteout takes its place in one atomic step; otherwise the upper object is
 * simply removed.
 */
final class Remove {
  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Lookup lookup;
  private final CopyUp copyUp;
  private final Places places;
  private final Owners owners;
  private final RealStat realStat;
  private final MergedDir mergedDir;
  private final Detach detach;
  private final Protection protection;

  Remove(VerbContext context, Lookup lookup, CopyUp copyUp, MergedDir mergedDir, Detach detach) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.lookup = lookup;
    this.copyUp = copyUp;
    this.places = context.places();
    this.owners = context.owners();
    this.realStat = context.realStat();
    this.mergedDir = mergedDir;
    this.detach = detach;
    this.protection = context.protection();
  }

  void unlink(Node dir, NameKey name) throws ErrnoException {
    for (; ; ) {
      Node child = find(dir, name);
      try {
        protection.refuseRemoval(dir, child);
        copyUp.ensureUpper(dir);
        if (child.isDirectory()) {
          throw ErrnoException.of(Errno.EISDIR);
        }
        copyUp.prepareLoss(child, dir, name);
        try (NameLocks names = NameLocks.exclusive(dir)) {
          if (isStillLocked(dir, name, child) && removeLocked(dir, name, child) != null) {
            return;
          }
        }
      } finally {
        nodes.unref(child);
      }
    }
  }

  void rmdir(Node dir, NameKey name) throws ErrnoException {
    for (; ; ) {
      Node child = find(dir, name);
      try {
        protection.refuseRemoval(dir, child);
        checkIsEmptyDirectory(child);
        copyUp.ensureUpper(dir);
        Optional<byte[]> left = null;
        try (NameLocks names = NameLocks.exclusive(dir, child)) {
          if (isStillLocked(dir, name, child)) {
            checkIsEmptyDirectory(child);
            left = removeLocked(dir, name, child);
          }
        }
        if (left != null) {
          // It may hold very many whiteouts: nobody waits for their removal.
          if (left.isPresent()) {
            stack.work().removeTree(left.get());
          }
          return;
        }
      } finally {
        nodes.unref(child);
      }
    }
  }

  private void checkIsEmptyDirectory(Node child) throws ErrnoException {
    if (!child.isDirectory()) {
      throw ErrnoException.of(Errno.ENOTDIR);
    }
    if (!mergedDir.isEmpty(child)) {
      throw ErrnoException.of(Errno.ENOTEMPTY);
    }
  }

  /** One reference for the caller. */
  private Node find(Node dir, NameKey name) throws ErrnoException {
    Node child = lookup.child(dir, name);
    if (child == null) {
      throw ErrnoException.of(Errno.ENOENT);
    }
    return child;
  }

  static boolean isStillLocked(Node dir, NameKey name, Node child) {
    return dir.dir().children.get(name) == child;
  }

  /**
   * @return the temporary name in the workdir of what is still to be removed there; null if another
   *     name must be linked first
   */
  private Optional<byte[]> removeLocked(Node dir, NameKey name, Node child) throws ErrnoException {
    boolean whiteout = lookup.isLowerPositive(dir, name);
    try (Places.Held held = places.lock(child)) {
      Place place = child.isDirectory() ? child.place() : child.placeAtLocked(dir, name);
      boolean inUpper = child.isDirectory() ? child.isOnUpper() : place.isUpper();
      if (detach.wouldLoseOthersLocked(child, place)) {
        return null;
      }
      Fd prepared = detach.prepareLocked(child, place);
      byte[] left;
      boolean done = false;
      try {
        left = removeReal(dir.real().upper(), name, child.isDirectory(), inUpper, whiteout);
        done = true;
      } finally {
        if (!done) {
          detach.cancelLocked(child, prepared);
        }
      }
      detach.commitLocked(child, dir, name, place, prepared);
      return Optional.ofNullable(left);
    }
  }

  /**
   * @param inUpper there is an object to remove
   * @param whiteout there is something below to hide
   * @return the temporary name in the workdir of what is left; null if nothing is
   */
  private byte[] removeReal(
      RealDir parent, NameKey name, boolean isDirectory, boolean inUpper, boolean whiteout)
      throws ErrnoException {
    int dirFd = parent.acquire();
    try {
      if (stack.aufs().isWritten() && (whiteout || !inUpper)) {
        return replaceByMark(parent, dirFd, name, isDirectory, inUpper);
      } else if (!inUpper) {
        stack.whiteout().make(parent, dirFd, name.bytes());
      } else if (isDirectory) {
        return removeUpperDirectory(parent, dirFd, name, whiteout);
      } else if (whiteout) {
        replaceByWhiteout(parent, dirFd, name, 0);
      } else {
        check(sys.unlinkat(dirFd, Scratch.current(sys).path(name.bytes()), 0));
      }
      return null;
    } finally {
      parent.release();
    }
  }

  /** The mark comes first: as long as upper has the name itself it hides nothing that is seen. */
  private byte[] replaceByMark(
      RealDir parent, int dirFd, NameKey name, boolean isDirectory, boolean inUpper)
      throws ErrnoException {
    boolean isNew = stack.aufs().make(parent, dirFd, name.bytes());
    boolean done = false;
    try {
      byte[] left = null;
      if (inUpper && isDirectory) {
        left = removeUpperDirectory(parent, dirFd, name, false);
      } else if (inUpper) {
        check(sys.unlinkat(dirFd, Scratch.current(sys).path(name.bytes()), 0));
      }
      done = true;
      return left;
    } finally {
      if (!done && isNew) {
        stack.aufs().remove(parent, dirFd, name.bytes());
      }
    }
  }

  /** Renames a new whiteout over, or in exchange for, the upper object; its temporary name. */
  private byte[] replaceByWhiteout(RealDir parent, int dirFd, NameKey name, int flags)
      throws ErrnoException {
    byte[] temporary = stack.whiteout().makeTemporary(parent, dirFd);
    Scratch scratch = Scratch.current(sys);
    int rc =
        sys.renameat2(
            stack.work().fd(), scratch.path2(temporary), dirFd, scratch.path(name.bytes()), flags);
    if (rc < 0) {
      stack.work().remove(temporary, 0);
      throw ErrnoException.of(-rc);
    }
    return temporary;
  }

  /** The directory shows no names, but it may hold whiteouts. */
  private byte[] removeUpperDirectory(RealDir parent, int dirFd, NameKey name, boolean whiteout)
      throws ErrnoException {
    if (whiteout) {
      return replaceByWhiteout(parent, dirFd, name, Linux.RENAME_EXCHANGE);
    }
    Scratch scratch = Scratch.current(sys);
    int rc = sys.unlinkat(dirFd, scratch.path(name.bytes()), Linux.AT_REMOVEDIR);
    if (rc == -Errno.ENOTEMPTY || rc == -Errno.EEXIST) {
      byte[] old = stack.work().newName();
      check(
          sys.renameat2(
              dirFd,
              scratch.path(name.bytes()),
              stack.work().fd(),
              scratch.path2(old),
              Linux.RENAME_NOREPLACE));
      return old;
    }
    check(rc);
    return null;
  }

  /**
   * Puts an empty opaque directory in the place of one on upper that holds only whiteouts, so that
   * a rename over it succeeds (kernel: ovl_clear_empty). Requires: dirLock of both, exclusive.
   */
  void clearLocked(Node parent, NameKey name, Node dir) throws ErrnoException {
    RealDir old = dir.real().upper();
    if (old == null || mergedDir.isReallyEmpty(old)) {
      return;
    }
    byte[] temporary = stack.work().newName();
    check(sys.mkdirat(stack.work().fd(), Scratch.current(sys).path(temporary), 0700));
    boolean done = false;
    try (Fd made = stack.work().openPath(temporary)) {
      long ino = likeDirectory(old, made.get());
      exchange(temporary, parent.real().upper(), name);
      RealDir empty = parent.real().upper().child(name.bytes(), ino);
      try (Places.Held held = places.lock(dir)) {
        dir.setRealLocked(RealStack.upperDirectory(empty));
      }
      old.forget();
      done = true;
    } finally {
      if (done) {
        stack.work().removeTree(temporary);
      } else {
        stack.work().remove(temporary, Linux.AT_REMOVEDIR);
      }
    }
  }

  /** Makes a new directory opaque, with owner and mode of another; its inode number. */
  private long likeDirectory(RealDir like, int made) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx();
    int likeFd = like.acquire();
    try {
      check(realStat.read(stack.upper(), likeFd, stat));
      if (realStat.isOverriding()) {
        check(sys.chmod(scratch.procFd(made), OverrideStat.realMode(stat.mode()) & 07777));
        realStat.write(made, stat);
      } else {
        owners.give(made, scratch.empty(), stat.uid(), stat.gid(), Linux.AT_EMPTY_PATH);
        check(sys.chmod(scratch.procFd(made), stat.mode() & 07777));
      }
    } finally {
      like.release();
    }
    // Not by an AUFS mark: only a directory that is really empty can be renamed over.
    check(stack.xattr().setOpaque(made));
    check(realStat.read(stack.upper(), made, stat));
    return stat.ino();
  }

  private void exchange(byte[] temporary, RealDir parent, NameKey name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    int dirFd = parent.acquire();
    try {
      long from = scratch.path2(temporary);
      long to = scratch.path(name.bytes());
      check(sys.renameat2(stack.work().fd(), from, dirFd, to, Linux.RENAME_EXCHANGE));
    } finally {
      parent.release();
    }
  }
}
