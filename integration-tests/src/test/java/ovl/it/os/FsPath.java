package ovl.it.os;

import static ovl.it.os.OsError.check;
import static ovl.sys.Linux.AT_FDCWD;
import static ovl.sys.Linux.AT_SYMLINK_NOFOLLOW;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import ovl.fs.NameKey;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * A path as bytes and the calls on it; none follows a symlink at its end except {@link #open}.
 * Strings given as names are ISO-8859-1, a character for a byte, so every name can be written.
 */
public final class FsPath {
  static final Syscalls SYS = Syscalls.load();

  private final byte[] bytes;

  private FsPath(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A path of ours, such as a temporary directory. */
  public static FsPath of(Path path) {
    return new FsPath(path.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The bytes of a string whose characters are bytes. */
  public static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String latin(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** A name or relative path below this one. */
  public FsPath at(String name) {
    return at(latin(name));
  }

  /** As {@link #at(String)}. */
  public FsPath at(byte[] name) {
    byte[] joined = Arrays.copyOf(bytes, bytes.length + 1 + name.length);
    joined[bytes.length] = '/';
    System.arraycopy(name, 0, joined, bytes.length + 1, name.length);
    return new FsPath(joined);
  }

  /** The path itself, not a copy: not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  /** The path as an argument of a program. */
  public String argument() {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return new NameKey(bytes).toString();
  }

  private static Scratch scratch() {
    return Scratch.current(SYS);
  }

  private long path() {
    return scratch().path(bytes);
  }

  private long path2() {
    return scratch().path2(bytes);
  }

  // ---- attributes

  /** lstat(2). */
  public Stat stat() {
    Statx out = scratch().statx();
    check(statx(out), "stat", this);
    return Stat.of(out);
  }

  private int statx(Statx out) {
    return SYS.statx(AT_FDCWD, path(), AT_SYMLINK_NOFOLLOW, Linux.STATX_BASIC_STATS, out);
  }

  /** True unless lstat(2) says ENOENT; other errors are thrown. */
  public boolean exists() {
    int result = statx(scratch().statx());
    if (result == -Errno.ENOENT) {
      return false;
    }
    check(result, "stat", this);
    return true;
  }

  public FsPath chmod(int mode) {
    check(SYS.chmod(path(), mode), "chmod", this, Integer.toOctalString(mode));
    return this;
  }

  public FsPath chown(int uid, int gid) {
    check(SYS.fchownat(AT_FDCWD, path(), uid, gid, AT_SYMLINK_NOFOLLOW), "chown", this, uid, gid);
    return this;
  }

  /** utimensat(2) in nanoseconds since the epoch. */
  public FsPath utimes(long atime, long mtime) {
    return utimens(atime / NANOS, atime % NANOS, mtime / NANOS, mtime % NANOS);
  }

  /** Sets the mtime only. */
  public FsPath mtime(long mtime) {
    return utimens(0, Linux.UTIME_OMIT, mtime / NANOS, mtime % NANOS);
  }

  private static final long NANOS = 1_000_000_000L;

  private FsPath utimens(long asec, long ansec, long msec, long mnsec) {
    Scratch scratch = scratch();
    scratch.word(0, asec);
    scratch.word(1, ansec);
    scratch.word(2, msec);
    scratch.word(3, mnsec);
    check(SYS.utimensat(AT_FDCWD, path(), scratch.words(), AT_SYMLINK_NOFOLLOW), "utimens", this);
    return this;
  }

  // ---- names

  public FsPath mkdir() {
    return mkdir(0755);
  }

  public FsPath mkdir(int mode) {
    check(SYS.mkdirat(AT_FDCWD, path(), mode), "mkdir", this);
    return this;
  }

  /** Makes this directory and its missing parents, 0755. */
  public FsPath mkdirs() {
    for (int i = 1; i < bytes.length; i++) {
      if (bytes[i] == '/') {
        new FsPath(Arrays.copyOf(bytes, i)).mkdirUnlessThere();
      }
    }
    return mkdirUnlessThere();
  }

  private FsPath mkdirUnlessThere() {
    int result = SYS.mkdirat(AT_FDCWD, path(), 0755);
    if (result != -Errno.EEXIST) {
      check(result, "mkdir", this);
    }
    return this;
  }

  public FsPath symlink(String target) {
    check(SYS.symlinkat(scratch().path2(latin(target)), AT_FDCWD, path()), "symlink", this);
    return this;
  }

  /** mknod(2): type and permissions, device numbers where the type has them. */
  public FsPath mknod(int mode, int major, int minor) {
    long device = (minor & 0xffL) | (major & 0xfffL) << 8 | (minor & ~0xffL) << 12;
    check(SYS.mknodat(AT_FDCWD, path(), mode, device), "mknod", this);
    return this;
  }

  /** A whiteout as the kernel makes them. */
  public FsPath whiteout() {
    return mknod(Linux.S_IFCHR, 0, 0);
  }

  /** link(2): gives this object another name. */
  public FsPath link(FsPath newName) {
    check(SYS.linkat(AT_FDCWD, path(), AT_FDCWD, newName.path2(), 0), "link", this, newName);
    return newName;
  }

  public void rename(FsPath target) {
    rename(target, 0);
  }

  /** renameat2(2). */
  public void rename(FsPath target, int flags) {
    check(SYS.renameat2(AT_FDCWD, path(), AT_FDCWD, target.path2(), flags), "rename", this, target);
  }

  public void unlink() {
    check(SYS.unlinkat(AT_FDCWD, path(), 0), "unlink", this);
  }

  public void rmdir() {
    check(SYS.unlinkat(AT_FDCWD, path(), Linux.AT_REMOVEDIR), "rmdir", this);
  }

  /** Removes this and all below it, however deep; nothing there is no error. */
  public void removeTree() {
    int result = SYS.unlinkat(AT_FDCWD, path(), 0);
    if (result == -Errno.EISDIR) {
      try (OpenFile dir = open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
        dir.removeContent();
      }
      rmdir();
    } else if (result != -Errno.ENOENT) {
      check(result, "unlink", this);
    }
  }

  public String readlink() {
    Scratch scratch = scratch();
    long length =
        check(SYS.readlinkat(AT_FDCWD, path(), scratch.value(), Linux.PATH_MAX), "readlink", this);
    return latin(scratch.valueBytes((int) length));
  }

  /** All entries in the order given, the dots included. */
  public List<DirEntry> entries() {
    try (OpenFile dir = open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      return dir.entries();
    }
  }

  /** The names, sorted, without the dots. */
  public List<String> list() {
    List<String> names = new ArrayList<>();
    for (DirEntry entry : entries()) {
      if (!entry.isDots()) {
        names.add(entry.name());
      }
    }
    names.sort(null);
    return names;
  }

  // ---- content

  public OpenFile open(int flags) {
    return open(flags, 0);
  }

  /** open(2); the mode counts with O_CREAT and O_TMPFILE, and the umask with it. */
  public OpenFile open(int flags, int mode) {
    int fd =
        (int)
            check(
                SYS.openat(AT_FDCWD, path(), flags | Linux.O_CLOEXEC, mode),
                "open",
                this,
                "flags",
                Integer.toHexString(flags));
    return new OpenFile(fd, this);
  }

  /** Creates or replaces the content: O_CREAT, O_TRUNC, 0644. */
  public FsPath file(String content) {
    return file(latin(content));
  }

  /** As {@link #file(String)}. */
  public FsPath file(byte[] content) {
    try (OpenFile file = open(Linux.O_WRONLY | Linux.O_CREAT | Linux.O_TRUNC, 0644)) {
      file.writeAll(content);
    }
    return this;
  }

  /** Appends with O_APPEND to a file that exists. */
  public FsPath append(String content) {
    try (OpenFile file = open(Linux.O_WRONLY | Linux.O_APPEND)) {
      file.writeAll(latin(content));
    }
    return this;
  }

  public byte[] read() {
    try (OpenFile file = open(Linux.O_RDONLY)) {
      return file.readAll();
    }
  }

  public String text() {
    return latin(read());
  }

  /** As {@link #text}, without taking the atime onward: for looking into a layer. */
  public String peek() {
    try (OpenFile file = open(Linux.O_RDONLY | Linux.O_NOATIME)) {
      return latin(file.readAll());
    }
  }

  /** truncate(2). */
  public void truncate(long size) {
    check(RawCalls.truncate(path(), size), "truncate", this, size);
  }

  // ---- extended attributes

  public FsPath setXattr(String name, String value) {
    return setXattr(name, latin(value), 0);
  }

  /** lsetxattr(2). */
  public FsPath setXattr(String name, byte[] value, int flags) {
    Scratch scratch = scratch();
    check(
        SYS.lsetxattr(
            path(), scratch.path2(latin(name)), scratch.value(value), value.length, flags),
        "setxattr",
        this,
        name);
    return this;
  }

  /** The value, or null if there is none by that name. */
  public byte[] xattrBytes(String name) {
    Scratch scratch = scratch();
    long length =
        SYS.lgetxattr(path(), scratch.path2(latin(name)), scratch.value(), Linux.XATTR_SIZE_MAX);
    if (length == -Errno.ENODATA) {
      return null;
    }
    check(length, "getxattr", this, name);
    return scratch.valueBytes((int) length);
  }

  /** As {@link #xattrBytes}, each byte as a character. */
  public String xattr(String name) {
    byte[] value = xattrBytes(name);
    return value == null ? null : latin(value);
  }

  public void removeXattr(String name) {
    check(SYS.lremovexattr(path(), scratch().path2(latin(name))), "removexattr", this, name);
  }

  /** The names that llistxattr(2) gives. */
  public SortedSet<String> xattrs() {
    Scratch scratch = scratch();
    long length =
        check(SYS.llistxattr(path(), scratch.list(), Linux.XATTR_LIST_MAX), "listxattr", this);
    SortedSet<String> names = new TreeSet<>();
    scratch.listNames((int) length).forEach(name -> names.add(latin(name)));
    return names;
  }
}
