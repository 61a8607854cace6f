package ovl.layer;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Dirents;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * The directory {@code work} inside the workdir: where objects are prepared before one rename or
 * link makes them visible on upper. Names are {@code #} and a hexadecimal counter, as the kernel's;
 * whatever a crash left behind is removed at the next mount.
 */
public final class WorkDir {
  private static final Logger log = LoggerFactory.getLogger(WorkDir.class);

  private static final List<String> ACLS =
      List.of("system.posix_acl_default", "system.posix_acl_access");

  private final Syscalls sys;
  private final Fd fd;
  private final AtomicLong counter = new AtomicLong();
  private final boolean tmpfile;

  /**
   * @param fd O_PATH descriptor of the empty {@code work} directory
   */
  WorkDir(Syscalls sys, Fd fd) {
    this.sys = sys;
    this.fd = fd;
    this.tmpfile = probeTmpfile();
  }

  /** The descriptor for the {@code *at} calls. */
  public int fd() {
    return fd.get();
  }

  /** True if the filesystem makes files without a name (O_TMPFILE). */
  public boolean hasTmpfile() {
    return tmpfile;
  }

  /** A temporary name that was not given out before. */
  public byte[] newName() {
    return ("#" + Long.toHexString(counter.getAndIncrement())).getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Opens a new file without a name, mode 0600, for reading and writing.
   *
   * @throws ErrnoException as open(2) with O_TMPFILE
   */
  public Fd openTmpfile() throws ErrnoException {
    int flags = Linux.O_TMPFILE | Linux.O_RDWR | Linux.O_CLOEXEC;
    long dot = Scratch.current(sys).path(".");
    return new Fd(sys, check(sys.openat(fd.get(), dot, flags, 0600)));
  }

  /** Opens a new file with a temporary name, mode 0600, for reading and writing. */
  public Fd createFile(byte[] name) throws ErrnoException {
    int flags = Linux.O_CREAT | Linux.O_EXCL | Linux.O_RDWR | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    long path = Scratch.current(sys).path(name);
    return new Fd(sys, check(sys.openat(fd.get(), path, flags, 0600)));
  }

  /** Opens a temporary object as O_PATH, a symlink itself and not its target. */
  public Fd openPath(byte[] name) throws ErrnoException {
    int flags = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    long path = Scratch.current(sys).path(name);
    return new Fd(sys, check(sys.openat(fd.get(), path, flags, 0)));
  }

  /**
   * Removes a temporary object; a failure is logged and left for the next mount's cleaning.
   *
   * @param flags AT_REMOVEDIR for a directory
   */
  public void remove(byte[] name, int flags) {
    int rc = sys.unlinkat(fd.get(), Scratch.current(sys).path2(name), flags);
    if (rc < 0) {
      log.warn("work/{} not removed: {}", text(name), Errno.name(-rc));
    }
  }

  /** Removes a temporary directory with what it holds; failures are logged. */
  public void removeTree(byte[] name) {
    try {
      removeTree(sys, fd.get(), name);
    } catch (ErrnoException e) {
      log.warn("work/{} not removed: {}", text(name), e.getMessage());
    }
  }

  /**
   * Takes away the ACLs that a directory has inherited: what is prepared in it would inherit them
   * in turn, and let in on upper whom they name (kernel: ovl_workdir_create).
   *
   * @throws ErrnoException as removexattr(2), but for attributes that are not there
   */
  static void removeAcls(Syscalls sys, int parentFd, byte[] name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    for (String acl : ACLS) {
      long path = scratch.procFd(parentFd, scratch.path(name), name.length);
      int rc = sys.lremovexattr(path, scratch.path2(acl.getBytes(StandardCharsets.US_ASCII)));
      if (rc != -Errno.ENODATA && rc != -Errno.EOPNOTSUPP) {
        check(rc);
      }
    }
  }

  void close() {
    fd.close();
  }

  private boolean probeTmpfile() {
    try (Fd probe = openTmpfile()) {
      return probe.get() >= 0;
    } catch (ErrnoException e) {
      log.debug("no O_TMPFILE on upper's filesystem: {}", e.getMessage());
      return false;
    }
  }

  /**
   * Removes a name and everything below it, without following symlinks or leaving the filesystem.
   *
   * @throws ErrnoException of the first thing that could not be removed
   */
  static void removeTree(Syscalls sys, int parentFd, byte[] name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    int rc = sys.unlinkat(parentFd, scratch.path2(name), 0);
    if (rc == 0 || rc == -Errno.ENOENT) {
      return;
    }
    if (rc != -Errno.EISDIR && rc != -Errno.EPERM) {
      check(rc);
    }
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    int opened = sys.openat(parentFd, scratch.path2(name), flags, 0);
    if (opened == -Errno.EACCES) {
      // An unprivileged daemon and a directory whose owner may not read it.
      check(sys.fchmodat(parentFd, scratch.path2(name), 0700, 0));
      opened = sys.openat(parentFd, scratch.path2(name), flags, 0);
    }
    try (Fd dir = new Fd(sys, check(opened))) {
      clear(sys, dir.get());
    }
    check(sys.unlinkat(parentFd, scratch.path2(name), Linux.AT_REMOVEDIR));
  }

  /** Removes everything in an open directory (not O_PATH). */
  static void clear(Syscalls sys, int dirFd) throws ErrnoException {
    for (byte[] name : names(sys, dirFd)) {
      removeTree(sys, dirFd, name);
    }
  }

  /** The names in an open directory, without "." and "..". */
  static List<byte[]> names(Syscalls sys, int dirFd) throws ErrnoException {
    List<byte[]> names = new ArrayList<>();
    Dirents dirents = Scratch.current(sys).dirents();
    while (dirents.fill(dirFd) > 0) {
      while (dirents.next()) {
        if (!dirents.isDotOrDotDot()) {
          names.add(dirents.name());
        }
      }
    }
    return names;
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.ISO_8859_1);
  }
}
