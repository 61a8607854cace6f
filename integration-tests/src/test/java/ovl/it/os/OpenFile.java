package ovl.it.os;

import static ovl.it.os.OsError.check;
import static ovl.sys.Linux.AT_EMPTY_PATH;
import static ovl.sys.Linux.AT_FDCWD;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import ovl.sys.Dirents;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** An open descriptor of the test and the calls on it. */
public final class OpenFile implements AutoCloseable {
  private static final Syscalls SYS = FsPath.SYS;
  private static final int BLOCK = Linux.XATTR_SIZE_MAX;
  private static final int F_SETSIG = 10;
  private static final int SIGURG = 23;
  private static final int F_SETLEASE = 1024;
  private static final long FS_IOC_FIEMAP = 0xc020660bL;
  private static final int FIEMAP_EXTENT_DELALLOC = 4;
  private static final int F_GETLEASE = 1025;

  private final FsPath path;
  private int fd;

  OpenFile(int fd, FsPath path) {
    this.fd = fd;
    this.path = path;
  }

  public int fd() {
    return fd;
  }

  private Scratch scratch() {
    return Scratch.current(SYS);
  }

  /** fstat(2). */
  public Stat stat() {
    Scratch scratch = scratch();
    Statx out = scratch.statx();
    check(
        SYS.statx(fd, scratch.path(""), AT_EMPTY_PATH, Linux.STATX_BASIC_STATS, out),
        "fstat",
        path);
    return Stat.of(out);
  }

  /** Opens below this directory. */
  public OpenFile openat(String name, int flags, int mode) {
    int opened =
        (int)
            check(
                SYS.openat(fd, scratch().path(FsPath.latin(name)), flags | Linux.O_CLOEXEC, mode),
                "openat",
                path,
                name);
    return new OpenFile(opened, path.at(name));
  }

  public void mkdirat(String name) {
    check(SYS.mkdirat(fd, scratch().path(FsPath.latin(name)), 0755), "mkdirat", path, name);
  }

  /** unlinkat(2). */
  public void unlinkat(String name, int flags) {
    check(SYS.unlinkat(fd, scratch().path(FsPath.latin(name)), flags), "unlinkat", path, name);
  }

  /** Removes all that is in this directory. */
  public void removeContent() {
    for (DirEntry entry : entries()) {
      if (entry.isDots()) {
        continue;
      }
      byte[] name = FsPath.latin(entry.name());
      int result = SYS.unlinkat(fd, scratch().path(name), 0);
      if (result == -ovl.sys.Errno.EISDIR) {
        try (OpenFile child = openat(entry.name(), Linux.O_RDONLY | Linux.O_DIRECTORY, 0)) {
          child.removeContent();
        }
        result = SYS.unlinkat(fd, scratch().path(name), Linux.AT_REMOVEDIR);
      }
      check(result, "unlinkat", path, entry.name());
    }
  }

  // ---- content

  /** Up to {@code count} bytes from an offset. */
  public String pread(int count, long offset) {
    Scratch scratch = scratch();
    long got = check(SYS.pread(fd, scratch.value(), count, offset), "pread", path);
    return new String(scratch.valueBytes((int) got), StandardCharsets.ISO_8859_1);
  }

  /** All from the current position to the end. */
  public byte[] readAll() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] block;
    while ((block = readBlock()).length > 0) {
      out.writeBytes(block);
    }
    return out.toByteArray();
  }

  /** The next bytes from the current position, at most 64 KiB; none at the end. */
  public byte[] readBlock() {
    Scratch scratch = scratch();
    long got = check(SYS.read(fd, scratch.value(), BLOCK), "read", path);
    return scratch.valueBytes((int) got);
  }

  /** pwrite(2) of the whole string. */
  public void pwrite(String content, long offset) {
    byte[] bytes = FsPath.latin(content);
    long put = check(SYS.pwrite(fd, scratch().value(bytes), bytes.length, offset), "pwrite", path);
    if (put != bytes.length) {
      throw new AssertionError("short write: " + put);
    }
  }

  /** write(2) until all is written. */
  public void writeAll(byte[] content) {
    for (int done = 0; done < content.length; ) {
      int count = Math.min(BLOCK, content.length - done);
      byte[] part = java.util.Arrays.copyOfRange(content, done, done + count);
      done += (int) check(SYS.write(fd, scratch().value(part), count), "write", path);
    }
  }

  /** As {@link #writeAll}. */
  public void write(String content) {
    writeAll(FsPath.latin(content));
  }

  /** lseek(2). */
  public long seek(long offset, int whence) {
    return check(SYS.lseek(fd, offset, whence), "lseek", path, offset, whence);
  }

  public void truncate(long size) {
    check(SYS.ftruncate(fd, size), "ftruncate", path, size);
  }

  public void fallocate(int mode, long offset, long length) {
    check(SYS.fallocate(fd, mode, offset, length), "fallocate", path, mode);
  }

  public void fsync() {
    check(SYS.fsync(fd), "fsync", path);
  }

  /** copy_file_range(2) between explicit offsets; returns what was copied. */
  public long copyRangeTo(OpenFile target, long offset, long targetOffset, long length) {
    Scratch scratch = scratch();
    scratch.word(0, offset);
    scratch.word(1, targetOffset);
    return check(
        SYS.copyFileRange(fd, scratch.words(), target.fd, scratch.words() + 8, length, 0),
        "copy_file_range",
        path);
  }

  // ---- attributes and names

  public void chmod(int mode) {
    check(SYS.fchmod(fd, mode), "fchmod", path);
  }

  /** fchown(2). */
  public void chown(int uid, int gid) {
    check(SYS.fchownat(fd, scratch().path(""), uid, gid, AT_EMPTY_PATH), "fchown", path);
  }

  /** fsetxattr(2). */
  public void setXattr(String name, String value) {
    Scratch scratch = scratch();
    byte[] bytes = FsPath.latin(value);
    check(
        SYS.fsetxattr(fd, scratch.path2(FsPath.latin(name)), scratch.value(bytes), bytes.length, 0),
        "fsetxattr",
        path,
        name);
  }

  /** Gives the open file a name by way of /proc, as O_TMPFILE users do without privilege. */
  public void linkTo(FsPath name) {
    Scratch scratch = scratch();
    check(
        SYS.linkat(
            AT_FDCWD,
            scratch.procFd(fd),
            AT_FDCWD,
            scratch.path2(name.bytes()),
            Linux.AT_SYMLINK_FOLLOW),
        "linkat",
        name);
  }

  /** All entries from the current position on, the dots included. */
  public List<DirEntry> entries() {
    return entries(1 << 16);
  }

  /** As {@link #entries()}, with a buffer of that many bytes. */
  public List<DirEntry> entries(int bufferSize) {
    List<DirEntry> entries = new ArrayList<>();
    while (entryBlock(bufferSize, entries)) {}
    return entries;
  }

  /** One getdents64(2); false at the end. */
  public boolean entryBlock(int bufferSize, List<DirEntry> into) {
    Dirents block = Dirents.allocate(SYS, bufferSize);
    try {
      check(fill(block), "getdents", path);
      boolean any = false;
      while (block.next()) {
        String name = new String(block.name(), StandardCharsets.ISO_8859_1);
        into.add(new DirEntry(name, block.ino(), block.type(), block.offset()));
        any = true;
      }
      return any;
    } finally {
      block.close();
    }
  }

  private long fill(Dirents block) {
    try {
      return block.fill(fd);
    } catch (ovl.sys.ErrnoException e) {
      return -e.errno();
    }
  }

  // ---- locks and ioctls

  /** flock(2); false if it would have to wait. */
  public boolean flock(int operation) {
    long result = SYS.flock(fd, operation | Linux.LOCK_NB);
    if (result == -ovl.sys.Errno.EAGAIN) {
      return false;
    }
    check(result, "flock", path);
    return true;
  }

  /**
   * A POSIX range lock owned by this open file description (F_OFD_SETLK); false if it is taken.
   *
   * @param type F_RDLCK 0, F_WRLCK 1, F_UNLCK 2
   */
  public boolean lockRange(int type, long start, long length) {
    Scratch scratch = scratch();
    scratch.word(0, type); // l_type, l_whence = SEEK_SET
    scratch.word(1, start);
    scratch.word(2, length);
    scratch.word(3, 0);
    long result = SYS.fcntl(fd, 37, scratch.words());
    if (result == -ovl.sys.Errno.EAGAIN) {
      return false;
    }
    check(result, "fcntl(F_OFD_SETLK)", path);
    return true;
  }

  /**
   * fcntl(F_SETLEASE), to be told of a break by a signal that means nothing.
   *
   * @param type as of {@link #lockRange}
   */
  public void lease(int type) {
    check(SYS.fcntl(fd, F_SETSIG, SIGURG), "fcntl(F_SETSIG)", path);
    check(SYS.fcntl(fd, F_SETLEASE, type), "fcntl(F_SETLEASE)", path, type);
  }

  /** fcntl(F_GETLEASE): the type that is left, or that a break of the lease asks for. */
  public int lease() {
    return (int) check(SYS.fcntl(fd, F_GETLEASE, 0), "fcntl(F_GETLEASE)", path);
  }

  /** ioctl(2) with a pointer to one word, which is in and out. */
  public long ioctl(long request, long word) {
    Scratch scratch = scratch();
    scratch.word(0, word);
    check(SYS.ioctl(fd, request, scratch.words()), "ioctl", path, Long.toHexString(request));
    return scratch.word(0);
  }

  /** FS_IOC_FIEMAP: whether the filesystem has chosen a place on the disk for the first extent. */
  public boolean hasPlaceOnDisk() {
    Scratch scratch = scratch();
    // struct fiemap: start, length; flags and mapped extents; room for extents. Then the extent.
    scratch.word(0, 0);
    scratch.word(1, -1);
    scratch.word(2, 0);
    scratch.word(3, 1);
    check(SYS.ioctl(fd, FS_IOC_FIEMAP, scratch.words()), "ioctl(FS_IOC_FIEMAP)", path);
    boolean isMapped = scratch.word(2) >>> Integer.SIZE == 1;
    return isMapped && (scratch.word(9) & FIEMAP_EXTENT_DELALLOC) == 0;
  }

  /** syncfs(2). */
  public void syncfs() {
    check(SYS.syncfs(fd), "syncfs", path);
  }

  /** The eight words of struct statfs up to f_fsid: type, bsize, blocks, bfree, bavail, files. */
  public long[] statfs() {
    Scratch scratch = scratch();
    check(SYS.fstatfs(fd, scratch.words()), "fstatfs", path);
    long[] words = new long[10];
    for (int i = 0; i < words.length; i++) {
      words[i] = scratch.word(i);
    }
    return words;
  }

  /** Maps the first bytes MAP_SHARED. */
  public Mapping map(int length, boolean writable) {
    long address = check(SYS.mmap(0, length, writable ? 3 : 1, 1, fd, 0), "mmap", path);
    return new Mapping(address, length);
  }

  /** A shared mapping; reads and writes are the page cache's. */
  public static final class Mapping implements AutoCloseable {
    private final long address;
    private final int length;

    private Mapping(long address, int length) {
      this.address = address;
      this.length = length;
    }

    public String text() {
      return new String(NativeBytes.read(address, length), StandardCharsets.ISO_8859_1);
    }

    /** Stores at the start of the mapping. */
    public void store(String text) {
      NativeBytes.write(address, FsPath.latin(text));
    }

    @Override
    public void close() {
      check(SYS.munmap(address, length), "munmap");
    }
  }

  @Override
  public void close() {
    if (fd >= 0) {
      int closing = fd;
      fd = -1;
      check(SYS.close(closing), "close", path);
    }
  }
}
