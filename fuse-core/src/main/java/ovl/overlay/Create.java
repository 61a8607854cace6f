package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.Caller;
import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.layer.OverrideStat;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.FsCredentials;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Makes new objects on upper: mknod, mkdir, symlink, create, tmpfile (kernel: fs/overlayfs/dir.c,
 * ovl_create_or_link). A free name is used in place; a name that is whited out is prepared in the
 * workdir and swapped in atomically, a directory as an opaque one, so that what the whiteout hid
 * stays hidden.
 */
final class Create {
  private static final Logger log = LoggerFactory.getLogger(Create.class);

  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Lookup lookup;
  private final FreeNames freeNames;
  private final CopyUp copyUp;
  private final Places places;
  private final InodeNumbers numbers;
  private final Owners owners;
  private final RealStat realStat;
  private final Attributes attributes;
  private final Inheritance inheritance;
  private final KernelCache kernel;
  private final Features features;
  private final Protection protection;

  Create(
      VerbContext context,
      Lookup lookup,
      FreeNames freeNames,
      CopyUp copyUp,
      Attributes attributes) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.lookup = lookup;
    this.freeNames = freeNames;
    this.copyUp = copyUp;
    this.places = context.places();
    this.numbers = context.numbers();
    this.owners = context.owners();
    this.realStat = context.realStat();
    this.attributes = attributes;
    this.kernel = context.kernel();
    this.inheritance = new Inheritance(context);
    this.features = context.features();
    this.protection = context.protection();
  }

  /** The one system call that makes the object; the answer is a result {@code >= 0} or -errno. */
  private interface Maker {
    int make(int dirFd, long name, int mode);
  }

  /**
   * @param mode type and permissions, as the caller asked
   * @param rdev of a device, in the encoding of a request
   */
  private record Making(int mode, int rdev, Maker maker) {}

  /**
   * Each of these gives the caller one reference to the new node, and fills {@code out} with its
   * attributes.
   */
  Node mknod(CreateContext context, int mode, int rdev) throws ErrnoException {
    if ((mode & Linux.S_IFMT) == Linux.S_IFCHR && DeviceNumber.isZero(rdev)) {
      // It would be a whiteout.
      throw ErrnoException.of(Errno.EPERM);
    }
    long device = DeviceNumber.kernelToLibc(rdev);
    Maker maker =
        new Maker() {
          @Override
          public int make(int dirFd, long path, int bits) {
            return sys.mknodat(dirFd, path, bits, device);
          }
        };
    return create(context, new Making(mode, rdev, maker));
  }

  Node mkdir(CreateContext context, int mode) throws ErrnoException {
    int bits = mode & 07777 | Linux.S_IFDIR;
    Maker maker =
        new Maker() {
          @Override
          public int make(int dirFd, long path, int asked) {
            return sys.mkdirat(dirFd, path, asked & 07777);
          }
        };
    return create(context, new Making(bits, 0, maker));
  }

  Node symlink(CreateContext context, Name target) throws ErrnoException {
    Maker maker =
        new Maker() {
          @Override
          public int make(int dirFd, long path, int asked) {
            return sys.symlinkat(target.address(), dirFd, path);
          }
        };
    return create(context, new Making(Linux.S_IFLNK | 0777, 0, maker));
  }

  /** A new regular file and a descriptor of it. */
  record Opened(Node node, Fd fd) {}

  /**
   * @param flags O_ flags of the open; EEXIST in any case if the name is taken
   */
  Opened file(CreateContext context, int mode, int flags) throws ErrnoException {
    FileMaker maker = new FileMaker(flags);
    boolean done = false;
    try {
      Node node = create(context, new Making(mode & 07777 | Linux.S_IFREG, 0, maker));
      done = true;
      return new Opened(node, new Fd(sys, maker.fd));
    } finally {
      if (!done && maker.fd >= 0) {
        sys.close(maker.fd);
      }
    }
  }

  /** Makes a regular file and opens it. */
  private final class FileMaker implements Maker {
    private final int flags;
    private int fd = -1;

    FileMaker(int flags) {
      this.flags = flags | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    }

    @Override
    public int make(int dirFd, long path, int bits) {
      fd = sys.openat(dirFd, path, flags, bits & 07777);
      return fd;
    }
  }

  /** A regular file without a name; it can be given one by link. */
  Opened tmpfile(Caller caller, Node dir, int mode, int flags) throws ErrnoException {
    protection.refuse(dir, Protection.IMMUTABLE);
    copyUp.ensureUpper(dir);
    RealDir upper = dir.real().upper();
    int dirFd = upper.acquire();
    try {
      Scratch scratch = Scratch.current(sys);
      int open = flags & ~(Linux.O_CREAT | Linux.O_EXCL) | Linux.O_TMPFILE | Linux.O_CLOEXEC;
      Fd fd;
      int real = realStat.isOverriding() ? OverrideStat.realMode(Linux.S_IFREG) : mode;
      try (FsCredentials as = assume(caller)) {
        fd = new Fd(sys, check(sys.openat(dirFd, scratch.path("."), open, real & 07777)));
      }
      if (realStat.isOverriding()) {
        overrideUnnamed(fd, dirFd, caller, mode);
      }
      int self = sys.fcntl(fd.get(), Linux.F_DUPFD_CLOEXEC, 0);
      Statx stat = scratch.statx();
      int rc = self < 0 ? self : statx(self, scratch.empty(), Linux.AT_EMPTY_PATH, stat);
      if (rc < 0) {
        fd.close();
        throw ErrnoException.of(-rc);
      }
      long ino = numbers.show(stat.dev(), stat.ino());
      Node node = nodes.create(Linux.S_IFREG, ino, RealStack.UPPER_LEAF, null);
      try (Places.Held held = places.lock(node)) {
        node.setOrphanLocked(new Fd(sys, self));
      }
      return new Opened(node, fd);
    } finally {
      upper.release();
    }
  }

  private void overrideUnnamed(Fd fd, int dirFd, Caller caller, int mode) throws ErrnoException {
    boolean done = false;
    try {
      Inheritance.Plan plan = inheritance.plan(dirFd, caller, mode & 07777 | Linux.S_IFREG);
      inheritance.apply(fd.get(), plan, caller, 0);
      done = true;
    } finally {
      if (!done) {
        fd.close();
      }
    }
  }

  private FsCredentials assume(Caller caller) throws ErrnoException {
    return owners.assume(caller, owners.gidOf(caller), caller.umask());
  }

  private Node create(CreateContext context, Making making) throws ErrnoException {
    Node dir = context.dir();
    NameKey name = context.name();
    protection.refuse(dir, Protection.IMMUTABLE);
    copyUp.ensureUpper(dir);
    try (NameLocks names = NameLocks.exclusive(dir)) {
      boolean overWhiteout = freeNames.checkFreeLocked(dir, name);
      RealDir upper = dir.real().upper();
      int dirFd = upper.acquire();
      try {
        boolean isPrepared = overWhiteout || realStat.isOverriding();
        int rc = isPrepared ? -Errno.EEXIST : inPlace(context, dirFd, making);
        if (rc == -Errno.EEXIST) {
          Lookup.UpperState state = lookup.upperStateLocked(dir, name);
          if (state == Lookup.UpperState.PRESENT) {
            throw ErrnoException.of(Errno.EEXIST);
          }
          prepareAndSwapIn(context, dirFd, making, state.isWhiteout());
        } else {
          check(rc);
          makeOpaque(context, dirFd, making.mode);
        }
        // At once: it is on disk, whatever becomes of its node.
        dir.dir().subdirectories.cameLocked(Linux.isDirectory(making.mode));
        kernel.namesChanged(dir);
        return adoptLocked(context, dirFd);
      } finally {
        upper.release();
      }
    }
  }

  /**
   * A new directory hides nothing, but with marks in the layers a lower one can come to its place
   * between mounts (kernel: ovl_create_upper). Without the mark it is as good, so no failure
   * counts.
   */
  private void makeOpaque(CreateContext context, int dirFd, int mode) {
    if (!Linux.isDirectory(mode)
        || features.allowOfflineChanges()
        || !context.dir().real().isMerged()) {
      return;
    }
    Scratch scratch = Scratch.current(sys);
    int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    int fd = sys.openat(dirFd, scratch.path(context.name().bytes()), flags, 0);
    if (fd < 0) {
      log.warn("{} not made opaque: {}", context.name(), Errno.name(-fd));
      return;
    }
    int rc = stack.xattr().setOpaque(fd);
    sys.close(fd);
    if (rc < 0) {
      log.warn("{} not made opaque: {}", context.name(), Errno.name(-rc));
    }
  }

  private int inPlace(CreateContext context, int dirFd, Making making) throws ErrnoException {
    long path = Scratch.current(sys).path(context.name().bytes());
    try (FsCredentials as = assume(context.caller())) {
      return making.maker.make(dirFd, path, making.mode);
    }
  }

  private void prepareAndSwapIn(
      CreateContext context, int dirFd, Making making, boolean overWhiteout) throws ErrnoException {
    Caller caller = context.caller();
    boolean isDirectory = Linux.isDirectory(making.mode);
    Inheritance.Plan plan = inheritance.plan(dirFd, caller, making.mode);
    Scratch scratch = Scratch.current(sys);
    byte[] temporary = stack.work().newName();
    int workFd = stack.work().fd();
    try (FsCredentials as = owners.assume(caller, plan.gid(), 0)) {
      check(making.maker.make(workFd, scratch.path(temporary), inheritance.realMode(plan)));
    }
    boolean done = false;
    try {
      try (Fd made = stack.work().openPath(temporary)) {
        inheritance.apply(made.get(), plan, caller, making.rdev);
        if (isDirectory && overWhiteout) {
          stack.makeOpaque(made.get());
        }
      }
      freeNames.swapIn(temporary, context.dir(), dirFd, context.name(), isDirectory);
      done = true;
    } finally {
      if (!done) {
        stack.work().removeTree(temporary);
      }
    }
  }

  /** Makes the node of an object that now exists on upper. */
  private Node adoptLocked(CreateContext context, int dirFd) throws ErrnoException {
    Node dir = context.dir();
    NameKey name = context.name();
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx();
    long path = scratch.path(name.bytes());
    check(statx(dirFd, path, Linux.AT_SYMLINK_NOFOLLOW, stat));
    stack.overrides().apply(stack.upper(), dirFd, path, name.bytes().length, stat);
    int type = stat.mode() & Linux.S_IFMT;
    RealStack real =
        type == Linux.S_IFDIR
            ? RealStack.upperDirectory(dir.real().upper().child(name.bytes(), stat.ino()))
            : RealStack.UPPER_LEAF;
    long ino = numbers.show(stat.dev(), stat.ino());
    Node node = nodes.create(type, ino, real, Place.onUpper(dir, name));
    node.setProtection(0);
    attributes.fillReal(stat, context.out().attr);
    attributes.completeEntry(node, context.out());
    dir.dir().children.put(name, node);
    return node;
  }

  private int statx(int dirFd, long path, int flags, Statx stat) {
    return sys.statx(dirFd, path, flags, Attributes.STATX_MASK, stat);
  }
}
