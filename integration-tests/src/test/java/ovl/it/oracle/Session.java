package ovl.it.oracle;

import static ovl.sys.Linux.AT_EMPTY_PATH;
import static ovl.sys.Linux.AT_FDCWD;
import static ovl.sys.Linux.AT_SYMLINK_NOFOLLOW;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.CRC32;
import ovl.it.os.FsPath;
import ovl.sys.Dirents;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * What the calls of one side work on: a directory that all paths start from, and the descriptors
 * that are open, by slot.
 */
final class Session implements AutoCloseable {
  static final int SLOTS = 6;

  private static final Syscalls SYS = Syscalls.load();
  private static final int BLOCK = Linux.XATTR_SIZE_MAX;
  private static final int BUFFER = 1 << 16;

  private final FsPath base;
  private final int[] fds = new int[SLOTS];

  Session(FsPath base) {
    this.base = base;
    Arrays.fill(fds, -1);
  }

  Syscalls sys() {
    return SYS;
  }

  Scratch scratch() {
    return Scratch.current(SYS);
  }

  private byte[] absolute(String path) {
    return base.at(path).bytes();
  }

  long path(Step step, int index) {
    return scratch().path(absolute(step.name(index)));
  }

  long path2(Step step, int index) {
    return scratch().path2(absolute(step.name(index)));
  }

  int fd(Step step, int index) {
    return fds[step.integer(index)];
  }

  /** Two timespecs from four numbers: seconds and nanoseconds of atime, then of mtime. */
  long times(Step step, int first) {
    Scratch scratch = scratch();
    for (int i = 0; i < 4; i++) {
      scratch.word(i, step.number(first + i));
    }
    return scratch.words();
  }

  // ---- names

  Object readlink(Step step) {
    long length = SYS.readlinkat(AT_FDCWD, path(step, 0), scratch().value(), Linux.PATH_MAX);
    return length < 0 ? length : latin(scratch().valueBytes((int) length));
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** One entry of a directory. */
  private record Entry(String name, int type, long ino, long offset) {}

  /** The names with their types; an entry that lstat contradicts says so. */
  Object list(Step step) {
    long fd = openDirectory(step);
    if (fd < 0) {
      return fd;
    }
    try {
      List<Entry> entries = new ArrayList<>();
      entries((int) fd, entries);
      TreeSet<String> lines = new TreeSet<>();
      for (Entry entry : entries) {
        String line = describe((int) fd, entry);
        if (!lines.add(line)) {
          lines.add(line + " twice");
        }
      }
      return lines.toString();
    } catch (ErrnoException e) {
      return (long) -e.errno();
    } finally {
      SYS.close((int) fd);
    }
  }

  private String describe(int fd, Entry entry) {
    String text = entry.name() + ":" + entry.type();
    if (entry.name().startsWith("..")) {
      return text; // the parent's number may be anybody's
    }
    Statx stat = scratch().statx();
    long name = scratch().path(FsPath.latin(entry.name()));
    int result = SYS.statx(fd, name, AT_SYMLINK_NOFOLLOW, Linux.STATX_BASIC_STATS, stat.address());
    if (result < 0) {
      return text + ":" + Errno.name(-result);
    }
    int type = stat.mode() >> 12;
    text += type == entry.type() ? "" : " but " + type;
    return stat.ino() == entry.ino() ? text : text + Deviations.WRONG_NUMBER;
  }

  private long openDirectory(Step step) {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    return SYS.openat(AT_FDCWD, path(step, 0), flags, 0);
  }

  private void entries(int fd, List<Entry> into) throws ErrnoException {
    Dirents block = scratch().dirents();
    while (block.fill(fd, BUFFER) > 0) {
      while (block.next()) {
        into.add(new Entry(latin(block.name()), block.type(), block.ino(), block.offset()));
      }
    }
  }

  /** True if reading from the position after some entry gives the same rest once more. */
  Object seekdir(Step step) {
    long fd = openDirectory(step);
    if (fd < 0) {
      return fd;
    }
    try {
      List<Entry> all = new ArrayList<>();
      entries((int) fd, all);
      int at = step.integer(0) % all.size();
      SYS.lseek((int) fd, all.get(at).offset(), Linux.SEEK_SET);
      List<Entry> rest = new ArrayList<>();
      entries((int) fd, rest);
      return Boolean.toString(rest.equals(all.subList(at + 1, all.size())));
    } catch (ErrnoException e) {
      return (long) -e.errno();
    } finally {
      SYS.close((int) fd);
    }
  }

  /** The longest name; what is free changes all the time. */
  Object statfs(Step step) {
    long fd = SYS.openat(AT_FDCWD, path(step, 0), Linux.O_PATH | Linux.O_CLOEXEC, 0);
    if (fd < 0) {
      return fd;
    }
    int result = SYS.fstatfs((int) fd, scratch().words());
    SYS.close((int) fd);
    return result < 0 ? (Object) result : "namelen " + scratch().word(8);
  }

  // ---- extended attributes

  Object getxattr(Step step) {
    Scratch scratch = scratch();
    long name = scratch.path2(step.bytes(1));
    long length = SYS.lgetxattr(path(step, 0), name, scratch.value(), BLOCK);
    return length < 0 ? length : HexFormat.of().formatHex(scratch.valueBytes((int) length));
  }

  Object listxattr(Step step) {
    Scratch scratch = scratch();
    long length = SYS.llistxattr(path(step, 0), scratch.list(), Linux.XATTR_LIST_MAX);
    if (length <= 0) {
      return length;
    }
    String[] names = latin(scratch.listBytes((int) length)).split("\0");
    Arrays.sort(names);
    return Arrays.toString(names);
  }

  // ---- open files

  Object open(Step step) {
    int slot = step.integer(0);
    close(slot);
    int flags = step.integer(1) | Linux.O_CLOEXEC | Linux.O_NONBLOCK;
    int fd = SYS.openat(AT_FDCWD, path(step, 0), flags, step.integer(2));
    fds[slot] = Math.max(fd, -1);
    return Math.min(fd, 0);
  }

  int close(int slot) {
    int fd = fds[slot];
    fds[slot] = -1;
    return fd < 0 ? -Errno.EBADF : SYS.close(fd);
  }

  /** Gives the open file a name by way of /proc. */
  Object linkFd(Step step) {
    int fd = fd(step, 0);
    if (fd < 0) {
      return -Errno.EBADF;
    }
    long name = path2(step, 0);
    return SYS.linkat(AT_FDCWD, scratch().procFd(fd), AT_FDCWD, name, Linux.AT_SYMLINK_FOLLOW);
  }

  Object read(Step step) {
    long got = SYS.pread(fd(step, 0), scratch().value(), step.number(2), step.number(1));
    return got < 0 ? (Object) got : got + " bytes, crc " + crc((int) got);
  }

  private long crc(int length) {
    CRC32 crc = new CRC32();
    crc.update(scratch().valueBytes(length));
    return crc.getValue();
  }

  Object write(Step step) {
    byte[] content = content(step.integer(2), step.integer(3));
    return SYS.pwrite(fd(step, 0), scratch().value(content), content.length, step.number(1));
  }

  Object append(Step step) {
    byte[] content = content(step.integer(1), step.integer(2));
    SYS.lseek(fd(step, 0), 0, 2);
    return SYS.write(fd(step, 0), scratch().value(content), content.length);
  }

  /** Bytes that differ from one seed, and one place, to the next. */
  private static byte[] content(int length, int seed) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] = (byte) (seed + i * 31 + (i >> 8));
    }
    return content;
  }

  Object copyRange(Step step) {
    Scratch scratch = scratch();
    scratch.word(0, step.number(2));
    scratch.word(1, step.number(3));
    return SYS.copyFileRange(
        fd(step, 0), scratch.words(), fd(step, 1), scratch.words() + 8, step.number(4), 0);
  }

  /**
   * SEEK_HOLE or SEEK_DATA. Where blocks are is nobody's business: a copy may have holes where the
   * other has zeros. So the outcome is whether the answer is true.
   */
  Object seekHole(Step step) {
    int fd = fd(step, 0);
    long from = step.number(1);
    int whence = step.integer(2);
    long size = sizeOf(fd);
    if (size < 0) {
      return Deviations.HOLES_OF_DIRECTORIES;
    }
    long found = SYS.lseek(fd, from, whence);
    if (from >= size || found < 0 && !(found == -Errno.ENXIO && whence == Linux.SEEK_DATA)) {
      return found;
    }
    long end = found < 0 ? size : found;
    boolean isTrue =
        whence == Linux.SEEK_DATA ? isZero(fd, from, end) : end == size || isZero(fd, end, end + 1);
    return isTrue ? "true" : "wrong: " + found;
  }

  /** Of a regular file; -1 for anything else. */
  private long sizeOf(int fd) {
    Statx stat = scratch().statx();
    int mask = Linux.STATX_BASIC_STATS;
    int result = SYS.statx(fd, scratch().empty(), AT_EMPTY_PATH, mask, stat.address());
    return result == 0 && stat.isRegular() ? stat.size() : -1;
  }

  private boolean isZero(int fd, long from, long end) {
    for (long at = from; at < end; ) {
      int got = (int) SYS.pread(fd, scratch().value(), Math.min(BLOCK, end - at), at);
      if (got <= 0) {
        return got != 0; // a descriptor that is not for reading cannot be asked
      }
      for (byte b : scratch().valueBytes(got)) {
        if (b != 0) {
          return false;
        }
      }
      at += got;
    }
    return true;
  }

  /** Makes a file in a layer. */
  Object writeFile(Step step) {
    int flags = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.O_CLOEXEC;
    int fd = SYS.openat(AT_FDCWD, path(step, 0), flags, 0644);
    if (fd < 0) {
      return fd;
    }
    byte[] content = content(step.integer(0), step.integer(1));
    long done = SYS.pwrite(fd, scratch().value(content), content.length, step.number(2));
    SYS.close(fd);
    return done;
  }

  // ---- looking

  /** lstat of a path: 0 or -errno. */
  int stat(String path, Statx into) {
    long address = scratch().path(absolute(path));
    int mask = Linux.STATX_BASIC_STATS;
    return SYS.statx(AT_FDCWD, address, AT_SYMLINK_NOFOLLOW, mask, into.address());
  }

  /** fstat of a slot: 0 or -errno. */
  int stat(int slot, Statx into) {
    int mask = Linux.STATX_BASIC_STATS;
    return SYS.statx(fds[slot], scratch().empty(), AT_EMPTY_PATH, mask, into.address());
  }

  /** True if the name that a slot was opened by is gone. */
  boolean isRemoved(int slot) {
    Scratch scratch = scratch();
    long path = scratch.procFd(Math.max(0, fds[slot]));
    long length = SYS.readlinkat(AT_FDCWD, path, scratch.value(), Linux.PATH_MAX);
    return length > 0 && latin(scratch.valueBytes((int) length)).endsWith(" (deleted)");
  }

  @Override
  public void close() {
    for (int slot = 0; slot < SLOTS; slot++) {
      close(slot);
    }
  }
}
