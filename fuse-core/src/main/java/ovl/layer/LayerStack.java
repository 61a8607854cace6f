package ovl.layer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.OverlayXattr.Opaque;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * The layers of one mount, immutable: an optional upper with its workdir, and the lowers from top
 * to bottom. What the filesystems can do is asked once, when the stack is opened.
 */
public final class LayerStack implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LayerStack.class);
  private static final int RESERVED_FDS = 200;
  private static final int MAX_DIR_FDS = 8192;
  private static final int MIN_DIR_FDS = 64;

  private final Layer upper;
  private final List<Layer> lowers;
  private final List<Layer> dataLayers;
  private final WorkDir work;
  private final Whiteout whiteout;
  private final FileWhiteout fileWhiteouts;
  private final AufsWhiteout aufs;
  private final LegacyXattr legacyXattr;
  private final OverrideStat overrides;
  private final OverlayXattr xattr;
  private final MarkList marks;
  private final Origin origin;
  private final IndexDir index;
  private final DirFds dirFds;
  private final int fileCapacity;
  private final RealDir upperRoot;
  private final RealDir[] lowerRoots;
  private final boolean posixAcl;
  private final boolean lowersAreProtected;
  private final List<Fd> locks;

  LayerStack(Syscalls sys, Parts parts) throws LayerException, ErrnoException {
    upper = parts.upper;
    lowers = List.copyOf(parts.lowers);
    dataLayers = List.copyOf(parts.dataLayers);
    lowersAreProtected = parts.lowersAreProtected;
    xattr = parts.xattr;
    marks = new MarkList(sys, xattr.privateNames(), MarkList.isKnownToKernel(sys));
    locks = List.copyOf(parts.locks);
    work = parts.workFd == null ? null : new WorkDir(sys, parts.workFd);
    fileWhiteouts = new FileWhiteout(xattr);
    whiteout = work == null ? null : new Whiteout(sys, work, xattr, fileWhiteouts);
    aufs = new AufsWhiteout(sys, parts.whiteouts, !makesDevices(parts.whiteouts));
    legacyXattr = new LegacyXattr(sys, parts.whiteouts);
    overrides = parts.overrides;
    origin = new Origin(sys, lowers, parts.namesFilesystems);
    index = openIndex(sys, parts);
    int limit = descriptorLimit(sys);
    int forDirs = Math.max(MIN_DIR_FDS, Math.min(MAX_DIR_FDS, (limit - RESERVED_FDS) / 2));
    dirFds = new DirFds(sys, forDirs);
    fileCapacity = Math.max(MIN_DIR_FDS, limit - forDirs - RESERVED_FDS);
    upperRoot = upper == null ? null : RealDir.root(dirFds, upper);
    lowerRoots = new RealDir[visibleLowers()];
    for (int i = 0; i < lowerRoots.length; i++) {
      lowerRoots[i] = RealDir.root(dirFds, lowers.get(i));
    }
    // An ACL is part of a mode, which is the inode's own no more.
    Layer asked = upper != null ? upper : lowers.get(0);
    posixAcl = !overrides.isOn() && hasPosixAcl(sys, asked);
  }

  private IndexDir openIndex(Syscalls sys, Parts parts) throws LayerException, ErrnoException {
    boolean done = false;
    try {
      IndexDir opened =
          parts.workBase == null ? null : IndexDir.open(sys, parts, parts.workBase, origin);
      done = true;
      return opened;
    } finally {
      if (!done) {
        origin.close();
      }
    }
  }

  /** What {@link LayerChecks} opened, before it becomes a stack. */
  static final class Parts {
    Layer upper;
    final List<Layer> lowers = new ArrayList<>();
    final List<Layer> dataLayers = new ArrayList<>();
    Fd workFd;

    /** Only where an index is asked for; closed when the stack is made. */
    Fd workBase;

    OverlayXattr xattr;
    OverrideStat overrides;
    WhiteoutFormat whiteouts = WhiteoutFormat.KERNEL;
    boolean lowersAreProtected;
    boolean namesFilesystems = true;
    final List<Fd> locks = new ArrayList<>();

    void close() {
      for (Layer layer : lowers) {
        layer.close();
      }
      for (Layer layer : dataLayers) {
        layer.close();
      }
      if (upper != null) {
        upper.close();
      }
      if (workFd != null) {
        workFd.close();
      }
      if (xattr != null) {
        xattr.close();
      }
      if (overrides != null) {
        overrides.close();
      }
      for (Fd lock : locks) {
        lock.close();
      }
    }
  }

  /**
   * Opens and checks the layers: everything that can be wrong with them is said here. Empties the
   * workdir of what a crash left behind and takes upper and work into exclusive use.
   *
   * @throws LayerException with a one-line reason
   */
  public static LayerStack open(Syscalls sys, LayerPaths paths, LayerOptions options)
      throws LayerException {
    Parts parts = new Parts();
    boolean done = false;
    try {
      parts.whiteouts = options.whiteouts();
      new LayerChecks(sys, paths, options).open(parts);
      parts.overrides = OverrideStat.of(sys, parts, options);
      LayerStack stack = new LayerStack(sys, parts);
      done = true;
      return stack;
    } catch (ErrnoException e) {
      throw new LayerException("layers: " + Errno.text(e.errno()));
    } finally {
      if (parts.workBase != null) {
        parts.workBase.close();
      }
      if (!done) {
        parts.close();
      }
    }
  }

  /** True if a mount has this directory as its upper or its workdir at this moment. */
  public static boolean isInUse(Syscalls sys, Path directory) {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    long path = Scratch.current(sys).path(directory.toString());
    int fd = sys.openat(Linux.AT_FDCWD, path, flags, 0);
    if (fd < 0) {
      return false;
    }
    try (Fd lock = new Fd(sys, fd)) {
      return sys.flock(lock.get(), Linux.LOCK_SH | Linux.LOCK_NB) == -Errno.EAGAIN;
    }
  }

  /** How many lowers are not hidden as a whole. The kernel asks no root for the attribute. */
  private int visibleLowers() throws ErrnoException {
    if (upper != null && aufs.isOpaque(upper.rootFd())) {
      return 0;
    }
    for (int i = 0; i < lowers.size() - 1; i++) {
      if (aufs.isOpaque(lowers.get(i).rootFd())) {
        return i + 1;
      }
    }
    return lowers.size();
  }

  private boolean makesDevices(WhiteoutFormat format) {
    if (format != WhiteoutFormat.KERNEL_AND_AUFS || whiteout == null) {
      return format != WhiteoutFormat.AUFS;
    }
    try {
      whiteout.probe();
      log.debug("whiteouts are written as devices");
      return true;
    } catch (ErrnoException e) {
      log.debug("whiteouts are written as .wh. files: mknod: {}", e.getMessage());
      return false;
    }
  }

  private static int descriptorLimit(Syscalls sys) {
    Scratch scratch = Scratch.current(sys);
    if (sys.prlimit(0, Linux.RLIMIT_NOFILE, 0, scratch.words()) < 0) {
      return 1024;
    }
    return (int) Math.min(1 << 20, scratch.word(0));
  }

  private static boolean hasPosixAcl(Syscalls sys, Layer layer) {
    Scratch scratch = Scratch.current(sys);
    long name = scratch.path("system.posix_acl_access");
    return sys.getxattr(scratch.procFd(layer.rootFd()), name, 0, 0) != -Errno.EOPNOTSUPP;
  }

  /** Gives up descriptors that are only kept for speed, when an open failed for want of one. */
  public void closeIdleDirectories() {
    dirFds.closeIdle();
  }

  /** How many files users may have open at a time, so that the mount itself never runs out. */
  public int fileCapacity() {
    return fileCapacity;
  }

  /**
   * True if the kernel itself sees to it that whatever is opened in a lower is neither written nor
   * given a new atime, because it is reached through a mount that is read-only and without atime.
   */
  public boolean lowersAreProtected() {
    return lowersAreProtected;
  }

  /** True without an upper layer. */
  public boolean isReadOnly() {
    return upper == null;
  }

  /** True if upper (or the top lower) can store POSIX ACLs. */
  public boolean hasPosixAcl() {
    return posixAcl;
  }

  /** Null if read-only. */
  public Layer upper() {
    return upper;
  }

  /** Top to bottom. */
  public List<Layer> lowers() {
    return lowers;
  }

  /** The layers that are not merged and only hold the data of metacopy files, top to bottom. */
  public List<Layer> dataLayers() {
    return dataLayers;
  }

  /** The layer with an index, see {@link Layer#index}. */
  public Layer layer(int index) {
    if (index == Layer.UPPER) {
      return upper;
    }
    int behind = index - 1 - lowers.size();
    return behind < 0 ? lowers.get(index - 1) : dataLayers.get(behind);
  }

  /** Null if read-only. */
  public WorkDir work() {
    return work;
  }

  /** Null if read-only. */
  public Whiteout whiteout() {
    return whiteout;
  }

  /** Whiteouts by attribute, in all layers. */
  public FileWhiteout fileWhiteouts() {
    return fileWhiteouts;
  }

  /** Whiteouts and opaque marks by name; says no to everything where they are not understood. */
  public AufsWhiteout aufs() {
    return aufs;
  }

  /** The attributes of fuse-overlayfs; says no to everything where they are not understood. */
  public LegacyXattr legacyXattr() {
    return legacyXattr;
  }

  /** Owners and modes in attributes. */
  public OverrideStat overrides() {
    return overrides;
  }

  /** True if an open directory hides all that lies below it, in any form that is understood. */
  public boolean isOpaque(int dirFd) throws ErrnoException {
    return xattr.opaque(dirFd) == Opaque.YES || legacyXattr.isOpaque(dirFd) || aufs.isOpaque(dirFd);
  }

  /**
   * Makes an open directory of upper opaque.
   *
   * @throws ErrnoException as setxattr(2)
   */
  public void makeOpaque(int dirFd) throws ErrnoException {
    ErrnoException.check(xattr.setOpaque(dirFd));
    if (aufs.isWritten() || !xattr.isStored()) {
      int rc = aufs.makeOpaque(dirFd);
      // Without permission to enter the new directory the attribute says it all.
      if (rc != -Errno.EEXIST && !(rc == -Errno.EACCES && xattr.isStored())) {
        ErrnoException.check(rc);
      }
    }
  }

  /**
   * Marks an open directory of upper as one that may contain entries with an origin; once.
   *
   * @throws ErrnoException as setxattr(2)
   */
  public void markImpure(RealDir dir, int fd) throws ErrnoException {
    if (dir.impurity() != RealDir.Impurity.IMPURE) {
      ErrnoException.check(xattr.setImpure(fd));
      dir.learnImpurity(true);
    }
  }

  /** Which attributes of the overlay an object may have. */
  public MarkList marks() {
    return marks;
  }

  public OverlayXattr xattr() {
    return xattr;
  }

  public Origin origin() {
    return origin;
  }

  /** Null unless it was asked for and all layers allow it. */
  public IndexDir index() {
    return index;
  }

  /** The root of upper; null if read-only. */
  public RealDir upperRoot() {
    return upperRoot;
  }

  /** The roots of the lowers, top to bottom, as far as no layer above is opaque as a whole. */
  public RealDir[] lowerRoots() {
    return lowerRoots.clone();
  }

  /** True if every layer lies on one filesystem: real inode numbers are then unique. */
  public boolean isOneFilesystem() {
    long dev = (upper != null ? upper : lowers.get(0)).dev();
    for (Layer layer : lowers) {
      if (layer.dev() != dev) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    dirFds.closeIdle();
    for (Layer layer : lowers) {
      layer.close();
    }
    for (Layer layer : dataLayers) {
      layer.close();
    }
    if (upper != null) {
      upper.close();
      work.close();
    }
    xattr.close();
    overrides.close();
    origin.close();
    if (index != null) {
      index.close();
    }
    for (Fd lock : locks) {
      lock.close();
    }
  }
}
