package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.layer.OverrideStat;
import ovl.layer.WorkDir;
import ovl.overlay.CopyUp.Extent;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Makes the object that a copy-up will publish, in the workdir, with its data and without its
 * metadata: nobody sees it until it is whole.
 */
final class CopyUpPreparation {
  private final Syscalls sys;
  private final WorkDir work;
  private final RealStat realStat;
  private final DataCopy data;
  private final boolean metacopy;

  CopyUpPreparation(VerbContext context, DataCopy data) {
    this.sys = context.sys();
    this.work = context.stack().work();
    this.realStat = context.realStat();
    this.data = data;
    this.metacopy = context.features().metacopy();
  }

  /**
   * Makes the target of a copy-up.
   *
   * @throws ErrnoException what the filesystem says (ENOSPC, EDQUOT, EIO)
   */
  void prepare(CopyUpContext context, Extent extent, CopyUps.Running running)
      throws ErrnoException {
    switch (context.node().type()) {
      case Linux.S_IFREG -> prepareFile(context, extent, running);
      case Linux.S_IFDIR -> prepareDirectory(context);
      case Linux.S_IFLNK -> prepareSymlink(context);
      default -> prepareSpecial(context);
    }
  }

  private void prepareFile(CopyUpContext context, Extent extent, CopyUps.Running running)
      throws ErrnoException {
    if (work.hasTmpfile()) {
      context.setTarget(work.openTmpfile());
    } else {
      byte[] name = work.newName();
      context.setTarget(work.createFile(name));
      context.setTemporary(name, 0);
    }
    if (extent == Extent.METADATA && metacopy) {
      check(sys.ftruncate(context.target().get(), context.size()));
      context.setIsMetacopy();
    } else if (extent != Extent.TRUNCATED && context.size() > 0) {
      running.expect(context.size());
      copyData(context, running);
      context.setHasData();
    }
  }

  private void copyData(CopyUpContext context, CopyUps.Running running) throws ErrnoException {
    LowerData lower = context.node().real().data();
    if (lower == null) {
      data.copy(
          context.source().get(),
          context.target().get(),
          context.size(),
          context.mayHaveHoles(),
          running);
      return;
    }
    try (Fd source = lower.open()) {
      data.copy(source.get(), context.target().get(), context.size(), true, running);
    }
  }

  private void prepareDirectory(CopyUpContext context) throws ErrnoException {
    byte[] name = work.newName();
    check(sys.mkdirat(work.fd(), Scratch.current(sys).path(name), 0700));
    context.setTemporary(name, Linux.AT_REMOVEDIR);
    context.setTarget(work.openPath(name));
  }

  private void prepareSymlink(CopyUpContext context) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long length =
        check(
            sys.readlinkat(
                context.source().get(), scratch.empty(), scratch.value(), Linux.PATH_MAX));
    long target = scratch.path2(scratch.valueBytes((int) length));
    byte[] name = work.newName();
    check(sys.symlinkat(target, work.fd(), scratch.path(name)));
    context.setTemporary(name, 0);
    context.setTarget(work.openPath(name));
  }

  private void prepareSpecial(CopyUpContext context) throws ErrnoException {
    byte[] name = work.newName();
    int mode =
        realStat.isOverriding()
            ? OverrideStat.realMode(context.mode())
            : context.mode() & Linux.S_IFMT | 0600;
    check(sys.mknodat(work.fd(), Scratch.current(sys).path(name), mode, context.rdev()));
    context.setTemporary(name, 0);
    context.setTarget(work.openPath(name));
  }
}
