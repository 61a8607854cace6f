package ovl.layer;

import static ovl.sys.ErrnoException.check;

import java.io.ByteArrayOutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * One directory in one layer. Its identity is where it stands (parent directory and name), not a
 * descriptor: the O_PATH descriptor is opened when needed, lent with {@link #acquire}, and may be
 * closed by {@link DirFds} when nobody borrows it, because the kernel keeps more nodes than a
 * process may have descriptors.
 *
 * <p>A directory on upper can be renamed; {@link #moveTo} records that. Whoever renames one holds
 * it acquired from before the system call until after moveTo, so it is never looked for in between.
 */
public final class RealDir {
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(RealDir.class, "state", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private record Location(RealDir parent, byte[] name) {}

  private final DirFds fds;
  private final Layer layer;
  private final long ino;
  private volatile Location location;

  /** High half: descriptor + 1, or 0 if closed. Low half: how many borrowers. */
  private volatile long state;

  /** Since the clock hand last passed. */
  private volatile boolean used;

  /** Whether a directory carries the impure mark: it may hold entries with an origin. */
  public enum Impurity {
    UNKNOWN,
    PURE,
    IMPURE
  }

  private volatile Impurity impurity = Impurity.UNKNOWN;

  /** Whether names in it may be marks; see {@link AufsWhiteout}. */
  enum Marks {
    UNKNOWN,
    NONE,
    SOME
  }

  private volatile Marks marks = Marks.UNKNOWN;

  /** Whether files in it may be whiteouts; see {@link FileWhiteout}. */
  private volatile Marks fileWhiteouts = Marks.UNKNOWN;

  private RealDir(DirFds fds, Layer layer, Location location, long ino) {
    this.fds = fds;
    this.layer = layer;
    this.location = location;
    this.ino = ino;
  }

  /** The root directory of a layer. */
  static RealDir root(DirFds fds, Layer layer) {
    return new RealDir(fds, layer, null, layer.rootIno());
  }

  /**
   * A directory found in this one.
   *
   * @param ino its inode number in the layer, checked when it is reopened on upper
   */
  public RealDir child(byte[] name, long childIno) {
    return new RealDir(fds, layer, new Location(this, name), childIno);
  }

  public Layer layer() {
    return layer;
  }

  /** The real inode number. */
  public long ino() {
    return ino;
  }

  public Impurity impurity() {
    return impurity;
  }

  /**
   * Takes in what reading the mark, or setting it, tells. Once impure it stays at that: somebody
   * may set the mark while another reads.
   */
  public synchronized void learnImpurity(boolean isImpure) {
    if (isImpure) {
      impurity = Impurity.IMPURE;
    } else if (impurity == Impurity.UNKNOWN) {
      impurity = Impurity.PURE;
    }
  }

  Marks marks() {
    return marks;
  }

  /**
   * Takes in what reading the directory, or putting a mark into it, tells. Once there were marks it
   * stays at that: somebody may add one while another reads.
   */
  synchronized void learnMarks(boolean holdsMarks) {
    if (holdsMarks) {
      marks = Marks.SOME;
    } else if (marks == Marks.UNKNOWN) {
      marks = Marks.NONE;
    }
  }

  Marks fileWhiteouts() {
    return fileWhiteouts;
  }

  /** As {@link #learnMarks}, of whiteouts that are files. */
  synchronized void learnFileWhiteouts(boolean holdsSome) {
    if (holdsSome) {
      fileWhiteouts = Marks.SOME;
    } else if (fileWhiteouts == Marks.UNKNOWN) {
      fileWhiteouts = Marks.NONE;
    }
  }

  /** Where it stands in its layer: {@code /} for the root, else names that each follow a slash. */
  public byte[] path() {
    ArrayDeque<byte[]> names = new ArrayDeque<>();
    for (Location at = location; at != null; at = at.parent.location) {
      names.push(at.name);
    }
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    for (byte[] name : names) {
      path.write('/');
      path.writeBytes(name);
    }
    return names.isEmpty() ? new byte[] {'/'} : path.toByteArray();
  }

  /** Records a rename on upper. */
  public void moveTo(RealDir parent, byte[] name) {
    location = new Location(parent, name);
  }

  /**
   * Lends the descriptor; it stays open until the matching {@link #release}.
   *
   * @throws ErrnoException as openat(2); ESTALE if another directory now stands at its place
   */
  public int acquire() throws ErrnoException {
    if (location == null) {
      return layer.rootFd();
    }
    for (; ; ) {
      long now = state;
      int fd = fdOf(now);
      if (fd < 0) {
        Location at = location;
        try {
          fd = open(at);
        } catch (ErrnoException e) {
          if (at == location && !isOpen()) {
            throw e;
          }
          // It was renamed while we looked for it at its old place.
          continue;
        }
        if (STATE.compareAndSet(this, now, stateOf(fd) + borrowers(now) + 1)) {
          used = true;
          admit();
          return fd;
        }
        fds.syscalls().close(fd);
      } else if (STATE.compareAndSet(this, now, now + 1)) {
        if (!used) {
          used = true;
        }
        return fd;
      }
    }
  }

  private void admit() {
    boolean done = false;
    try {
      fds.admit(this);
      done = true;
    } finally {
      if (!done) {
        release(); // without memory, and nobody else will
      }
    }
  }

  /** Gives back what {@link #acquire} lent. */
  public void release() {
    if (location != null) {
      STATE.getAndAdd(this, -1L);
    }
  }

  /**
   * Closes the descriptor if nobody borrows it; for a directory that no node refers to any more.
   */
  public void forget() {
    used = false;
    closeIfIdle();
  }

  /** The clock hand passes: true if the directory was used since the last time. */
  boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  boolean isOpen() {
    return fdOf(state) >= 0;
  }

  /** True if the descriptor was closed by this call. */
  boolean closeIfIdle() {
    long now = state;
    int fd = fdOf(now);
    if (fd >= 0 && borrowers(now) == 0 && STATE.compareAndSet(this, now, 0L)) {
      fds.syscalls().close(fd);
      return true;
    }
    return false;
  }

  private int open(Location at) throws ErrnoException {
    Syscalls sys = fds.syscalls();
    int parentFd = acquireFromTheTop(at.parent);
    try {
      Scratch scratch = Scratch.current(sys);
      int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
      int fd = sys.openat(parentFd, scratch.path3(at.name), flags, 0);
      if (fd == -Errno.EMFILE || fd == -Errno.ENFILE) {
        // Users' files take the descriptors: give up what is only kept for speed.
        fds.closeIdle();
        fd = sys.openat(parentFd, scratch.path3(at.name), flags, 0);
      }
      check(fd);
      if (layer.isUpper()) {
        // The statx record belongs to whoever is calling us in the middle of something.
        Statx stat = scratch.statxForReopen();
        int rc = sys.statx(fd, scratch.empty(), Linux.AT_EMPTY_PATH, 0x100, stat);
        if (rc < 0 || stat.ino() != ino) {
          sys.close(fd);
          throw ErrnoException.of(rc < 0 ? -rc : Errno.ESTALE);
        }
      }
      return fd;
    } finally {
      at.parent.release();
    }
  }

  /**
   * Acquires a directory whose ancestors may be closed as well, the highest first: a tree can be
   * deeper than a thread's stack.
   */
  private static int acquireFromTheTop(RealDir dir) throws ErrnoException {
    List<RealDir> closed = new ArrayList<>();
    for (RealDir up = dir; up.location != null && !up.isOpen(); up = up.location.parent) {
      closed.add(up);
    }
    RealDir held = null;
    for (int i = closed.size() - 1; i > 0; i--) {
      try {
        closed.get(i).acquire();
      } finally {
        if (held != null) {
          held.release();
        }
      }
      held = closed.get(i);
    }
    try {
      return dir.acquire();
    } finally {
      if (held != null) {
        held.release();
      }
    }
  }

  private static int fdOf(long state) {
    return (int) (state >>> 32) - 1;
  }

  private static long borrowers(long state) {
    return state & 0xffffffffL;
  }

  private static long stateOf(int fd) {
    return (long) (fd + 1) << 32;
  }
}
