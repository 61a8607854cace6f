package ovl.layer;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Dirents;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Whiteouts and opaque marks by name, as AUFS had them and layers of container images still do (OCI
 * image-spec, layer.md): {@code .wh.NAME} hides NAME in the layers below and never in its own,
 * {@code .wh..wh..opq} makes its directory opaque, and every other name that begins with {@code
 * .wh.} is somebody's metadata. Where they are understood such names are never shown; where they
 * are not, as in the kernel's overlay, everything here says no.
 *
 * <p>Most directories hold no mark. That is found out by reading a directory once, so that a name
 * that a layer does not have costs no second system call in it.
 */
public final class AufsWhiteout {
  private static final Logger log = LoggerFactory.getLogger(AufsWhiteout.class);
  private static final byte[] DOT = ascii(".");
  private static final byte[] PREFIX = ascii(".wh.");
  private static final byte[] METADATA = ascii(".wh..wh.");
  private static final byte[] OPAQUE = ascii(".wh..wh..opq");
  private static final int LONGEST_HIDDEN = Linux.NAME_MAX - PREFIX.length;
  private static final int MODE = 0700;
  private static final int SCAN_BLOCK = 1 << 15;

  private final Syscalls sys;
  private final boolean on;
  private final boolean written;

  /**
   * @param written whiteouts of ours have this form, for want of devices or by the user's wish
   */
  AufsWhiteout(Syscalls sys, WhiteoutFormat format, boolean written) {
    this.sys = sys;
    this.on = format.hasAufsNames();
    this.written = on && written;
  }

  /** True if whiteouts of ours have this form; else they are devices. */
  public boolean isWritten() {
    return written;
  }

  /** True for a name that is never shown: a whiteout, an opaque mark, or metadata. */
  public boolean isMark(byte[] name) {
    return on && startsWith(name, PREFIX);
  }

  /** The name that a mark hides in the layers below; null if it is none of that kind. */
  public byte[] hiddenBy(byte[] mark) {
    return startsWith(mark, METADATA) || mark.length == PREFIX.length
        ? null
        : Arrays.copyOfRange(mark, PREFIX.length, mark.length);
  }

  /**
   * True if a directory hides a name from the layers below it. Uses the second path area.
   *
   * @param fd the directory's descriptor
   */
  public boolean hides(RealDir dir, int fd, byte[] name) throws ErrnoException {
    return on
        && name.length <= LONGEST_HIDDEN
        && mayHoldMarks(dir, fd)
        && exists(fd, Scratch.current(sys).path2(markOf(name)));
  }

  private boolean mayHoldMarks(RealDir dir, int fd) throws ErrnoException {
    if (dir.marks() == RealDir.Marks.UNKNOWN) {
      dir.learnMarks(holdsMarks(fd));
    }
    return dir.marks() != RealDir.Marks.NONE;
  }

  private boolean holdsMarks(int dirFd) throws ErrnoException {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    // Not the thread's own block: somebody may be in the middle of listing a directory with it.
    Dirents dirents = Dirents.allocate(sys, SCAN_BLOCK);
    try (Fd fd = new Fd(sys, check(sys.openat(dirFd, Scratch.current(sys).path2(DOT), flags, 0)))) {
      while (dirents.fill(fd.get()) > 0) {
        while (dirents.next()) {
          if (isMark(dirents.name())) {
            return true;
          }
        }
      }
      return false;
    } finally {
      dirents.close();
    }
  }

  private boolean exists(int dirFd, long path) throws ErrnoException {
    Statx stat = Scratch.current(sys).statx2();
    int flags = Linux.AT_SYMLINK_NOFOLLOW;
    int rc = sys.statx(dirFd, path, flags, Linux.STATX_BASIC_STATS, stat);
    if (rc == -Errno.ENOENT) {
      return false;
    }
    check(rc);
    return true;
  }

  /** True if a directory carries the opaque mark. Uses the second path area. */
  boolean isOpaque(int dirFd) throws ErrnoException {
    return on && exists(dirFd, Scratch.current(sys).path2(OPAQUE));
  }

  /** Puts the opaque mark into a directory of upper; 0 or -errno. Uses the second path area. */
  int makeOpaque(int dirFd) {
    return make(dirFd, Scratch.current(sys).path2(OPAQUE));
  }

  /**
   * Hides a name of the layers below. Uses the second path area.
   *
   * @param dir a directory of upper
   * @param fd its descriptor
   * @return false if the name was hidden already
   * @throws ErrnoException ENAMETOOLONG for a name that leaves no room for the prefix
   */
  public boolean make(RealDir dir, int fd, byte[] name) throws ErrnoException {
    if (name.length > LONGEST_HIDDEN) {
      throw ErrnoException.of(Errno.ENAMETOOLONG);
    }
    dir.learnMarks(true);
    int rc = make(fd, Scratch.current(sys).path2(markOf(name)));
    if (rc == -Errno.EEXIST) {
      return false;
    }
    check(rc);
    return true;
  }

  private int make(int dirFd, long path) {
    return sys.mknodat(dirFd, path, Linux.S_IFREG | MODE, 0);
  }

  /**
   * Takes a whiteout away, if there is one; a failure is logged, as the mark hides nothing that its
   * own layer has. Uses the second path area.
   *
   * @param dir a directory of upper
   * @param fd its descriptor
   */
  public void remove(RealDir dir, int fd, byte[] name) {
    if (!on || name.length > LONGEST_HIDDEN || dir.marks() == RealDir.Marks.NONE) {
      return;
    }
    int rc = sys.unlinkat(fd, Scratch.current(sys).path2(markOf(name)), 0);
    if (rc < 0 && rc != -Errno.ENOENT) {
      log.warn("a .wh. file not removed: {}", Errno.name(-rc));
    }
  }

  private static byte[] markOf(byte[] name) {
    byte[] mark = Arrays.copyOf(PREFIX, PREFIX.length + name.length);
    System.arraycopy(name, 0, mark, PREFIX.length, name.length);
    return mark;
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
