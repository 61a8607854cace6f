package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** Attributes: getattr, setattr, readlink, statfs (kernel: fs/overlayfs/inode.c). */
final class Attributes {
  private static final Logger log = LoggerFactory.getLogger(Attributes.class);

  /** What {@link #fillReal} wants from statx(2). */
  static final int STATX_MASK = Linux.STATX_BASIC_STATS | Linux.STATX_BTIME;

  /** Where f_namelen is in struct statfs. */
  private static final int NAMELEN = 64;

  private final Syscalls sys;
  private final LayerStack stack;
  private final Places places;
  private final CopyUp copyUp;
  private final OverlayOptions options;
  private final KernelCache kernel;
  private final Owners owners;
  private final RealStat realStat;
  private final Protection protection;
  private final Purity purity;
  private final Merge merge;

  /** In bytes; 0 if it was not asked for yet. */
  private volatile int longestLowerName;

  Attributes(VerbContext context, CopyUp copyUp) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.places = context.places();
    this.copyUp = copyUp;
    this.options = context.options();
    this.kernel = context.kernel();
    this.owners = context.owners();
    this.realStat = context.realStat();
    this.protection = context.protection();
    this.purity = context.purity();
    this.merge = new Merge(context);
  }

  /** Reads a node's attributes. */
  void get(Node node, Attr out) throws ErrnoException {
    check(readReal(node, out));
    complete(node, out);
  }

  /** As {@link #get}, with the node's number and validity; false if it is gone meanwhile. */
  boolean fillEntry(Node node, Entry out) throws ErrnoException {
    int rc = readReal(node, out.attr);
    if (rc == -Errno.ENOENT || rc == -Errno.ESTALE) {
      return false;
    }
    check(rc);
    completeEntry(node, out);
    return true;
  }

  private int readReal(Node node, Attr out) throws ErrnoException {
    if (!node.isDirectory()) {
      return readOnce(node, out);
    }
    for (; ; ) {
      ShownCtime ctime = node.dir().ctime();
      int turn = ctime == null ? 0 : ctime.await();
      int rc = readOnce(node, out);
      if (ctime != null) {
        ctime.show(out);
      }
      if (ctime == null ? node.dir().ctime() == null : ctime.isStill(turn)) {
        return rc;
      }
    }
  }

  private int readOnce(Node node, Attr out) throws ErrnoException {
    try (Places.Pinned at = places.pin(node)) {
      Statx stat = Scratch.current(sys).statx();
      int rc = realStat.read(at, STATX_MASK, stat);
      if (rc == 0) {
        fillReal(stat, out);
      }
      return rc;
    }
  }

  /** Takes over what a real object says of itself; {@link #complete} makes it a node's. */
  void fillReal(Statx stat, Attr out) {
    out.size = stat.size();
    out.blocks = stat.blocks();
    out.atime = stat.atime();
    out.atimeNsec = stat.atimeNsec();
    out.mtime = stat.mtime();
    out.mtimeNsec = stat.mtimeNsec();
    out.ctime = stat.ctime();
    out.ctimeNsec = stat.ctimeNsec();
    out.btime = stat.btime();
    out.btimeNsec = stat.btimeNsec();
    out.hasBtime = (stat.mask() & Linux.STATX_BTIME) != 0;
    out.mode = stat.mode();
    out.nlink = stat.nlink();
    out.uid = stat.uid();
    out.gid = stat.gid();
    owners.show(out);
    out.rdevMajor = stat.rdevMajor();
    out.rdevMinor = stat.rdevMinor();
    out.blksize = stat.blksize();
    out.attributes = stat.attributes();
    out.attributesMask = stat.attributesMask();
    out.validNanos = options.cacheTimes().attrNanos();
  }

  private void complete(Node node, Attr out) {
    out.ino = node.ino();
    LowerData data = node.real().data();
    if (data != null) {
      out.blocks = data.blocks(out.size, out.blksize);
    }
    if (node.mayChangeUnseen()) {
      out.validNanos = 0;
    }
    if (node.isDirectory() && (node.real().isMerged() || options.hasStaticNlink())) {
      // The kernel gives up counting the subdirectories of a merged directory and says 1.
      boolean counts = options.countsSubdirectories() && !node.isRemoved();
      out.nlink = counts ? countedNlink(node) : 1;
    } else if (node.isRemoved() && !node.isOnUpper()) {
      out.nlink = 0;
    } else {
      out.nlink = Math.max(0, out.nlink + node.nlinkDelta());
    }
  }

  /** A directory that cannot be listed can be looked at all the same: 1 says "not counted". */
  private int countedNlink(Node dir) {
    try {
      return 2 + merge.subdirectories(dir);
    } catch (ErrnoException e) {
      log.debug("subdirectories of {} not counted: {}", dir, Errno.name(e.errno()));
      return 1;
    }
  }

  /** Makes an entry of a node from {@link #fillReal}'s attributes of its real object. */
  void completeEntry(Node node, Entry out) {
    complete(node, out.attr);
    out.nodeid = node.nodeid();
    out.generation = 0;
    out.validNanos = options.cacheTimes().entryNanos();
  }

  /**
   * Changes attributes, after copy-up.
   *
   * @param fd a descriptor of the file open for writing, for a size change; -1 if there is none
   */
  void set(Node node, int fd, SetAttr set) throws ErrnoException {
    if (set.setSize) {
      purity.requireData(node);
    }
    protection.refuseChange(node, fd >= 0, set);
    boolean isEmptied = set.setSize && set.size == 0 && !node.isOnUpper() && size(node) > 0;
    if (set.setSize) {
      node.takePages();
    }
    boolean isDone = false;
    try {
      copyUp.ensureUpperForAnswer(node, set);
      change(node, fd, set, isEmptied);
      isDone = true;
    } finally {
      if (isDone) {
        kernel.ctimeChanged(node);
      } else {
        kernel.changed(node); // some of it may be, and an error tells of nothing
      }
    }
  }

  private void change(Node node, int fd, SetAttr set, boolean isEmptied) throws ErrnoException {
    if (set.setSize) {
      truncate(node, fd, set);
    }
    try (Places.Pinned at = places.pin(node)) {
      if (set.setUid || set.setGid) {
        changeOwner(node, at, set);
      }
      if (set.setMode) {
        changeMode(node, at, set.mode & 07777);
      }
      if (isEmptied && !set.setMtime) {
        // The copy-up spared the data and left truncate(2) nothing to do, which xfs is strict
        // about.
        set.setMtime = true;
        set.mtimeNow = true;
      }
      if (set.setAtime || set.setMtime) {
        changeTimes(node, at, set);
      }
    }
  }

  private long size(Node node) throws ErrnoException {
    Attr attr = new Attr();
    get(node, attr);
    return attr.size;
  }

  /**
   * What a chown that names no owner does, and the look before a write by somebody without
   * CAP_FSETID: drops setuid, setgid and capabilities of a file, and changes ctime.
   *
   * @param handles asked, if it matters, whether one may write
   * @throws ErrnoException EPERM if there is something to drop, and the caller is neither the owner
   *     nor can be about to write (setattr_prepare with ATTR_KILL_SUID)
   */
  void setNothing(Caller caller, Node node, Handles handles) throws ErrnoException {
    if (!node.isDirectory() && caller.uid() != 0) {
      Attr attr = new Attr();
      get(node, attr);
      int group = Linux.S_ISGID | Linux.S_IXGRP;
      boolean wouldDrop = (attr.mode & Linux.S_ISUID) != 0 || (attr.mode & group) == group;
      if (wouldDrop && attr.uid != caller.uid() && !handles.isOpenForWriting(node)) {
        throw ErrnoException.of(Errno.EPERM);
      }
    }
    copyUp.ensureUpper(node);
    try (Places.Pinned at = places.pin(node)) {
      check(sys.fchownat(at.fd(), at.name(), -1, -1, at.flags()));
    }
    kernel.ctimeChanged(node);
  }

  private void truncate(Node node, int fd, SetAttr set) throws ErrnoException {
    if (set.killSuidgid) {
      dropSuidgid(node);
    }
    if (fd >= 0) {
      check(sys.ftruncate(fd, set.size));
      return;
    }
    try (Places.Pinned at = places.pin(node)) {
      // Not ftruncate(2), which sets mtime even where the size stays (fs/open.c, do_truncate).
      check(sys.truncate(at.procPath(Scratch.current(sys)), set.size));
    }
  }

  private void changeOwner(Node node, Places.Pinned at, SetAttr set) throws ErrnoException {
    if (!realStat.isOverriding() || node.type() == Linux.S_IFLNK) {
      owners.change(at, set);
      return;
    }
    Statx stat = Scratch.current(sys).statx();
    check(realStat.read(at, Linux.STATX_BASIC_STATS, stat));
    int uid = set.setUid ? owners.uidToStore(set.uid) : stat.uid();
    int gid = set.setGid ? owners.gidToStore(set.gid) : stat.gid();
    // As chown(2) does it for a real owner.
    int mode = node.isDirectory() ? stat.mode() : withoutSuidgid(stat.mode());
    stat.override(uid, gid, mode, stat.rdevMajor(), stat.rdevMinor());
    realStat.write(at, stat);
  }

  private void changeMode(Node node, Places.Pinned at, int mode) throws ErrnoException {
    if (node.type() == Linux.S_IFLNK) {
      throw ErrnoException.of(Errno.EOPNOTSUPP);
    }
    if (realStat.isOverriding()) {
      Statx stat = Scratch.current(sys).statx();
      check(realStat.read(at, Linux.STATX_BASIC_STATS, stat));
      int changed = stat.mode() & Linux.S_IFMT | mode;
      stat.override(stat.uid(), stat.gid(), changed, stat.rdevMajor(), stat.rdevMinor());
      realStat.write(at, stat);
      return;
    }
    Scratch scratch = Scratch.current(sys);
    check(
        at.isSelf()
            ? sys.chmod(scratch.procFd(at.fd()), mode)
            : sys.fchmodat(at.fd(), at.name(), mode, 0));
  }

  private void changeTimes(Node node, Places.Pinned at, SetAttr set) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, set.atime);
    scratch.word(1, nsec(set.setAtime, set.atimeNow, set.atimeNsec));
    scratch.word(2, set.mtime);
    scratch.word(3, nsec(set.setMtime, set.mtimeNow, set.mtimeNsec));
    // A copy-up in the directory may be about to put its old times back.
    try (NameLocks names = node.isDirectory() ? NameLocks.exclusive(node) : null) {
      check(sys.utimensat(at.fd(), at.name(), scratch.words(), at.flags()));
    }
  }

  private static long nsec(boolean change, boolean now, int nsec) {
    return !change ? Linux.UTIME_OMIT : now ? Linux.UTIME_NOW : nsec;
  }

  /**
   * Drops setuid, and setgid of a file that its group may execute, before a write or truncate by
   * somebody without CAP_FSETID (HANDLE_KILLPRIV_V2: the kernel leaves it to us). The daemon has
   * that capability, so the real filesystem does not do it by itself.
   */
  void dropSuidgid(Node node) throws ErrnoException {
    try (Places.Pinned at = places.pin(node)) {
      Statx stat = Scratch.current(sys).statx();
      check(realStat.read(at, Linux.STATX_BASIC_STATS, stat));
      int mode = stat.mode() & 07777;
      int kept = withoutSuidgid(mode);
      if (kept != mode) {
        changeMode(node, at, kept);
        // The kernel forgets size and times after a write, but not the mode.
        kernel.changed(node);
      }
    }
  }

  private static int withoutSuidgid(int mode) {
    int kept = mode & ~Linux.S_ISUID;
    return (mode & Linux.S_IXGRP) != 0 ? kept & ~Linux.S_ISGID : kept;
  }

  /** Reads a symlink's target to native memory; the number of bytes. */
  int readlink(Node node, long address, int size) throws ErrnoException {
    if (node.type() != Linux.S_IFLNK) {
      throw ErrnoException.of(Errno.EINVAL);
    }
    try (Places.Pinned at = places.pin(node)) {
      return (int) check(sys.readlinkat(at.fd(), at.name(), address, size));
    }
  }

  /**
   * The numbers of upper's filesystem, or of the top lower's; the longest name is that of the layer
   * that has the longest.
   */
  void statfs(StatFs out) throws ErrnoException {
    int fd = (stack.isReadOnly() ? stack.lowers().get(0) : stack.upper()).rootFd();
    // struct statfs on x86-64: 120 bytes, all fields 8 bytes wide but the two halves of f_fsid.
    long buffer = Scratch.current(sys).value();
    check(sys.fstatfs(fd, buffer));
    out.bsize = (int) NativeBytes.getLong(buffer + 8);
    out.blocks = NativeBytes.getLong(buffer + 16);
    out.bfree = NativeBytes.getLong(buffer + 24);
    out.bavail = NativeBytes.getLong(buffer + 32);
    out.files = NativeBytes.getLong(buffer + 40);
    out.ffree = NativeBytes.getLong(buffer + 48);
    out.frsize = (int) NativeBytes.getLong(buffer + 72);
    out.namelen = Math.max((int) NativeBytes.getLong(buffer + NAMELEN), longestLowerName());
  }

  /** Asked of the layers once (kernel: ovl_check_namelen). */
  private int longestLowerName() throws ErrnoException {
    if (longestLowerName == 0) {
      long buffer = Scratch.current(sys).value();
      int longest = 0;
      for (Layer layer : stack.lowers()) {
        check(sys.fstatfs(layer.rootFd(), buffer));
        longest = Math.max(longest, (int) NativeBytes.getLong(buffer + NAMELEN));
      }
      longestLowerName = longest;
    }
    return longestLowerName;
  }
}
