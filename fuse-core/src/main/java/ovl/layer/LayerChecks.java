package ovl.layer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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

/**
 * Opens the directories of a stack and refuses what cannot work, each with one line that names the
 * directory and the reason. The rules are those of ovl_get_upper, ovl_get_workdir and
 * ovl_check_overlapping_layers in the kernel's fs/overlayfs/super.c.
 */
final class LayerChecks {
  private static final Logger log = LoggerFactory.getLogger(LayerChecks.class);
  private static final int STATX_MASK = Linux.STATX_BASIC_STATS | Linux.STATX_MNT_ID;
  private static final String TRUSTED = "trusted.overlay.";
  private static final String USER = "user.overlay.";
  private static final long LOCK_PATIENCE_MILLIS = 2000;
  private static final long LOCK_POLL_MILLIS = 20;

  /** Of the initial user namespace. */
  private static final String WHOLE_ID_RANGE = "0 0 4294967295";

  private final Syscalls sys;
  private final LayerPaths paths;
  private final LayerOptions options;

  /** Whether each layer that contains the mountpoint is shielded from it by a private mount. */
  private boolean allPrivate = true;

  private boolean lowersAreProtected = true;

  LayerChecks(Syscalls sys, LayerPaths paths, LayerOptions options) {
    this.sys = sys;
    this.paths = paths;
    this.options = options;
  }

  /** A directory as named by the user and as it really is. */
  private record Place(String label, Path real, long dev, long ino, long mntId) {
    boolean isInside(Place other) {
      return real.startsWith(other.real);
    }
  }

  void open(LayerStack.Parts parts) throws LayerException {
    List<Path> lowers = paths.lowers();
    if (lowers.isEmpty()) {
      throw new LayerException("no lower layer given");
    }
    int count = lowers.size() + paths.dataLowers().size();
    if (count > paths.maxLowers()) {
      throw new LayerException(
          count + " lower layers given, no more than " + paths.maxLowers() + " work");
    }
    if ((paths.upper() == null) != (paths.work() == null)) {
      throw new LayerException(
          paths.upper() == null
              ? "work directory given without an upper"
              : "upper given without a work directory");
    }
    Place upper = paths.upper() == null ? null : place("upper", paths.upper());
    Place work = paths.work() == null ? null : place("work directory", paths.work());
    if (upper != null) {
      checkUpperAndWork(upper, work);
    }
    int index = 1;
    for (Path lower : lowers) {
      parts.lowers.add(openLower(lower, index, index == lowers.size(), upper, work));
      index++;
    }
    for (Path lower : paths.dataLowers()) {
      parts.dataLayers.add(openLower(lower, index, true, upper, work));
      index++;
    }
    if (upper == null) {
      boolean trusted = !options.userXattr() && mayUseTrusted();
      parts.xattr = new OverlayXattr(sys, trusted ? TRUSTED : USER, true);
    } else {
      new UpperOpening(upper, work).open(parts);
    }
    parts.lowersAreProtected = lowersAreProtected;
    parts.namesFilesystems = options.uuid() != UuidMode.OFF;
    checkMountpointApart();
  }

  private Layer openLower(Path lower, int index, boolean isBottom, Place upper, Place work)
      throws LayerException {
    Place place = place("lower layer", lower);
    if (upper != null) {
      checkApart(place, upper);
      checkApart(place, work);
    }
    return new Layer(index, lower.toString(), openLayer(place), place.dev, place.ino, isBottom);
  }

  private Place place(String label, Path path) throws LayerException {
    Path real;
    try {
      real = path.toRealPath();
    } catch (NoSuchFileException e) {
      throw new LayerException(label + " " + path + ": " + Errno.text(Errno.ENOENT));
    } catch (AccessDeniedException e) {
      throw new LayerException(label + " " + path + ": " + Errno.text(Errno.EACCES));
    } catch (FileSystemException e) {
      throw new LayerException(
          label + " " + path + ": " + (e.getReason() == null ? "cannot be read" : e.getReason()));
    } catch (IOException e) {
      throw new LayerException(label + " " + path + ": " + e.getMessage());
    }
    if (!Files.isDirectory(real)) {
      throw new LayerException(label + " " + path + ": " + Errno.text(Errno.ENOTDIR));
    }
    try (Fd fd = openPath(label, real)) {
      Statx stat = stat(fd);
      return new Place(label + " " + path, real, stat.dev(), stat.ino(), stat.mntId());
    }
  }

  private Fd openPath(String label, Path real) throws LayerException {
    int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    long path = Scratch.current(sys).path(real.toString());
    int fd = sys.openat(Linux.AT_FDCWD, path, flags, 0);
    if (fd < 0) {
      throw new LayerException(label + " " + real + ": " + Errno.text(-fd));
    }
    return new Fd(sys, fd);
  }

  private Statx stat(Fd fd) throws LayerException {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx();
    int rc = sys.statx(fd.get(), scratch.empty(), Linux.AT_EMPTY_PATH, STATX_MASK, stat.address());
    if (rc < 0) {
      throw new LayerException("statx: " + Errno.text(-rc));
    }
    return stat;
  }

  private static void checkUpperAndWork(Place upper, Place work) throws LayerException {
    if (upper.dev != work.dev) {
      throw new LayerException(
          upper.label + " and " + work.label + " are on different filesystems");
    }
    if (upper.mntId != work.mntId) {
      throw new LayerException(upper.label + " and " + work.label + " are under different mounts");
    }
    if (work.isInside(upper)) {
      throw new LayerException(work.label + " is inside " + upper.label);
    }
    if (upper.isInside(work)) {
      throw new LayerException(upper.label + " is inside " + work.label);
    }
  }

  private static void checkApart(Place lower, Place writable) throws LayerException {
    if (writable.isInside(lower)) {
      throw new LayerException(writable.label + " is inside " + lower.label);
    }
    if (lower.isInside(writable)) {
      throw new LayerException(lower.label + " is inside " + writable.label);
    }
  }

  private Fd openLayer(Place place) throws LayerException {
    PrivateMount.Opened opened = PrivateMount.of(sys, openPath(place.label, place.real), true);
    allPrivate &= opened.isPrivate();
    lowersAreProtected &= opened.isPrivate();
    // A directory that cannot be searched is of no use as a layer; say so now, not at each lookup.
    long dot = Scratch.current(sys).path(".");
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    int rc = sys.openat(opened.fd().get(), dot, flags, 0);
    if (rc < 0) {
      opened.fd().close();
      throw new LayerException(place.label + ": " + Errno.text(-rc));
    }
    sys.close(rc);
    return opened.fd();
  }

  /**
   * Without upper there is nothing to try it on: trusted.* is for root of the initial user
   * namespace, to anybody else such attributes seem absent.
   */
  private boolean mayUseTrusted() {
    if (sys.geteuid() != 0) {
      return false;
    }
    try {
      String map = Files.readString(Path.of("/proc/self/uid_map"));
      return map.trim().replaceAll(" +", " ").equals(WHOLE_ID_RANGE);
    } catch (IOException e) {
      log.debug("/proc/self/uid_map: {}", e.toString());
      return true;
    }
  }

  private void checkMountpointApart() throws LayerException {
    if (allPrivate || paths.mountpoint() == null) {
      return;
    }
    Path mountpoint;
    try {
      mountpoint = paths.mountpoint().toRealPath();
    } catch (IOException e) {
      // The transport says what is wrong with the mountpoint.
      log.debug("mountpoint {} not resolved: {}", paths.mountpoint(), e.toString());
      return;
    }
    for (Path layer : paths.lowers()) {
      checkNotAbove(layer, mountpoint);
    }
    if (paths.upper() != null) {
      checkNotAbove(paths.upper(), mountpoint);
    }
  }

  private void checkNotAbove(Path layer, Path mountpoint) throws LayerException {
    Place place = place("layer", layer);
    if (mountpoint.startsWith(place.real) && !mountpoint.equals(place.real)) {
      throw new LayerException(
          "mountpoint " + mountpoint + " is inside " + place.label + ", which needs root");
    }
  }

  /** Upper and work: one private mount for both, the exclusive use, the probes, the cleaning. */
  private final class UpperOpening {
    private final Place upper;
    private final Place work;

    UpperOpening(Place upper, Place work) {
      this.upper = upper;
      this.work = work;
    }

    void open(LayerStack.Parts parts) throws LayerException {
      parts.locks.add(lock(upper));
      parts.locks.add(lock(work));
      Path common = commonAncestor(upper.real, work.real);
      PrivateMount.Opened base = PrivateMount.of(sys, openPath("upper's mount", common), false);
      allPrivate &= base.isPrivate();
      try (Fd baseFd = base.fd()) {
        Fd root = openBelow(baseFd, common.relativize(upper.real), upper);
        parts.upper =
            new Layer(Layer.UPPER, paths.upper().toString(), root, upper.dev, upper.ino, false);
        try (Fd workBase = openBelow(baseFd, common.relativize(work.real), work)) {
          parts.workFd = prepareWork(workBase);
          if (options.index()) {
            long dot = Scratch.current(sys).path(".");
            int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
            int fd = sys.openat(workBase.get(), dot, flags, 0);
            if (fd < 0) {
              throw new LayerException(work.label + ": " + Errno.text(-fd));
            }
            parts.workBase = new Fd(sys, fd);
          }
        }
      }
      parts.xattr = openXattr(parts);
      giveIdentity(parts);
    }

    /** Work's real path need not be under the mount of upper's; then there is no common mount. */
    private Fd openBelow(Fd base, Path relative, Place place) throws LayerException {
      String path = relative.toString().isEmpty() ? "." : relative.toString();
      Scratch scratch = Scratch.current(sys);
      scratch.word(0, Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC);
      scratch.word(1, 0);
      scratch.word(2, Linux.RESOLVE_BENEATH | Linux.RESOLVE_NO_SYMLINKS);
      int fd = sys.openat2(base.get(), scratch.path(path), scratch.words(), 24);
      if (fd < 0) {
        throw new LayerException(place.label + ": " + Errno.text(-fd));
      }
      Fd opened = new Fd(sys, fd);
      Statx stat = stat(opened);
      if (stat.dev() != place.dev || stat.ino() != place.ino) {
        opened.close();
        throw new LayerException(place.label + " is hidden by another mount");
      }
      return opened;
    }

    /** An flock that the kernel drops with the process, so that a crash leaves nothing behind. */
    private Fd lock(Place place) throws LayerException {
      int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
      int fd =
          sys.openat(Linux.AT_FDCWD, Scratch.current(sys).path(place.real.toString()), flags, 0);
      if (fd < 0) {
        throw new LayerException(place.label + ": " + Errno.text(-fd));
      }
      Fd lock = new Fd(sys, fd);
      // After a lazy unmount the old daemon may still be draining: wait a little for it.
      long deadline = System.nanoTime() + LOCK_PATIENCE_MILLIS * 1_000_000;
      while (sys.flock(fd, Linux.LOCK_EX | Linux.LOCK_NB) < 0) {
        if (System.nanoTime() > deadline) {
          lock.close();
          throw new LayerException(place.label + " is in use by another mount");
        }
        try {
          Thread.sleep(LOCK_POLL_MILLIS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          lock.close();
          throw new LayerException(place.label + ": interrupted");
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
        throw new LayerException(work.label + ": " + Errno.text(e.errno()));
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
              work.label
                  + " was mounted volatile before: remove its directory work/incompat if upper is"
                  + " not damaged");
        }
      }
    }

    private void markVolatile(Fd workBase) throws ErrnoException {
      Scratch scratch = Scratch.current(sys);
      for (String dir :
          new String[] {
            "work/incompat", "work/incompat/volatile", "work/incompat/volatile/dirty"
          }) {
        ErrnoException.check(sys.mkdirat(workBase.get(), scratch.path(dir), 0700));
      }
    }

    /** In the namespace that this process can write on upper's filesystem. */
    private OverlayXattr openXattr(LayerStack.Parts parts) throws LayerException {
      int last = 0;
      List<String> prefixes = options.userXattr() ? List.of(USER) : List.of(TRUSTED, USER);
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
        return new OverlayXattr(sys, USER, false);
      }
      throw new LayerException(
          upper.label + ": no extended attributes on this filesystem (" + Errno.text(-last) + ")");
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
        throw new LayerException(upper.label + ": " + Errno.text(e.errno()));
      }
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
