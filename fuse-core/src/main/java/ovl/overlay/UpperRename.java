package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * The part of a rename that happens on disk: one renameat2(2) on upper, which leaves a whiteout at
 * the source where a lower layer has that name, or what comes to the same where the filesystem
 * cannot do that at once.
 */
final class UpperRename {
  private static final Logger log = LoggerFactory.getLogger(UpperRename.class);

  private final Syscalls sys;
  private final LayerStack stack;
  private final Lookup lookup;

  UpperRename(VerbContext context, Lookup lookup) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.lookup = lookup;
  }

  /**
   * Requires: all dirLocks and the places of what moves.
   *
   * @param oldFd the old directory on upper
   * @param newFd the new one
   * @throws ErrnoException as renameat2(2); nothing has moved then, but for what could not be put
   *     back from the workdir, which is logged
   */
  void carryOut(RenamePlan plan, int oldFd, int newFd) throws ErrnoException {
    if (plan.isExchange()) {
      check(renameat2(plan, oldFd, newFd, Linux.RENAME_EXCHANGE));
      return;
    }
    if (plan.lowerAtSource() && stack.aufs().isWritten()) {
      moveBesideMark(plan, oldFd, newFd);
    } else {
      move(plan, oldFd, newFd, plan.lowerAtSource());
    }
    stack.aufs().remove(plan.newDir().real().upper(), newFd, plan.newName().bytes());
  }

  /** The mark comes first: as long as upper has the name itself it hides nothing that is seen. */
  private void moveBesideMark(RenamePlan plan, int oldFd, int newFd) throws ErrnoException {
    byte[] oldName = plan.oldName().bytes();
    RealDir oldUpper = plan.oldDir().real().upper();
    boolean isNew = stack.aufs().make(oldUpper, oldFd, oldName);
    boolean done = false;
    try {
      move(plan, oldFd, newFd, false);
      done = true;
    } finally {
      if (!done && isNew) {
        stack.aufs().remove(oldUpper, oldFd, oldName);
      }
    }
  }

  /**
   * @param leavesWhiteout a device takes the place of the old name
   */
  private void move(RenamePlan plan, int oldFd, int newFd, boolean leavesWhiteout)
      throws ErrnoException {
    boolean isDirectory = plan.source().isDirectory();
    int flags = leavesWhiteout ? Linux.RENAME_WHITEOUT : 0;
    boolean targetIsOnUpper = plan.target() != null && plan.isTargetOnUpper();
    if ((isDirectory || leavesWhiteout)
        && !targetIsOnUpper
        && lookup.upperStateLocked(plan.newDir(), plan.newName()) == Lookup.UpperState.WHITEOUT) {
      // A directory cannot replace a whiteout, but it can change places with it. So does what needs
      // one at its old place: no new one is made then, which a setgid directory would give its
      // group.
      if (leavesWhiteout) {
        RealDir from = plan.newDir().real().upper();
        stack.fileWhiteouts().announceAsIn(from, newFd, plan.oldDir().real().upper(), oldFd);
      }
      check(renameat2(plan, oldFd, newFd, Linux.RENAME_EXCHANGE));
      if (!leavesWhiteout) {
        long name = Scratch.current(sys).path(plan.oldName().bytes());
        int rc = sys.unlinkat(oldFd, name, 0);
        if (rc < 0) {
          // The rename has happened; a whiteout over nothing hides nothing.
          log.warn("whiteout left at {}: {}", plan.oldName(), Errno.name(-rc));
        }
      }
      return;
    }
    int rc = renameat2(plan, oldFd, newFd, flags);
    if (rc == -Errno.EINVAL && flags != 0) {
      // A filesystem without RENAME_WHITEOUT: put a whiteout there first, in exchange.
      renameByExchange(plan, oldFd, newFd);
      return;
    }
    check(rc);
  }

  private int renameat2(RenamePlan plan, int oldFd, int newFd, int flags) {
    Scratch scratch = Scratch.current(sys);
    long oldName = scratch.path(plan.oldName().bytes());
    long newName = scratch.path2(plan.newName().bytes());
    return sys.renameat2(oldFd, oldName, newFd, newName, flags);
  }

  /** The object goes to the workdir in exchange for a whiteout, and from there to its new name. */
  private void renameByExchange(RenamePlan plan, int oldFd, int newFd) throws ErrnoException {
    byte[] temporary = stack.whiteout().makeTemporary(plan.oldDir().real().upper(), oldFd);
    Scratch scratch = Scratch.current(sys);
    int workFd = stack.work().fd();
    long oldName = scratch.path(plan.oldName().bytes());
    int rc = sys.renameat2(workFd, scratch.path2(temporary), oldFd, oldName, Linux.RENAME_EXCHANGE);
    if (rc < 0) {
      stack.work().remove(temporary, 0);
      throw ErrnoException.of(-rc);
    }
    rc =
        sys.renameat2(
            workFd, scratch.path2(temporary), newFd, scratch.path(plan.newName().bytes()), 0);
    if (rc < 0) {
      long from = scratch.path2(temporary);
      long back = scratch.path(plan.oldName().bytes());
      int restored = sys.renameat2(workFd, from, oldFd, back, Linux.RENAME_EXCHANGE);
      if (restored < 0) {
        log.error("{} is stranded in the workdir: {}", plan.oldName(), Errno.name(-restored));
        throw ErrnoException.of(-rc);
      }
      stack.work().remove(temporary, 0);
      throw ErrnoException.of(-rc);
    }
  }
}
