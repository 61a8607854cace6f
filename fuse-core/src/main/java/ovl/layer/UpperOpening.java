package ovl.layer;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** Upper and work: one private mount for both, the exclusive use, the probes, the cleaning. */
final class UpperOpening {
  private static final Logger log = LoggerFactory.getLogger(UpperOpening.class);
  private static final long LOCK_PATIENCE_MILLIS = 2000;
  private static final long LOCK_POLL_MILLIS = 20;

  private final Syscalls sys;
  private final LayerOptions options;
  private final Path given;
  private final LayerPlace upper;
  private final LayerPlace work;

  /**
   * @param given the path of upper as the user gave it
   */
  UpperOpening(Syscalls sys, LayerOptions options, Path given, LayerPlace upper, LayerPlace work) {
    this.sys = sys;
    this.options = options;
    this.given = given;
    this.upper = upper;
    this.work = work;
  }

  /**
   * Opens both, and fills in what is theirs.
   *
   * @return whether the mount of both is private
   * @throws LayerException with a one-line reason
   */
  boolean open(LayerStack.Parts parts) throws LayerException {
    Path common = commonAncestor(upper.real(), work.real());
    PrivateMount.Opened base =
        PrivateMount.of(
            sys, LayerPlace.openPath(sys, "upper's mount", common), false, options.atime());
    try (Fd baseFd = base.fd()) {
      Fd root = openBelow(baseFd, common.relativize(upper.real()), upper);
      parts.upper = new Layer(Layer.UPPER, given.toString(), root, upper.dev(), upper.ino(), false);
      parts.locks.add(lock(root, upper));
      parts.upper.setListsAllXattrs(!new XattrListing(sys).mayLackNames(root.get()));
      try (Fd workBase = openBelow(baseFd, common.relativize(work.real()), work)) {
        parts.locks.add(lock(workBase, work));
        parts.workFd = prepareWork(workBase);
        if (options.index()) {
          long dot = Scratch.current(sys).path(".");
          int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
          int fd = sys.openat(workBase.get(), dot, flags, 0);
          if (fd < 0) {
            throw new LayerException(work.label() + ": " + Errno.text(-fd));
          }
          parts.workBase = new Fd(sys, fd);
        }
      }
    }
    parts.xattr = openXattr(parts);
    giveIdentity(parts);
    return base.isPrivate();
  }

  /** Work's real path need not be under the mount of upper's; then there is no common mount. */
  private Fd openBelow(Fd base, Path relative, LayerPlace place) throws LayerException {
    String path = relative.toString().isEmpty() ? "." : relative.toString();
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC);
    scratch.word(1, 0);
    scratch.word(2, Linux.RESOLVE_BENEATH | Linux.RESOLVE_NO_SYMLINKS);
    int fd = sys.openat2(base.get(), scratch.path(path), scratch.words(), 24);
    if (fd < 0) {
      throw new LayerException(place.label() + ": " + Errno.text(-fd));
    }
    Fd opened = new Fd(sys, fd);
    Statx stat = LayerPlace.stat(sys, opened);
    if (stat.dev() != place.dev() || stat.ino() != place.ino()) {
      opened.close();
      throw new LayerException(place.label() + " is hidden by another mount");
    }
    return opened;
  }

  /**
   * An flock that the kernel drops with the process, so that a crash leaves nothing behind. Opened
   * through the private mount: the one that the user sees stays free to be unmounted.
   */
  private Fd lock(Fd directory, LayerPlace place) throws LayerException {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    int fd = sys.openat(directory.get(), Scratch.current(sys).path("."), flags, 0);
    if (fd < 0) {
      throw new LayerException(place.label() + ": " + Errno.text(-fd));
    }
    Fd lock = new Fd(sys, fd);
    // After a lazy unmount the old daemon may still be draining: wait a little for it.
    long deadline = System.nanoTime() + LOCK_PATIENCE_MILLIS * 1_000_000;
    while (sys.flock(fd, Linux.LOCK_EX | Linux.LOCK_NB) < 0) {
      if (System.nanoTime() > deadline) {
        lock.close();
        throw new LayerException(place.label() + " is in use by another mount");
      }
      try {
        Thread.sleep(LOCK_POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        lock.close();
        throw new LayerException(place.label() + ": interrupted");
      }
    }
    return lock;
  }

  private Fd prepareWork(Fd workBase) throws LayerException {
    byte[] name = "work".getBytes(StandardCharsets.US_ASCII);
    Scratch scratch = Scratch.current(sys);
    try {
      checkCompatible(workBase);
      WorkDir.removeTree(sys, workBase.get(), name);
      int mode = sys.geteuid() == 0 ? 0 : 0700;
      ErrnoException.check(sys.mkdirat(workBase.get(), scratch.path(name), mode));
      WorkDir.removeAcls(sys, workBase.get(), name);
      ErrnoException.check(sys.fchmodat(workBase.get(), scratch.path(name), mode, 0));
      if (options.marksVolatile()) {
        markVolatile(workBase);
      }
      int fd =
          sys.openat(
              workBase.get(),
              scratch.path(name),
              Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC,
              0);
      return new Fd(sys, ErrnoException.check(fd));
    } catch (ErrnoException e) {
      throw new LayerException(work.label() + ": " + Errno.text(e.errno()));
    }
  }

  private void checkCompatible(Fd workBase) throws LayerException, ErrnoException {
    long path = Scratch.current(sys).path("work/incompat");
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    int fd = sys.openat(workBase.get(), path, flags, 0);
    if (fd < 0) {
      return;
    }
    try (Fd incompat = new Fd(sys, fd)) {
      if (!WorkDir.names(sys, fd).isEmpty()) {
        throw new LayerException(
            work.label()
                + " was mounted volatile before: remove its directory work/incompat if upper is"
                + " not damaged");
      }
    }
  }

  private void markVolatile(Fd workBase) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    for (String dir :
        new String[] {"work/incompat", "work/incompat/volatile", "work/incompat/volatile/dirty"}) {
      ErrnoException.check(sys.mkdirat(workBase.get(), scratch.path(dir), 0700));
    }
  }

  /** In the namespace that this process can write on upper's filesystem. */
  private OverlayXattr openXattr(LayerStack.Parts parts) throws LayerException {
    int last = 0;
    List<String> prefixes =
        options.userXattr()
            ? List.of(OverlayXattr.USER)
            : List.of(OverlayXattr.TRUSTED, OverlayXattr.USER);
    for (String prefix : prefixes) {
      OverlayXattr candidate = new OverlayXattr(sys, prefix, true);
      last = candidate.setOpaque(parts.workFd.get());
      if (last == 0) {
        Scratch scratch = Scratch.current(sys);
        long name = scratch.path2((prefix + "opaque").getBytes(StandardCharsets.US_ASCII));
        sys.removexattr(scratch.procFd(parts.workFd.get()), name);
        log.debug("overlay attributes are written as {}*", prefix);
        return candidate;
      }
      candidate.close();
    }
    if (options.whiteouts().hasAufsNames()) {
      log.debug("no overlay attributes are written: {}", Errno.text(-last));
      return new OverlayXattr(sys, OverlayXattr.USER, false);
    }
    throw new LayerException(
        upper.label() + ": no extended attributes on this filesystem (" + Errno.text(-last) + ")");
  }

  /** Where only a fresh upper is to get one: an impure root is not fresh. */
  private void giveIdentity(LayerStack.Parts parts) throws LayerException {
    if (options.uuid() == UuidMode.NULL || options.uuid() == UuidMode.OFF) {
      return;
    }
    try {
      if (options.uuid() == UuidMode.ON || !parts.xattr.isImpure(parts.upper.rootFd())) {
        parts.xattr.setUuidIfAbsent(parts.upper.rootFd());
      }
    } catch (ErrnoException e) {
      throw new LayerException(upper.label() + ": " + Errno.text(e.errno()));
    }
  }

  private static Path commonAncestor(Path a, Path b) {
    Path common = a;
    while (!b.startsWith(common)) {
      common = common.getParent();
    }
    return common;
  }
}
