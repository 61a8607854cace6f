package ovl.it.oracle;

import static ovl.sys.Linux.AT_EMPTY_PATH;
import static ovl.sys.Linux.AT_FDCWD;
import static ovl.sys.Linux.AT_SYMLINK_NOFOLLOW;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import ovl.it.os.FsPath;
import ovl.it.os.RawCalls;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
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
  private static final int PAGE = 4096;

  /** What the kernel puts after a name that is gone. */
  private static final String REMOVED = " (deleted)";

  private final FsPath base;
  private final int[] fds = new int[SLOTS];
  private final Mappings mappings = new Mappings(SYS);

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

  FsPath at(String path) {
    return base.at(path);
  }

  private byte[] absolute(String path) {
    return at(path).bytes();
  }

  Mappings mappings() {
    return mappings;
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

  Object list(Step step) {
    int fd = openDirectory(step);
    Object names = fd < 0 ? (Object) fd : new DirectoryListing(SYS, fd).names();
    SYS.close(fd);
    return names;
  }

  /** From the start of an open directory, whatever was read of it. */
  Object listFd(Step step) {
    int fd = fd(step, 0);
    SYS.lseek(fd, 0, Linux.SEEK_SET);
    return new DirectoryListing(SYS, fd).names();
  }

  Object seekdir(Step step) {
    int fd = openDirectory(step);
    Object rest = fd < 0 ? (Object) fd : new DirectoryListing(SYS, fd).restAfter(step.integer(0));
    SYS.close(fd);
    return rest;
  }

  private int openDirectory(Step step) {
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    return SYS.openat(AT_FDCWD, path(step, 0), flags, 0);
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
    long name = scratch().path2(step.bytes(1));
    return value(SYS.lgetxattr(path(step, 0), name, scratch().value(), step.number(0)));
  }

  Object fgetxattr(Step step) {
    long name = scratch().path2(step.bytes(0));
    return value(SYS.fgetxattr(fd(step, 0), name, scratch().value(), BLOCK));
  }

  private Object value(long length) {
    return length < 0 ? length : HexFormat.of().formatHex(scratch().valueBytes((int) length));
  }

  Object listxattr(Step step) {
    return names(SYS.llistxattr(path(step, 0), scratch().list(), Linux.XATTR_LIST_MAX));
  }

  Object flistxattr(Step step) {
    return names(SYS.flistxattr(fd(step, 0), scratch().list(), Linux.XATTR_LIST_MAX));
  }

  private Object names(long length) {
    if (length <= 0) {
      return length;
    }
    return scratch().listNames((int) length).stream()
        .map(Session::latin)
        .sorted()
        .toList()
        .toString();
  }

  // ---- open files

  Object open(Step step) {
    int slot = step.integer(0);
    close(slot);
    return keep(slot, SYS.openat(AT_FDCWD, path(step, 0), flags(step, 1), step.integer(2)));
  }

  private static int flags(Step step, int index) {
    return step.integer(index) | Linux.O_CLOEXEC | Linux.O_NONBLOCK;
  }

  private Object keep(int slot, int fd) {
    close(slot);
    fds[slot] = Math.max(fd, -1);
    return Math.min(fd, 0);
  }

  /** Opens a name in the directory that a slot has open, into another slot. */
  Object openAt(Step step) {
    long name = scratch().path(step.bytes(0));
    int fd = SYS.openat(directory(step), name, flags(step, 2), step.integer(3));
    return keep(step.integer(1), fd);
  }

  /** A slot's descriptor, and never the current directory. */
  int directory(Step step) {
    return Math.max(-1, fd(step, 0));
  }

  /** Opens what a slot has open once more, by way of /proc. */
  Object reopen(Step step) {
    int fd = fd(step, 0);
    if (fd < 0) {
      return -Errno.EBADF;
    }
    int flags = flags(step, 2) & ~Linux.O_NOFOLLOW;
    int opened = SYS.openat(AT_FDCWD, scratch().procFd(fd), flags, 0);
    return opened < 0 ? opened : keep(step.integer(1), opened);
  }

  /** Adds flags to those of an open file: its backing file in the kernel's FUSE keeps its own. */
  Object setFlags(Step step) {
    int fd = fd(step, 0);
    int flags = SYS.fcntl(fd, Linux.F_GETFL, 0);
    return flags < 0 ? flags : SYS.fcntl(fd, Linux.F_SETFL, flags | step.number(1));
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
    long length = step.number(2);
    long offset = step.number(1);
    if (isDirect(fd(step, 0))) {
      length = length + PAGE & -PAGE;
      offset &= -PAGE;
    }
    long got = SYS.pread(fd(step, 0), aligned(), length, offset);
    return got < 0 ? (Object) got : describe((int) got);
  }

  /** As O_DIRECT asks for: where a page begins. */
  private long aligned() {
    return (scratch().value() + PAGE - 1) & -PAGE;
  }

  private String describe(int length) {
    CRC32 crc = new CRC32();
    crc.update(NativeBytes.read(aligned(), length));
    return length + " bytes, crc " + crc.getValue();
  }

  private long content(Step step, int first) {
    NativeBytes.write(aligned(), content(step.integer(first), step.integer(first + 1)));
    return aligned();
  }

  Object write(Step step) {
    long length = step.number(2);
    long offset = step.number(1);
    if (isDirect(fd(step, 0))) {
      if (appends(fd(step, 0))) {
        return Deviations.DIRECT; // the offset is that of the end
      }
      length &= -PAGE;
      offset &= -PAGE;
    }
    return SYS.pwrite(fd(step, 0), content(step, 2), length, offset);
  }

  static boolean isDirect(int fd) {
    int flags = SYS.fcntl(fd, Linux.F_GETFL, 0);
    return flags > 0 && (flags & Linux.O_DIRECT) != 0;
  }

  private static boolean appends(int fd) {
    return (SYS.fcntl(fd, Linux.F_GETFL, 0) & Linux.O_APPEND) != 0;
  }

  Object append(Step step) {
    if (isDirect(fd(step, 0))) {
      return Deviations.DIRECT;
    }
    SYS.lseek(fd(step, 0), 0, 2);
    return SYS.write(fd(step, 0), content(step, 1), step.number(1));
  }

  /** Bytes that differ from one seed, and one place, to the next. */
  private static byte[] content(int length, int seed) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] = (byte) (seed + i * 31 + (i >> 8));
    }
    return content;
  }

  /** From one slot to the position of another. */
  Object sendfile(Step step) {
    if (isDirect(fd(step, 0)) || isDirect(fd(step, 1))) {
      return Deviations.DIRECT;
    }
    SYS.lseek(fd(step, 1), step.number(3), Linux.SEEK_SET);
    scratch().word(0, step.number(2));
    return RawCalls.sendfile(fd(step, 1), fd(step, 0), scratch().words(), step.number(4));
  }

  Object copyRange(Step step) {
    if (isDirect(fd(step, 0)) || isDirect(fd(step, 1))) {
      return Deviations.DIRECT;
    }
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
    int result = SYS.statx(fd, scratch().empty(), AT_EMPTY_PATH, mask, stat);
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
    return SYS.statx(AT_FDCWD, address, AT_SYMLINK_NOFOLLOW, mask, into);
  }

  /** fstat of a slot: 0 or -errno. */
  int stat(int slot, Statx into) {
    int mask = Linux.STATX_BASIC_STATS;
    return SYS.statx(fds[slot], scratch().empty(), AT_EMPTY_PATH, mask, into);
  }

  /** The slots that have the same object open as this one. */
  List<Integer> slotsOfSame(int slot) {
    Statx stat = scratch().statx();
    long ino = stat(slot, stat) == 0 ? stat.ino() : -1;
    List<Integer> found = new ArrayList<>();
    for (int other = 0; other < SLOTS; other++) {
      if (other == slot || stat(other, stat) == 0 && stat.ino() == ino) {
        found.add(other);
      }
    }
    return found;
  }

  /** As {@link #isRemoved}, of what is neither a file nor a directory. */
  boolean isRemovedSpecial(int slot) {
    Statx stat = scratch().statx();
    boolean isSpecial = stat(slot, stat) == 0 && !stat.isRegular() && !stat.isDirectory();
    return isSpecial && isRemoved(slot);
  }

  /** As {@link #isRemoved}, of a directory whose name is another object's by now. */
  boolean isReplacedDirectory(int slot) {
    Statx stat = scratch().statx();
    if (stat(slot, stat) != 0 || !stat.isDirectory() || !isRemoved(slot)) {
      return false;
    }
    String path = opened(slot);
    byte[] name = FsPath.latin(path.substring(0, path.length() - REMOVED.length()));
    int mask = Linux.STATX_BASIC_STATS;
    long address = scratch().path(name);
    return SYS.statx(AT_FDCWD, address, AT_SYMLINK_NOFOLLOW, mask, stat) == 0;
  }

  /**
   * True if what a slot has open cannot be opened anew by way of /proc: where the kernel reads
   * lower files too, that is so of one which was copied up since.
   */
  boolean isCopiedUpSince(int slot) {
    int opened = SYS.openat(AT_FDCWD, scratch().procFd(Math.max(0, fds[slot])), Linux.O_RDONLY, 0);
    if (opened >= 0) {
      SYS.close(opened);
    }
    return opened == -Errno.ESTALE;
  }

  /** True if the name that a slot was opened by is gone. */
  boolean isRemoved(int slot) {
    return opened(slot).endsWith(REMOVED);
  }

  /** The name that a slot was opened by, as the kernel tells it. */
  private String opened(int slot) {
    Scratch scratch = scratch();
    long path = scratch.procFd(Math.max(0, fds[slot]));
    long length = SYS.readlinkat(AT_FDCWD, path, scratch.value(), Linux.PATH_MAX);
    return length > 0 ? latin(scratch.valueBytes((int) length)) : "";
  }

  @Override
  public void close() {
    mappings.close();
    for (int slot = 0; slot < SLOTS; slot++) {
      close(slot);
    }
  }
}
