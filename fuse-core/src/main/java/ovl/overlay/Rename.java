package ovl.overlay;

import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;

/**
 * Renames (kernel: fs/overlayfs/dir.c, ovl_rename): plan, act, commit. What is needed on upper is
 * copied up first, with no lock held; then the names are locked and looked up again; {@link
 * UpperRename} does it on disk; and the tree is updated from the plan that was carried out.
 */
final class Rename {
  private static final int USER_FLAGS = Linux.RENAME_NOREPLACE | Linux.RENAME_EXCHANGE;

  /** What renameat2(2) lets through to the filesystems. */
  private static final int KNOWN_FLAGS = USER_FLAGS | Linux.RENAME_WHITEOUT;

  /** Others change the same names all the time, or something is wrong: no loop for ever. */
  private static final int MOST_ROUNDS = 1000;

  private final LayerStack stack;
  private final NodeTable nodes;
  private final Lookup lookup;
  private final CopyUp copyUp;
  private final Places places;
  private final MergedDir mergedDir;
  private final Remove remove;
  private final Detach detach;
  private final KernelCache kernel;
  private final RedirectDir redirectDir;
  private final Redirects redirects;
  private final Protection protection;
  private final UpperRename upperRename;

  Rename(
      VerbContext context,
      Lookup lookup,
      CopyUp copyUp,
      MergedDir mergedDir,
      Remove remove,
      Detach detach) {
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.lookup = lookup;
    this.copyUp = copyUp;
    this.places = context.places();
    this.mergedDir = mergedDir;
    this.remove = remove;
    this.detach = detach;
    this.kernel = context.kernel();
    this.redirectDir = context.features().redirectDir();
    this.redirects = new Redirects(context);
    this.protection = context.protection();
    this.upperRename = new UpperRename(context, lookup);
  }

  /**
   * @throws ErrnoException EXDEV for a directory that is, or is merged with, a lower one, unless
   *     redirects may be written; EINVAL for RENAME_WHITEOUT; as rename(2) otherwise
   */
  void rename(Node oldDir, NameKey oldName, Node newDir, NameKey newName, int flags)
      throws ErrnoException {
    if ((flags & ~KNOWN_FLAGS) != 0 || (flags & USER_FLAGS) == USER_FLAGS) {
      throw ErrnoException.of(Errno.EINVAL);
    }
    for (int rounds = 0; rounds < MOST_ROUNDS; rounds++) {
      try (RenamePlan plan = new RenamePlan(nodes, oldDir, oldName, newDir, newName, flags)) {
        plan.setSource(lookup.child(oldDir, oldName));
        plan.setTarget(lookup.child(newDir, newName));
        // The kernel itself does nothing then (vfs_rename), but it may know one file by two
        // numbers.
        if (plan.isSameObject() && !plan.isNoReplace()) {
          return;
        }
        if ((flags & ~USER_FLAGS) != 0) {
          throw ErrnoException.of(Errno.EINVAL);
        }
        check(plan);
        bringToUpper(plan);
        try (NameLocks names = NameLocks.exclusive(oldDir, newDir, plan.source(), plan.target())) {
          if (plan.isCurrentLocked() && act(plan)) {
            return;
          }
        }
      }
    }
    throw ErrnoException.of(Errno.EBUSY);
  }

  private void check(RenamePlan plan) throws ErrnoException {
    Node source = plan.source();
    Node target = plan.target();
    if (source == null || plan.isExchange() && target == null) {
      throw ErrnoException.of(Errno.ENOENT);
    }
    if (target != null && plan.isNoReplace()) {
      throw ErrnoException.of(Errno.EEXIST);
    }
    protection.refuseRemoval(plan.oldDir(), source);
    if (target == null) {
      protection.refuse(plan.newDir(), Protection.IMMUTABLE);
      return;
    }
    protection.refuseRemoval(plan.newDir(), target);
    if (!plan.isExchange() && source.isDirectory() != target.isDirectory()) {
      throw ErrnoException.of(source.isDirectory() ? Errno.ENOTDIR : Errno.EISDIR);
    }
  }

  private void bringToUpper(RenamePlan plan) throws ErrnoException {
    if (stack.isReadOnly()) {
      throw ErrnoException.of(Errno.EROFS);
    }
    checkMovable(plan.source());
    if (plan.isExchange()) {
      checkMovable(plan.target());
    }
    checkReplaceable(plan);
    copyUp.ensureUpper(plan.source(), plan.oldDir(), plan.oldName());
    if (plan.isExchange()) {
      copyUp.ensureUpper(plan.target(), plan.newDir(), plan.newName());
    } else if (plan.target() != null && !plan.target().isDirectory()) {
      copyUp.prepareLoss(plan.target(), plan.newDir(), plan.newName());
    }
    copyUp.ensureUpper(plan.oldDir());
    copyUp.ensureUpper(plan.newDir());
  }

  /** Without a redirect, a directory that shows lower content cannot be moved (ovl_can_move). */
  private void checkMovable(Node node) throws ErrnoException {
    if (node.isDirectory()
        && !redirectDir.creates()
        && (!node.isOnUpper() || node.real().isMerged())) {
      throw ErrnoException.of(Errno.EXDEV);
    }
  }

  /**
   * A directory with content cannot be replaced. If it is on upper only it is left to the real
   * rename to say so, and to choose between the two errnos for it as its filesystem does.
   */
  private void checkReplaceable(RenamePlan plan) throws ErrnoException {
    if (plan.replacesDirectory()
        && (!plan.target().isOnUpper() || plan.target().real().isMerged())
        && !mergedDir.isEmpty(plan.target())) {
      throw ErrnoException.of(Errno.ENOTEMPTY);
    }
  }

  /** Requires: all dirLocks. False if things changed in between and all must be planned again. */
  private boolean act(RenamePlan plan) throws ErrnoException {
    if (plan.newDir().isRemoved() || plan.oldDir().isRemoved()) {
      throw ErrnoException.of(Errno.ENOENT);
    }
    if (plan.target() == null && hasTargetNowLocked(plan)) {
      return false;
    }
    plan.setLowerAtSource(lookup.isLowerPositive(plan.oldDir(), plan.oldName()));
    checkReplaceable(plan);
    RealDir oldUpper = plan.oldDir().real().upper();
    RealDir newUpper = plan.newDir().real().upper();
    int oldFd = oldUpper.acquire();
    try {
      int newFd = newUpper.acquire();
      try {
        markDirectories(plan, oldFd, newFd);
        if (plan.replacesDirectory() && mergedDir.isEmpty(plan.target())) {
          // Not before the marks: too long a redirect is the end of it, with nothing changed.
          remove.clearLocked(plan.newDir(), plan.newName(), plan.target());
        }
        return moveAndCommit(plan, oldFd, newFd);
      } finally {
        newUpper.release();
      }
    } finally {
      oldUpper.release();
    }
  }

  /** A name that was made and forgotten again since the plan was made is not among the children. */
  private boolean hasTargetNowLocked(RenamePlan plan) throws ErrnoException {
    if (plan.isNewDirUnchanged()) {
      return false;
    }
    Node target = lookup.childLocked(plan.newDir(), plan.newName());
    if (target != null) {
      nodes.unref(target);
    }
    return target != null;
  }

  /** What must be true on disk before an object appears at its new place. */
  private void markDirectories(RenamePlan plan, int oldFd, int newFd) throws ErrnoException {
    if (plan.source().real().hasOrigin()) {
      stack.markImpure(plan.newDir().real().upper(), newFd);
    }
    keepContent(plan.source(), plan.oldDir(), plan.newDir());
    if (plan.isExchange()) {
      if (plan.target().real().hasOrigin()) {
        stack.markImpure(plan.oldDir().real().upper(), oldFd);
      }
      keepContent(plan.target(), plan.newDir(), plan.oldDir());
    }
  }

  /**
   * A merged directory must find its lowers again from its new place, a metacopy file its data, and
   * a pure upper directory must not merge with a lower one that has the same name there.
   */
  private void keepContent(Node moved, Node from, Node to) throws ErrnoException {
    if (moved.real().isMerged() || moved.real().data() != null) {
      redirects.markLocked(moved, from == to);
    } else if (moved.isDirectory() && to.real().isMerged()) {
      makeOpaque(moved);
    }
  }

  private void makeOpaque(Node dir) throws ErrnoException {
    RealDir real = dir.real().upper();
    int fd = real.acquire();
    try {
      if (!stack.isOpaque(fd)) {
        stack.makeOpaque(fd);
      }
    } catch (ErrnoException e) {
      // Where upper cannot say it, mv copies.
      throw e.errno() == Errno.EOPNOTSUPP ? ErrnoException.of(Errno.EXDEV) : e;
    } finally {
      real.release();
    }
  }

  private boolean moveAndCommit(RenamePlan plan, int oldFd, int newFd) throws ErrnoException {
    // Held open while they move: nobody may look for them by a name that is about to change.
    try (Moving source = new Moving(plan.source());
        Moving target = new Moving(plan.isExchange() ? plan.target() : null);
        Places.Held held = places.lock(plan.source(), plan.target())) {
      if (!plan.source().isOnUpper() || plan.isExchange() && !plan.target().isOnUpper()) {
        return false;
      }
      plan.rememberPlacesLocked();
      if (!plan.isSourceOnUpper() || plan.isExchange() && !plan.isTargetOnUpper()) {
        // A name found since, of a hard link that was copied up under another one.
        return false;
      }
      if (plan.replaces() && detach.wouldLoseOthersLocked(plan.target(), plan.targetPlace())) {
        return false;
      }
      Fd prepared = null;
      if (plan.replaces()) {
        prepared = detach.prepareLocked(plan.target(), plan.targetPlace());
      }
      boolean done = false;
      try {
        upperRename.carryOut(plan, oldFd, newFd);
        done = true;
      } finally {
        if (!done) {
          // ext4 takes the directory's times onward even when it refuses to leave a whiteout there.
          kernel.changed(plan.oldDir());
          if (plan.replaces()) {
            detach.cancelLocked(plan.target(), prepared);
          }
        }
      }
      commitLocked(plan, prepared);
      return true;
    }
  }

  /** Keeps the descriptor of a directory on upper while it has no settled place. */
  private static final class Moving implements AutoCloseable {
    private final RealDir dir;

    Moving(Node node) throws ErrnoException {
      dir = node != null && node.isDirectory() ? node.real().upper() : null;
      if (dir != null) {
        dir.acquire();
      }
    }

    @Override
    public void close() {
      if (dir != null) {
        dir.release();
      }
    }
  }

  private void commitLocked(RenamePlan plan, Fd prepared) {
    Node source = plan.source();
    Node target = plan.target();
    if (plan.replaces()) {
      detach.commitLocked(target, plan.newDir(), plan.newName(), plan.targetPlace(), prepared);
    }
    plan.oldDir().dir().children.remove(plan.oldName(), source);
    moveNode(source, plan.oldDir(), plan.oldName(), plan.newDir(), plan.newName());
    if (plan.isExchange()) {
      moveNode(target, plan.newDir(), plan.newName(), plan.oldDir(), plan.oldName());
    }
    kernel.namesChanged(plan.oldDir());
    kernel.namesChanged(plan.newDir());
  }

  private void moveNode(Node node, Node from, NameKey oldName, Node to, NameKey newName) {
    if (node.isDirectory()) {
      node.real().upper().moveTo(to.real().upper(), newName.bytes());
    }
    nodes.movePlaceLocked(node, from, oldName, Place.onUpper(to, newName));
    to.dir().children.put(newName, node);
    from.dir().subdirectories.wentLocked(node.isDirectory());
    to.dir().subdirectories.cameLocked(node.isDirectory());
    kernel.changed(node);
  }
}
