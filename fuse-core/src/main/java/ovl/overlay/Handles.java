package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** Open files and directories by fh. What is done with the data of files: {@link FileData}. */
final class Handles {
  /**
   * What of a user's flags concerns the real file. Not O_APPEND: the kernel sends offsets, and
   * pwrite(2) on an O_APPEND descriptor would ignore them. Not O_DIRECT: our buffers need not fit.
   */
  private static final int PASSED_FLAGS =
      Linux.O_ACCMODE | Linux.O_TRUNC | Linux.O_SYNC | Linux.O_NONBLOCK | Linux.O_LARGEFILE;

  /**
   * A file that one or two requests bring into the page cache: to read it from there, again and
   * again, is cheaper than to have its backing registered with each open.
   */
  private static final long SMALL = 128 << 10;

  private final Syscalls sys;
  private final NodeTable nodes;
  private final Places places;
  private final CopyUp copyUp;
  private final Attributes attributes;
  private final OverlayOptions options;
  private final KernelCache kernel;
  private final Protection protection;
  private final Purity purity;
  private final FirstRead firstRead;
  private final boolean backsLowers;
  private final int capacity;
  private final AtomicInteger openFiles = new AtomicInteger();
  private final IdTable<OpenFile> files = new IdTable<>(NodeFs.NO_FH + 1);
  private final IdTable<OpenDir> dirs = new IdTable<>(NodeFs.NO_FH + 1);

  Handles(VerbContext context, CopyUp copyUp, Attributes attributes) {
    this.sys = context.sys();
    this.nodes = context.nodes();
    this.places = context.places();
    this.copyUp = copyUp;
    this.attributes = attributes;
    this.options = context.options();
    this.kernel = context.kernel();
    this.protection = context.protection();
    this.purity = context.purity();
    this.firstRead = new FirstRead(context);
    this.backsLowers =
        context.stack().lowersAreProtected()
            && (context.stack().isReadOnly() || options.passesLowersThrough());
    this.capacity = context.stack().fileCapacity();
  }

  /** The flags for the descriptor of the real file. */
  int realFlags(int flags) {
    int passed = flags & PASSED_FLAGS;
    return options.isVolatile() ? passed & ~Linux.O_SYNC : passed;
  }

  /** Opens a file, after copy-up if it is opened for writing. */
  void open(Node node, int flags, boolean killSuidgid, OpenResult out) throws ErrnoException {
    if (node.isDirectory()) {
      throw ErrnoException.of(Errno.EISDIR);
    }
    purity.requireData(node);
    protection.refuseOpen(node, flags);
    refuseTruncationOfProgram(node, flags);
    checkCapacity();
    boolean fills = firstRead.begin(node, flags);
    try {
      bringUp(node, flags, killSuidgid);
      OpenFile file = openReal(node, flags);
      add(file, out);
      if (fills) {
        firstRead.fill(node, file.fd().get());
      }
    } finally {
      if (fills) {
        node.endFill();
      }
    }
    if (node.mayChangeUnseen()) {
      // From now on the kernel is told not to keep them; those it has are as good as any so far.
      kernel.changed(node);
    }
  }

  /**
   * For an open for reading that truncates, the kernel asks whether the program runs only when we
   * have truncated it (fs/namei.c, do_open); for one that writes it asks first.
   *
   * @throws ErrnoException ETXTBSY
   */
  private void refuseTruncationOfProgram(Node node, int flags) throws ErrnoException {
    boolean asksLate = (flags & (Linux.O_ACCMODE | Linux.O_TRUNC)) == Linux.O_TRUNC;
    if (asksLate && openings(node).running) {
      throw ErrnoException.of(Errno.ETXTBSY);
    }
  }

  private void bringUp(Node node, int flags, boolean killSuidgid) throws ErrnoException {
    if ((flags & Linux.O_TRUNC) != 0) {
      copyUp.ensureUpperTruncated(node);
      if (killSuidgid) {
        attributes.dropSuidgid(node);
      }
    } else if ((flags & Linux.O_ACCMODE) != Linux.O_RDONLY) {
      copyUp.ensureUpperData(node);
    }
  }

  private OpenFile openReal(Node node, int flags) throws ErrnoException {
    boolean runs = (flags & Linux.FMODE_EXEC) != 0;
    int passed = realFlags(flags);
    try (Places.Pinned at = places.pin(node)) {
      RealStack real = node.real();
      boolean onUpper = real.hasDataOnUpper();
      if (onUpper && real.data() == null && OpenFile.isForAppending(flags)) {
        return new OpenFile(node, kept(flags), false, openForAppending(at, passed), true);
      }
      Fd fd =
          real.data() != null
              ? real.data().open()
              : openReal(at, onUpper ? passed : passed | Linux.O_NOATIME);
      return new OpenFile(node, kept(flags), runs, fd, onUpper);
    }
  }

  /** What a handle remembers of the flags that it was opened with. */
  int kept(int flags) {
    return realFlags(flags) & ~Linux.O_TRUNC | flags & Linux.O_APPEND;
  }

  /** What has got chattr +a on upper itself is opened for writing with O_APPEND or not at all. */
  private Fd openForAppending(Places.Pinned at, int passed) throws ErrnoException {
    try {
      return openReal(at, passed);
    } catch (ErrnoException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      return openReal(at, passed | Linux.O_APPEND);
    }
  }

  private Fd openReal(Places.Pinned at, int flags) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long path = at.isSelf() ? scratch.procFd(at.fd()) : at.name();
    int dirFd = at.isSelf() ? Linux.AT_FDCWD : at.fd();
    int nofollow = at.isSelf() ? 0 : Linux.O_NOFOLLOW;
    int fd = sys.openat(dirFd, path, flags | nofollow | Linux.O_CLOEXEC, 0);
    if (fd == -Errno.EPERM && (flags & Linux.O_NOATIME) != 0) {
      // O_NOATIME is for owners and root only.
      int without = flags & ~Linux.O_NOATIME | nofollow | Linux.O_CLOEXEC;
      fd = sys.openat(dirFd, path, without, 0);
    }
    return new Fd(sys, check(fd));
  }

  /**
   * Refuses to open more files than the process has descriptors for beside its own.
   *
   * @throws ErrnoException ENFILE
   */
  void checkCapacity() throws ErrnoException {
    if (openFiles.get() >= capacity) {
      throw ErrnoException.of(Errno.ENFILE);
    }
  }

  /** Takes in an open file, gives it its fh and says how the kernel may use it. */
  void add(OpenFile file, OpenResult out) {
    openFiles.incrementAndGet();
    nodes.ref(file.node());
    out.clear();
    out.fh = files.nextId();
    // Nobody but us changes the file, so what the kernel has of it is right.
    out.keepCache = options.cacheTimes().keepsContent();
    if (options.passesThrough()) {
      offerBacking(file, out);
    }
    files.put(out.fh, file);
  }

  private void offerBacking(OpenFile file, OpenResult out) {
    out.backingIsWritable = file.isOnUpper();
    out.backingFd = file.isOnUpper() || backsLowers ? file.fd().get() : -1;
    out.prefersCache = out.backingFd >= 0 && (isSmallToRead(file) || isProtected(file));
    if (file.mayWriteUnseen()) {
      file.node().addUnseenWriters(1);
    }
  }

  /** Requires: an open for writing, which has asked for the marks of the node. */
  private static boolean isProtected(OpenFile file) {
    return file.isForAppending() && (file.node().protection() & Protection.APPEND) != 0;
  }

  /** The position of the descriptor is of no use to anybody else: the kernel sends offsets. */
  private boolean isSmallToRead(OpenFile file) {
    return (file.flags() & Linux.O_ACCMODE) == Linux.O_RDONLY
        && sys.lseek(file.fd().get(), 0, Linux.SEEK_END) <= SMALL;
  }

  long addDirectory(OpenDir dir) {
    nodes.ref(dir.node());
    long fh = dirs.nextId();
    dirs.put(fh, dir);
    return fh;
  }

  /**
   * The open directory of an fh.
   *
   * @throws ErrnoException EBADF if there is none
   */
  OpenDir directory(long fh) throws ErrnoException {
    OpenDir dir = dirs.get(fh);
    if (dir == null) {
      throw ErrnoException.of(Errno.EBADF);
    }
    return dir;
  }

  /**
   * The open file of an fh.
   *
   * @throws ErrnoException EBADF if there is none
   */
  OpenFile file(long fh) throws ErrnoException {
    OpenFile file = files.get(fh);
    if (file == null) {
      throw ErrnoException.of(Errno.EBADF);
    }
    return file;
  }

  /** The descriptor of the real file as it is now: on upper, once the node was copied up. */
  int fd(OpenFile file) throws ErrnoException {
    if (file.isBehind()) {
      catchUp(file);
    }
    return file.fd().get();
  }

  private void catchUp(OpenFile file) throws ErrnoException {
    synchronized (file) {
      if (file.isBehind()) {
        try (Places.Pinned at = places.pin(file.node())) {
          file.moveTo(openReal(at, file.flags()));
        }
      }
    }
  }

  /** The descriptor of a handle that is open for writing; -1 if it is not, or there is none. */
  int writableFd(long fh) throws ErrnoException {
    OpenFile file = files.get(fh);
    return file == null || (file.flags() & Linux.O_ACCMODE) == Linux.O_RDONLY ? -1 : fd(file);
  }

  void release(long fh) {
    OpenFile file = files.remove(fh);
    if (file != null) {
      openFiles.decrementAndGet();
      if (options.passesThrough() && file.mayWriteUnseen()) {
        file.node().addUnseenWriters(-1);
      }
      file.close();
      nodes.unref(file.node());
    }
  }

  void releaseDirectory(long fh) {
    OpenDir dir = dirs.remove(fh);
    if (dir != null) {
      dir.close();
      nodes.unref(dir.node());
    }
  }

  /** Closes everything; the mount has ended. */
  void closeAll() {
    files.forEach(OpenFile::close);
    dirs.forEach(OpenDir::close);
  }

  /** True if some handle of a file may write. Looks at all handles: not for every request. */
  boolean isOpenForWriting(Node node) {
    return openings(node).writing;
  }

  /** True if a mapping may be changing a file. Looks at all handles. */
  boolean mayBeMapped(Node node) {
    return openings(node).mapping;
  }

  /** True if the file of a handle has others as well. Looks at all handles. */
  boolean isOpenElsewhere(long fh) {
    OpenFile file = files.get(fh);
    return file != null && openings(file.node()).count > 1;
  }

  private Openings openings(Node node) {
    Openings openings = new Openings(node);
    files.forEach(openings);
    return openings;
  }

  /** How a file is open, of all its handles together. */
  private static final class Openings implements Consumer<OpenFile> {
    private final Node node;
    private int count;
    private boolean writing;
    private boolean running;
    private boolean mapping;

    Openings(Node node) {
      this.node = node;
    }

    @Override
    public void accept(OpenFile file) {
      if (file.node() == node) {
        count++;
        writing |= (file.flags() & Linux.O_ACCMODE) != Linux.O_RDONLY;
        running |= file.runs();
        mapping |= (file.flags() & Linux.O_ACCMODE) == Linux.O_RDWR;
      }
    }
  }

  /** For ioctl: the descriptor of a file's handle, -1 if it is a directory's or none. */
  int fdOrNone(long fh) throws ErrnoException {
    OpenFile file = files.get(fh);
    return file == null ? -1 : fd(file);
  }
}
