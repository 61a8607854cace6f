package ovl.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** The real files of a test: makes and examines what java.nio cannot, by path. */
public final class Disk {
  private final Syscalls sys;

  public Disk(Syscalls sys) {
    this.sys = sys;
  }

  /** What stat says, kept. */
  public record Stat(
      int mode,
      int nlink,
      int uid,
      int gid,
      long dev,
      long ino,
      long size,
      long blocks,
      int rdevMajor,
      int rdevMinor,
      long atime,
      int atimeNsec,
      long mtime,
      int mtimeNsec) {
    public int permissions() {
      return mode & 07777;
    }

    public int type() {
      return mode & Linux.S_IFMT;
    }
  }

  public Stat stat(Path path) {
    Scratch scratch = Scratch.current(sys);
    Statx s = scratch.statx();
    succeed(
        sys.statx(
            Linux.AT_FDCWD,
            scratch.path(path.toString()),
            Linux.AT_SYMLINK_NOFOLLOW,
            Linux.STATX_BASIC_STATS,
            s),
        path);
    return new Stat(
        s.mode(),
        s.nlink(),
        s.uid(),
        s.gid(),
        s.dev(),
        s.ino(),
        s.size(),
        s.blocks(),
        s.rdevMajor(),
        s.rdevMinor(),
        s.atime(),
        s.atimeNsec(),
        s.mtime(),
        s.mtimeNsec());
  }

  public boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  public void mknod(Path path, int mode, int major, int minor) {
    long device = (long) major << 8 | minor;
    long address = Scratch.current(sys).path(path.toString());
    succeed(sys.mknodat(Linux.AT_FDCWD, address, mode, device), path);
  }

  public void whiteout(Path path) {
    mknod(path, Linux.S_IFCHR, 0, 0);
  }

  public boolean isWhiteout(Path path) {
    if (!exists(path)) {
      return false;
    }
    Stat stat = stat(path);
    return stat.type() == Linux.S_IFCHR && stat.rdevMajor() == 0 && stat.rdevMinor() == 0;
  }

  public void chown(Path path, int uid, int gid) {
    long address = Scratch.current(sys).path(path.toString());
    succeed(sys.fchownat(Linux.AT_FDCWD, address, uid, gid, Linux.AT_SYMLINK_NOFOLLOW), path);
  }

  public void chmod(Path path, int mode) {
    succeed(sys.chmod(Scratch.current(sys).path(path.toString()), mode), path);
  }

  /** Sets access and modification time of a name itself. */
  public void setTimes(Path path, long seconds, int nanos) {
    Scratch scratch = Scratch.current(sys);
    for (int i = 0; i < 4; i++) {
      scratch.word(i, i % 2 == 0 ? seconds : nanos);
    }
    long address = scratch.path(path.toString());
    int flags = Linux.AT_SYMLINK_NOFOLLOW;
    succeed(sys.utimensat(Linux.AT_FDCWD, address, scratch.words(), flags), path);
  }

  public void setXattr(Path path, String name, byte[] value) {
    Scratch scratch = Scratch.current(sys);
    long nameAddress = scratch.path2(name.getBytes(StandardCharsets.UTF_8));
    long address = scratch.path(path.toString());
    succeed(sys.lsetxattr(address, nameAddress, scratch.value(value), value.length, 0), path);
  }

  /** Null if there is no such attribute. */
  public byte[] xattr(Path path, String name) {
    Scratch scratch = Scratch.current(sys);
    long nameAddress = scratch.path2(name.getBytes(StandardCharsets.UTF_8));
    long address = scratch.path(path.toString());
    long length = sys.lgetxattr(address, nameAddress, scratch.value(), Linux.XATTR_SIZE_MAX);
    if (length == -Errno.ENODATA) {
      return null;
    }
    return scratch.valueBytes((int) succeed(length, path));
  }

  /** The names in a directory, sorted; a mode-0 directory of root is readable to root. */
  public Set<String> names(Path dir) {
    try (Stream<Path> list = Files.list(dir)) {
      Set<String> names = new TreeSet<>();
      list.forEach(path -> names.add(path.getFileName().toString()));
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String content(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long succeed(long result, Path path) {
    if (result < 0) {
      throw new IllegalStateException(path + ": " + Errno.name((int) -result));
    }
    return result;
  }

  /**
   * The open descriptors of this process as "number -> target", without those that the JVM itself
   * opens and closes as it loads classes.
   */
  public static Set<String> descriptors() {
    Set<String> open = new TreeSet<>();
    try (Stream<Path> list = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : (Iterable<Path>) list::iterator) {
        String target = target(fd);
        if (target != null && !isOfTheJvm(target)) {
          open.add(fd.getFileName() + " -> " + target);
        }
      }
      return open;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path fd) throws IOException {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (NoSuchFileException e) {
      // The descriptor with which the directory is being read is gone by now.
      return null;
    }
  }

  private static boolean isOfTheJvm(String target) {
    return target.startsWith("/proc/")
        || target.startsWith("/sys/")
        || target.startsWith("/dev/")
        || target.startsWith("socket:")
        || target.startsWith("pipe:")
        || target.endsWith(".jar")
        || target.endsWith(".class")
        || target.endsWith("/modules");
  }
}
