package ovl.transport.dev;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
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
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;

/**
 * A filesystem that never changes, for tests of the way to it: files {@code hello} with a text,
 * {@code bug} that throws, {@code slow} that opens when it is let, and {@code file-N} for any N.
 */
class StubFs implements NodeFs {
  static final byte[] TEXT = "Hello from a stub\n".getBytes(StandardCharsets.US_ASCII);
  static final long FILE_ID = 2;
  static final long SLOW_ID = 3;
  static final long BUG_ID = 4;
  private static final long FIRST_NUMBERED = 1000;
  private static final long DAY = 86_400_000_000_000L;

  final AtomicInteger destroyed = new AtomicInteger();
  final CountDownLatch letSlowGo = new CountDownLatch(1);
  final CountDownLatch forgotten = new CountDownLatch(1);
  final AtomicInteger waiting = new AtomicInteger();

  /** The threads by which it was asked for names and attributes. */
  final Set<String> callers = ConcurrentHashMap.newKeySet();

  volatile KernelNotifier notifier;
  private final long validNanos;

  StubFs(long validNanos) {
    this.validNanos = validNanos;
  }

  StubFs() {
    this(DAY);
  }

  private static ErrnoException no() {
    return ErrnoException.of(Errno.ENOSYS);
  }

  private void fill(long nodeid, Attr attr) {
    attr.ino = nodeid;
    attr.mode = nodeid == ROOT_ID ? Linux.S_IFDIR | 0755 : Linux.S_IFREG | 0644;
    attr.nlink = nodeid == ROOT_ID ? 2 : 1;
    attr.size = nodeid == ROOT_ID ? 0 : TEXT.length;
    attr.blocks = 1;
    attr.blksize = 4096;
    attr.uid = 0;
    attr.gid = 0;
    attr.rdevMajor = 0;
    attr.rdevMinor = 0;
    attr.mtime = 1_000_000_000;
    attr.hasBtime = true;
    attr.btime = 900_000_000;
    attr.validNanos = validNanos;
  }

  private void fill(long nodeid, Entry entry) {
    entry.nodeid = nodeid;
    entry.generation = 0;
    entry.validNanos = validNanos;
    fill(nodeid, entry.attr);
  }

  @Override
  public void attach(KernelNotifier way) {
    notifier = way;
  }

  @Override
  public void lookup(Caller caller, long parent, Name name, Entry out) throws ErrnoException {
    callers.add(Thread.currentThread().getName());
    long nodeid = nodeid(name);
    if (nodeid == 0) {
      out.negative(0);
    } else {
      fill(nodeid, out);
    }
  }

  /** The nodeid of "hello", "slow", "bug" or "file-N", without making a String of the name. */
  private static long nodeid(Name name) {
    long at = name.address();
    byte first = NativeBytes.get(at);
    if (first == 'f' && name.length() > 5) {
      long number = 0;
      for (int i = 5; i < name.length(); i++) {
        number = number * 10 + NativeBytes.get(at + i) - '0';
      }
      return FIRST_NUMBERED + number;
    }
    return switch (name.length() << 8 | first) {
      case 5 << 8 | 'h' -> FILE_ID;
      case 4 << 8 | 's' -> SLOW_ID;
      case 3 << 8 | 'b' -> BUG_ID;
      default -> 0;
    };
  }

  @Override
  public void renumber(long nodeid) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void forget(long nodeid, long nlookup) {
    forgotten.countDown();
  }

  @Override
  public void getattr(Caller caller, long nodeid, long fh, Attr out) throws ErrnoException {
    callers.add(Thread.currentThread().getName());
    fill(nodeid, out);
  }

  @Override
  public void setattr(Caller caller, long nodeid, long fh, SetAttr set, Attr out)
      throws ErrnoException {
    fill(nodeid, out);
  }

  @Override
  public int readlink(Caller caller, long nodeid, long address, int size) throws ErrnoException {
    throw no();
  }

  @Override
  public void mknod(Caller caller, long parent, Name name, int mode, int rdev, Entry out)
      throws ErrnoException {
    throw no();
  }

  @Override
  public void mkdir(Caller caller, long parent, Name name, int mode, Entry out)
      throws ErrnoException {
    throw no();
  }

  @Override
  public void symlink(Caller caller, long parent, Name name, Name target, Entry out)
      throws ErrnoException {
    throw no();
  }

  @Override
  public void link(Caller caller, long nodeid, long newParent, Name newName, Entry out)
      throws ErrnoException {
    throw no();
  }

  @Override
  public void unlink(Caller caller, long parent, Name name) throws ErrnoException {
    throw no();
  }

  @Override
  public void rmdir(Caller caller, long parent, Name name) throws ErrnoException {
    throw no();
  }

  @Override
  public void rename(Caller caller, long parent, Name name, long newParent, Name newName, int flags)
      throws ErrnoException {
    throw no();
  }

  @Override
  public void open(Caller caller, long nodeid, int flags, boolean killSuidgid, OpenResult out)
      throws ErrnoException {
    if (nodeid == BUG_ID) {
      throw new IllegalStateException("a bug, as the test wants it");
    }
    if (nodeid == SLOW_ID) {
      try {
        waiting.incrementAndGet();
        letSlowGo.await();
      } catch (InterruptedException e) {
        throw ErrnoException.of(Errno.EINTR);
      }
    }
    out.fh = nodeid;
  }

  @Override
  public void create(
      Caller caller, long parent, Name name, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    throw no();
  }

  @Override
  public void tmpfile(Caller caller, long parent, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException {
    throw no();
  }

  @Override
  public int read(long nodeid, long fh, long offset, int size, long address) {
    int count = (int) Math.max(0, Math.min(size, TEXT.length - offset));
    if (count == TEXT.length) {
      NativeBytes.write(address, TEXT);
    }
    return count;
  }

  @Override
  public int write(long nodeid, long fh, long offset, int size, long address, boolean killSuidgid) {
    return size;
  }

  @Override
  public void flush(long nodeid, long fh) throws ErrnoException {
    throw no();
  }

  @Override
  public void release(long nodeid, long fh) {}

  @Override
  public void fsync(long nodeid, long fh, boolean dataOnly) {}

  @Override
  public void fallocate(long nodeid, long fh, int mode, long offset, long length)
      throws ErrnoException {
    throw no();
  }

  @Override
  public long lseek(long nodeid, long fh, long offset, int whence, boolean isCached)
      throws ErrnoException {
    throw no();
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
    throw no();
  }

  @Override
  public int ioctl(
      Caller caller, long nodeid, long fh, int command, long in, int inSize, long out, int outSize)
      throws ErrnoException {
    throw ErrnoException.of(Errno.ENOTTY);
  }

  @Override
  public void opendir(Caller caller, long nodeid, OpenResult out) {
    out.fh = nodeid;
  }

  @Override
  public boolean listsWithoutHandle() {
    return false;
  }

  private static final byte[][] NAMES = {
    ".".getBytes(StandardCharsets.US_ASCII),
    "..".getBytes(StandardCharsets.US_ASCII),
    "hello".getBytes(StandardCharsets.US_ASCII),
  };

  @Override
  public void readdir(Caller caller, long nodeid, long fh, long offset, DirSink sink) {
    for (int i = (int) offset; i < NAMES.length && sink.fits(NAMES[i].length); i++) {
      sink.add(NAMES[i], i < 2 ? ROOT_ID : FILE_ID, i < 2 ? Linux.DT_DIR : Linux.DT_REG, i + 1);
    }
  }

  @Override
  public void readdirplus(Caller caller, long nodeid, long fh, long offset, DirSink sink) {
    Entry entry = new Entry();
    for (int i = (int) offset; i < NAMES.length && sink.fits(NAMES[i].length); i++) {
      entry.negative(0);
      if (i == 2) {
        fill(FILE_ID, entry);
      }
      long ino = i < 2 ? ROOT_ID : FILE_ID;
      sink.addPlus(NAMES[i], entry, i < 2 ? Linux.DT_DIR : Linux.DT_REG, ino, i + 1);
    }
  }

  @Override
  public void releasedir(long nodeid, long fh) {}

  @Override
  public void fsyncdir(long nodeid, long fh, boolean dataOnly) {}

  @Override
  public int getxattr(Caller caller, long nodeid, Name name, long address, int size)
      throws ErrnoException {
    throw ErrnoException.of(Errno.ENODATA);
  }

  @Override
  public int listxattr(Caller caller, long nodeid, long address, int size) {
    return 0;
  }

  @Override
  public void setxattr(
      Caller caller, long nodeid, Name name, long address, int size, int flags, boolean killSgid)
      throws ErrnoException {
    throw no();
  }

  @Override
  public void removexattr(Caller caller, long nodeid, Name name) throws ErrnoException {
    throw no();
  }

  @Override
  public void statfs(Caller caller, long nodeid, StatFs out) {
    out.blocks = 1000;
    out.bfree = 500;
    out.bavail = 400;
    out.files = 10;
    out.ffree = 5;
    out.bsize = 4096;
    out.frsize = 4096;
    out.namelen = 255;
  }

  @Override
  public void syncfs(long nodeid) {}

  @Override
  public void destroy() {
    destroyed.incrementAndGet();
  }
}
