package ovl.transport.libfuse2;

import static ovl.sys.ErrnoException.check;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.DirSink;
import ovl.fs.Entry;
import ovl.fs.KernelNotifier;
import ovl.fs.Name;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.sys.Dirents;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.FsCredentials;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Shows a directory as it is, with an O_PATH descriptor per node: the simplest filesystem that
 * makes real answers. Counts references and destroys.
 */
final class LoopbackFs implements NodeFs {
  private record Identity(long dev, long ino) {}

  private static final class Node {
    final long nodeid;
    final int fd;
    final Identity identity;
    long nlookup;

    Node(long nodeid, int fd, Identity identity) {
      this.nodeid = nodeid;
      this.fd = fd;
      this.identity = identity;
    }
  }

  final AtomicInteger destroyed = new AtomicInteger();
  final AtomicInteger largestRequest = new AtomicInteger();
  volatile Caller lastCaller = new Caller();

  /** A name that makes lookup fail like a bug would. */
  volatile byte[] explosive = new byte[0];

  private final Syscalls sys;
  private final Map<Long, Node> nodes = new ConcurrentHashMap<>();
  private final Map<Identity, Node> known = new ConcurrentHashMap<>();
  private final AtomicLong lastNodeid = new AtomicLong(ROOT_ID);

  LoopbackFs(Syscalls sys, String root) throws ErrnoException {
    this.sys = sys;
    int fd = check(sys.openat(Linux.AT_FDCWD, Scratch.current(sys).path(root), Linux.O_PATH, 0));
    nodes.put(ROOT_ID, new Node(ROOT_ID, fd, null));
  }

  /** References that were given and not returned. */
  long references() {
    return nodes.values().stream().mapToLong(n -> n.nlookup).sum();
  }

  private Node node(long nodeid) throws ErrnoException {
    Node node = nodes.get(nodeid);
    if (node == null) {
      throw ErrnoException.of(Errno.ESTALE);
    }
    return node;
  }

  private long proc(long nodeid) throws ErrnoException {
    return Scratch.current(sys).procFd(node(nodeid).fd);
  }

  private void stat(int fd, Attr out) throws ErrnoException {
    Statx st = Scratch.current(sys).statx();
    long empty = Scratch.current(sys).path2(new byte[0]);
    check(sys.statx(fd, empty, Linux.AT_EMPTY_PATH, Linux.STATX_BASIC_STATS, st));
    out.ino = st.ino();
    out.size = st.size();
    out.blocks = st.blocks();
    out.atime = st.atime();
    out.mtime = st.mtime();
    out.ctime = st.ctime();
    out.atimeNsec = st.atimeNsec();
    out.mtimeNsec = st.mtimeNsec();
    out.ctimeNsec = st.ctimeNsec();
    out.mode = st.mode();
    out.nlink = st.nlink();
    out.uid = st.uid();
    out.gid = st.gid();
    out.rdevMajor = st.rdevMajor();
    out.rdevMinor = st.rdevMinor();
    out.blksize = st.blksize();
  }

  @Override
  public void attach(KernelNotifier notifier) {}

  @Override
  public void lookup(Caller caller, long parent, Name name, Entry out) throws ErrnoException {
    if (java.util.Arrays.equals(name.bytes(), explosive)) {
      throw new IllegalStateException("as asked for");
    }
    int flags = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    int fd = sys.openat(node(parent).fd, name.address(), flags, 0);
    if (fd == -Errno.ENOENT) {
      out.negative(0);
      return;
    }
    check(fd);
    stat(fd, out.attr);
    Identity identity = new Identity(Scratch.current(sys).statx().dev(), out.attr.ino);
    synchronized (known) {
      Node node = known.get(identity);
      if (node == null) {
        node = new Node(lastNodeid.incrementAndGet(), fd, identity);
        known.put(identity, node);
        nodes.put(node.nodeid, node);
      } else {
        sys.close(fd);
      }
      node.nlookup++;
      out.nodeid = node.nodeid;
    }
  }

  @Override
  public void renumber(long nodeid) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void forget(long nodeid, long nlookup) {
    synchronized (known) {
      Node node = nodes.get(nodeid);
      node.nlookup -= nlookup;
      if (node.nlookup < 0) {
        throw new IllegalStateException("forgotten too often");
      }
      if (node.nlookup == 0) {
        nodes.remove(nodeid);
        known.remove(node.identity);
        sys.close(node.fd);
      }
    }
  }

  @Override
  public void getattr(Caller caller, long nodeid, long fh, Attr out) throws ErrnoException {
    stat(node(nodeid).fd, out);
  }

  @Override
  public void setattr(Caller caller, long nodeid, long fh, SetAttr set, Attr out)
      throws ErrnoException {
    if (set.setMode) {
      check(sys.chmod(proc(nodeid), set.mode));
    }
    if (set.setUid || set.setGid) {
      check(
          sys.fchownat(
              Linux.AT_FDCWD,
              proc(nodeid),
              set.setUid ? set.uid : -1,
              set.setGid ? set.gid : -1,
              0));
    }
    if (set.setSize) {
      int fd = check(sys.openat(Linux.AT_FDCWD, proc(nodeid), Linux.O_WRONLY, 0));
      int rc = sys.ftruncate(fd, set.size);
      sys.close(fd);
      check(rc);
    }
    if (set.setAtime || set.setMtime) {
      Scratch scratch = Scratch.current(sys);
      scratch.word(0, set.atime);
      scratch.word(1, nanos(set.setAtime, set.atimeNow, set.atimeNsec));
      scratch.word(2, set.mtime);
      scratch.word(3, nanos(set.setMtime, set.mtimeNow, set.mtimeNsec));
      check(sys.utimensat(Linux.AT_FDCWD, proc(nodeid), scratch.words(), 0));
    }
    stat(node(nodeid).fd, out);
  }

  private static long nanos(boolean isSet, boolean isNow, int nanos) {
    if (!isSet) {
      return Linux.UTIME_OMIT;
    }
    return isNow ? Linux.UTIME_NOW : nanos;
  }

  @Override
  public int readlink(Caller caller, long nodeid, long address, int size) throws ErrnoException {
    long empty = Scratch.current(sys).path2(new byte[0]);
    return (int) check(sys.readlinkat(node(nodeid).fd, empty, address, size));
  }

  private interface Making {
    int run(int dir) throws ErrnoException;
  }

  private void make(Caller caller, long parent, Name name, Entry out, Making making)
      throws ErrnoException {
    lastCaller = new Caller().set(caller.uid(), caller.gid(), caller.pid(), caller.umask());
    FsCredentials as = FsCredentials.assume(sys, caller.uid(), caller.gid(), caller.umask());
    try {
      check(making.run(node(parent).fd));
    } finally {
      as.close();
    }
    lookup(caller, parent, name, out);
  }

  @Override
  public void mknod(Caller caller, long parent, Name name, int mode, int rdev, Entry out)
      throws ErrnoException {
    make(caller, parent, name, out, d -> sys.mknodat(d, name.address(), mode, rdev));
  }

  @Override
  public void mkdir(Caller caller, long parent, Name name, int mode, Entry out)
      throws ErrnoException {
    make(caller, parent, name, out, d -> sys.mkdirat(d, name.address(), mode));
  }

  @Override
  public void symlink(Caller caller, long parent, Name name, Name target, Entry out)
      throws ErrnoException {
    make(caller, parent, name, out, d -> sys.symlinkat(target.address(), d, name.address()));
  }

  @Override
  public void link(Caller caller, long nodeid, long newParent, Name newName, Entry out)
      throws ErrnoException {
    check(
        sys.linkat(
            Linux.AT_FDCWD,
            proc(nodeid),
            node(newParent).fd,
            newName.address(),
            Linux.AT_SYMLINK_FOLLOW));
    lookup(caller, newParent, newName, out);
  }

  @Override
  public void unlink(Caller caller, long parent, Name name) throws ErrnoException {
    check(sys.unlinkat(node(parent).fd, name.address(), 0));
  }

  @Override
  public void rmdir(Caller caller, long parent, Name name) throws ErrnoException {
    check(sys.unlinkat(node(parent).fd, name.address(), Linux.AT_REMOVEDIR));
  }

  @Override
  public void rename(Caller caller, long parent, Name name, long newParent, Name newName, int flags)
      throws ErrnoException {
    check(
        sys.renameat2(
            node(parent).fd, name.address(), node(newParent).fd, newName.address(), flags));
  }

  @Override
  public void open(Caller caller, long nodeid, int flags, boolean killSuidgid, OpenResult out)
      throws ErrnoException {
    int used = flags & ~(Linux.O_NOFOLLOW | Linux.O_CREAT | Linux.O_EXCL);
    out.fh = check(sys.openat(Linux.AT_FDCWD, proc(nodeid), used, 0));
    if (killSuidgid) {
      stat(node(nodeid).fd, new Attr());
      int mode = Scratch.current(sys).statx().mode();
      check(sys.fchmod((int) out.fh, mode & 0777));
    }
  }

  @Override
  public void create(
      Caller caller, long parent, Name name, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    make(
        caller,
        parent,
        name,
        entry,
        d -> {
          out.fh = sys.openat(d, name.address(), flags | Linux.O_CREAT, mode);
          return (int) out.fh;
        });
  }

  @Override
  public void tmpfile(Caller caller, long parent, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    throw ErrnoException.of(Errno.EOPNOTSUPP);
  }

  @Override
  public int read(long nodeid, long fh, long offset, int size, long address) throws ErrnoException {
    largestRequest.accumulateAndGet(size, Math::max);
    return (int) check(sys.pread((int) fh, address, size, offset));
  }

  @Override
  public int write(long nodeid, long fh, long offset, int size, long address, boolean killSuidgid)
      throws ErrnoException {
    largestRequest.accumulateAndGet(size, Math::max);
    return (int) check(sys.pwrite((int) fh, address, size, offset));
  }

  @Override
  public void flush(long nodeid, long fh) {}

  @Override
  public void release(long nodeid, long fh) {
    sys.close((int) fh);
  }

  @Override
  public void fsync(long nodeid, long fh, boolean dataOnly) throws ErrnoException {
    check(dataOnly ? sys.fdatasync((int) fh) : sys.fsync((int) fh));
  }

  @Override
  public void fallocate(long nodeid, long fh, int mode, long offset, long length)
      throws ErrnoException {
    check(sys.fallocate((int) fh, mode, offset, length));
  }

  @Override
  public long lseek(long nodeid, long fh, long offset, int whence, boolean isCached)
      throws ErrnoException {
    throw ErrnoException.of(Errno.ENOSYS);
  }

  @Override
  public boolean isOpenElsewhere(long nodeid, long fh) {
    return false;
  }

  @Override
  public long copyFileRange(
      long nodeidIn,
      long fhIn,
      long offsetIn,
      long nodeidOut,
      long fhOut,
      long offsetOut,
      long length,
      int flags)
      throws ErrnoException {
    throw ErrnoException.of(Errno.ENOSYS);
  }

  @Override
  public int ioctl(
      Caller caller, long nodeid, long fh, int command, long in, int inSize, long out, int outSize)
      throws ErrnoException {
    return check(sys.ioctl((int) fh, command & 0xffffffffL, in));
  }

  @Override
  public void opendir(Caller caller, long nodeid, OpenResult out) throws ErrnoException {
    out.fh = check(sys.openat(Linux.AT_FDCWD, proc(nodeid), Linux.O_DIRECTORY, 0));
  }

  @Override
  public boolean listsWithoutHandle() {
    return false;
  }

  @Override
  public void readdir(Caller caller, long nodeid, long fh, long offset, DirSink sink)
      throws ErrnoException {
    check(sys.lseek((int) fh, offset, Linux.SEEK_SET));
    Dirents block = Scratch.current(sys).dirents();
    while (block.fill((int) fh) > 0) {
      while (block.next()) {
        byte[] name = block.name();
        if (!sink.fits(name.length)) {
          return;
        }
        sink.add(name, block.ino(), block.type(), block.offset());
      }
    }
  }

  @Override
  public void readdirplus(Caller caller, long nodeid, long fh, long offset, DirSink sink)
      throws ErrnoException {
    throw ErrnoException.of(Errno.ENOSYS);
  }

  @Override
  public void releasedir(long nodeid, long fh) {
    sys.close((int) fh);
  }

  @Override
  public void fsyncdir(long nodeid, long fh, boolean dataOnly) throws ErrnoException {
    check(sys.fsync((int) fh));
  }

  @Override
  public int getxattr(Caller caller, long nodeid, Name name, long address, int size)
      throws ErrnoException {
    return (int) check(sys.getxattr(proc(nodeid), name.address(), address, size));
  }

  @Override
  public int listxattr(Caller caller, long nodeid, long address, int size) throws ErrnoException {
    return (int) check(sys.listxattr(proc(nodeid), address, size));
  }

  @Override
  public void setxattr(
      Caller caller, long nodeid, Name name, long address, int size, int flags, boolean killSgid)
      throws ErrnoException {
    check(sys.setxattr(proc(nodeid), name.address(), address, size, flags));
  }

  @Override
  public void removexattr(Caller caller, long nodeid, Name name) throws ErrnoException {
    check(sys.removexattr(proc(nodeid), name.address()));
  }

  @Override
  public void statfs(Caller caller, long nodeid, StatFs out) throws ErrnoException {
    long words = Scratch.current(sys).value();
    check(sys.fstatfs(node(nodeid).fd, words));
    out.bsize = (int) NativeBytes.getLong(words + 8);
    out.blocks = NativeBytes.getLong(words + 16);
    out.bfree = NativeBytes.getLong(words + 24);
    out.bavail = NativeBytes.getLong(words + 32);
    out.files = NativeBytes.getLong(words + 40);
    out.ffree = NativeBytes.getLong(words + 48);
    out.namelen = (int) NativeBytes.getLong(words + 64);
    out.frsize = out.bsize;
  }

  @Override
  public void syncfs(long nodeid) {}

  @Override
  public void destroy() {
    destroyed.incrementAndGet();
  }
}
