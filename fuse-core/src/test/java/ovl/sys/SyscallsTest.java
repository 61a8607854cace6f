package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.testing.Errnos.assertFails;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.testing.Requirements;

/** Each wrapper on real files, and its failure as -errno. */
final class SyscallsTest {
  private static final int BAD = 9999;

  private final Syscalls sys = Syscalls.load();

  @TempDir Path tmp;
  private TestDir dir;

  @BeforeEach
  void open() {
    dir = new TestDir(sys, tmp);
  }

  @AfterEach
  void close() {
    dir.close();
  }

  @Test
  void openatCreatesOpensAndFails() {
    int fd = sys.openat(dir.fd(), dir.name("f"), Linux.O_CREAT | Linux.O_WRONLY, 0600);
    assertTrue(fd >= 0);
    assertEquals(0, sys.close(fd));
    assertFails(Errno.EBADF, sys.close(fd));
    assertFails(Errno.ENOENT, sys.openat(dir.fd(), dir.name("none"), 0, 0));
    assertFails(Errno.ENOTDIR, sys.openat(dir.fd(), dir.name("f/x"), 0, 0));
    int exclusive = Linux.O_CREAT | Linux.O_EXCL;
    assertFails(Errno.EEXIST, sys.openat(dir.fd(), dir.name("f"), exclusive, 0));
    assertFails(Errno.EBADF, sys.openat(BAD, dir.name("f"), 0, 0));
  }

  @Test
  void openat2StaysBeneath() throws Exception {
    Files.createSymbolicLink(tmp.resolve("out"), Path.of("/"));
    Files.createDirectory(tmp.resolve("in"));
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, Linux.O_PATH | Linux.O_CLOEXEC);
    scratch.word(1, 0);
    scratch.word(2, Linux.RESOLVE_BENEATH | Linux.RESOLVE_NO_MAGICLINKS);
    int fd = sys.openat2(dir.fd(), dir.name("in"), scratch.words(), 24);
    assertTrue(fd >= 0);
    sys.close(fd);
    assertFails(Errno.EXDEV, sys.openat2(dir.fd(), dir.name("out"), scratch.words(), 24));
    assertFails(Errno.EXDEV, sys.openat2(dir.fd(), dir.name(".."), scratch.words(), 24));
    scratch.word(2, Linux.RESOLVE_NO_SYMLINKS);
    assertFails(Errno.ELOOP, sys.openat2(dir.fd(), dir.name("out"), scratch.words(), 24));
    assertFails(Errno.EINVAL, sys.openat2(dir.fd(), dir.name("in"), scratch.words(), 3));
  }

  @Test
  void readAndWriteMoveThePosition() {
    try (Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDWR)) {
      assertEquals(5, sys.write(fd.get(), dir.data("hello"), 5));
      assertEquals(0, sys.read(fd.get(), dir.data(), 5));
      assertEquals(1, sys.lseek(fd.get(), 1, Linux.SEEK_SET));
      assertEquals(4, sys.read(fd.get(), dir.data(), 10));
      assertEquals("ello", dir.text(4));
      assertFails(Errno.EINVAL, sys.lseek(fd.get(), -1, Linux.SEEK_SET));
    }
    assertFails(Errno.EBADF, sys.read(BAD, dir.data(), 1));
    assertFails(Errno.EBADF, sys.write(BAD, dir.data(), 1));
    assertFails(Errno.EISDIR, sys.read(dir.fd(), dir.data(), 1));
  }

  @Test
  void preadAndPwriteTakeA64BitOffset() {
    long offset = (5L << 32) + 7;
    try (Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDWR)) {
      assertEquals(3, sys.pwrite(fd.get(), dir.data("abc"), 3, offset));
      assertEquals(2, sys.pread(fd.get(), dir.data(), 10, offset + 1));
      assertEquals("bc", dir.text(2));
      assertEquals(offset - 7, sys.lseek(fd.get(), 0, Linux.SEEK_DATA));
      assertFails(Errno.EINVAL, sys.pread(fd.get(), dir.data(), 1, -1));
      assertFails(Errno.EINVAL, sys.pwrite(fd.get(), dir.data(), 1, -1));
    }
  }

  @Test
  void writevGathers() {
    try (Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDWR)) {
      long text = dir.data("abcdef");
      Scratch scratch = Scratch.current(sys);
      scratch.word(0, text + 4);
      scratch.word(1, 2);
      scratch.word(2, text);
      scratch.word(3, 3);
      assertEquals(5, sys.writev(fd.get(), scratch.words(), 2));
      assertEquals(5, sys.pread(fd.get(), dir.data(), 10, 0));
      assertEquals("efabc", dir.text(5));
      assertFails(Errno.EINVAL, sys.writev(fd.get(), scratch.words(), -1));
    }
  }

  @Test
  void sizeIsChangedAndSpaceAllocated() throws Exception {
    try (Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDWR)) {
      assertEquals(0, sys.ftruncate(fd.get(), 5L << 32));
      assertEquals(5L << 32, Files.size(tmp.resolve("f")));
      assertEquals(0, sys.ftruncate(fd.get(), 0));
      assertEquals(0, sys.fallocate(fd.get(), 0, 4096, 4096));
      assertEquals(8192, Files.size(tmp.resolve("f")));
      assertFails(Errno.EINVAL, sys.ftruncate(fd.get(), -1));
      assertFails(Errno.EINVAL, sys.fallocate(fd.get(), 0, -1, 4096));
    }
    assertFails(Errno.EINVAL, sys.ftruncate(dir.fd(), 0));
  }

  @Test
  void syncsSucceedAndRefuseBadDescriptors() {
    assertEquals(0, sys.fsync(dir.fd()));
    assertEquals(0, sys.fdatasync(dir.fd()));
    assertEquals(0, sys.syncfs(dir.fd()));
    assertFails(Errno.EBADF, sys.fsync(BAD));
    assertFails(Errno.EBADF, sys.fdatasync(BAD));
    assertFails(Errno.EBADF, sys.syncfs(BAD));
  }

  @Test
  void copyFileRangePassesAllSixArguments() throws Exception {
    Files.writeString(tmp.resolve("a"), "abcdef");
    try (Fd in = dir.open("a", Linux.O_RDONLY);
        Fd out = dir.open("b", Linux.O_CREAT | Linux.O_RDWR)) {
      Scratch scratch = Scratch.current(sys);
      scratch.word(0, 2);
      scratch.word(1, 1);
      long words = scratch.words();
      assertEquals(3, sys.copyFileRange(in.get(), words, out.get(), words + 8, 3, 0));
      assertEquals("\0cde", Files.readString(tmp.resolve("b")));
      assertEquals(5, scratch.word(0));
      assertFails(Errno.EINVAL, sys.copyFileRange(in.get(), words, out.get(), words + 8, 3, 77));
      assertFails(Errno.EBADF, sys.copyFileRange(out.get(), words, in.get(), words + 8, 1, 0));
    }
  }

  @Test
  void ioctlAndFcntlAnswer() {
    try (Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDWR)) {
      assertEquals(0, sys.ioctl(fd.get(), Linux.FS_IOC_GETFLAGS, dir.data()));
      assertFails(Errno.ENOTTY, sys.ioctl(fd.get(), 0x5401, dir.data()));
      assertEquals(1, sys.fcntl(fd.get(), Linux.F_GETFD, 0));
      int copy = sys.fcntl(fd.get(), Linux.F_DUPFD_CLOEXEC, 0);
      assertNotEquals(fd.get(), copy);
      sys.close(copy);
    }
    assertFails(Errno.EBADF, sys.fcntl(BAD, Linux.F_GETFD, 0));
  }

  @Test
  void flockExcludesAnotherDescription() {
    try (Fd one = dir.open("f", Linux.O_CREAT | Linux.O_RDWR);
        Fd two = dir.open("f", Linux.O_RDWR)) {
      assertEquals(0, sys.flock(one.get(), Linux.LOCK_EX));
      assertFails(Errno.EAGAIN, sys.flock(two.get(), Linux.LOCK_EX | Linux.LOCK_NB));
      assertEquals(0, sys.flock(one.get(), Linux.LOCK_UN));
      assertEquals(0, sys.flock(two.get(), Linux.LOCK_EX | Linux.LOCK_NB));
    }
  }

  @Test
  void namesAreMadeAndRemoved() throws Exception {
    Requirements.needsRoot(sys);
    int fd = dir.fd();
    assertEquals(0, sys.mkdirat(fd, dir.name("d"), 0700));
    assertFails(Errno.EEXIST, sys.mkdirat(fd, dir.name("d"), 0700));
    assertEquals(0, sys.mknodat(fd, dir.name("p"), Linux.S_IFIFO | 0600, 0));
    assertFails(Errno.EEXIST, sys.mknodat(fd, dir.name("p"), Linux.S_IFIFO | 0600, 0));
    assertEquals(0, sys.symlinkat(dir.name2("target"), fd, dir.name("l")));
    assertFails(Errno.EEXIST, sys.symlinkat(dir.name2("target"), fd, dir.name("l")));
    assertEquals(6, sys.readlinkat(fd, dir.name("l"), dir.data(), 100));
    assertEquals("target", dir.text(6));
    assertFails(Errno.EINVAL, sys.readlinkat(fd, dir.name("d"), dir.data(), 100));
    assertEquals(0, sys.linkat(fd, dir.name("p"), fd, dir.name2("q"), 0));
    assertFails(Errno.EPERM, sys.linkat(fd, dir.name("d"), fd, dir.name2("e"), 0));
    assertFails(Errno.EISDIR, sys.unlinkat(fd, dir.name("d"), 0));
    assertFails(Errno.ENOTDIR, sys.unlinkat(fd, dir.name("p"), Linux.AT_REMOVEDIR));
    assertEquals(0, sys.unlinkat(fd, dir.name("d"), Linux.AT_REMOVEDIR));
    assertEquals(0, sys.unlinkat(fd, dir.name("p"), 0));
    assertFails(Errno.ENOENT, sys.unlinkat(fd, dir.name("p"), 0));
    assertTrue(Files.exists(tmp.resolve("q")));
  }

  @Test
  void renameat2ObeysItsFlags() throws Exception {
    Files.writeString(tmp.resolve("a"), "1");
    Files.writeString(tmp.resolve("b"), "2");
    int fd = dir.fd();
    int keep = Linux.RENAME_NOREPLACE;
    assertFails(Errno.EEXIST, sys.renameat2(fd, dir.name("a"), fd, dir.name2("b"), keep));
    int swap = Linux.RENAME_EXCHANGE;
    assertEquals(0, sys.renameat2(fd, dir.name("a"), fd, dir.name2("b"), swap));
    assertEquals("2", Files.readString(tmp.resolve("a")));
    assertEquals(0, sys.renameat2(fd, dir.name("a"), fd, dir.name2("b"), 0));
    assertFails(Errno.ENOENT, sys.renameat2(fd, dir.name("a"), fd, dir.name2("b"), 0));
    assertFails(Errno.EINVAL, sys.renameat2(fd, dir.name("b"), fd, dir.name2("c"), 99));
  }

  @Test
  void attributesAreChanged() throws Exception {
    Requirements.needsRoot(sys);
    Files.writeString(tmp.resolve("f"), "x");
    Files.createSymbolicLink(tmp.resolve("l"), Path.of("f"));
    int fd = dir.fd();
    assertEquals(0, sys.fchmodat(fd, dir.name("f"), 0751, 0));
    assertEquals(0751, mode("f"));
    assertEquals(0, sys.chmod(dir.name(tmp + "/f"), 0640));
    assertEquals(0640, mode("f"));
    try (Fd file = dir.open("f", Linux.O_RDONLY)) {
      assertEquals(0, sys.fchmod(file.get(), 0600));
      assertEquals(0600, mode("f"));
    }
    int nofollow = Linux.AT_SYMLINK_NOFOLLOW;
    assertEquals(0, sys.fchownat(fd, dir.name("l"), 11, 12, nofollow));
    assertEquals(11, Files.getAttribute(tmp.resolve("l"), "unix:uid", LinkOption.NOFOLLOW_LINKS));
    assertEquals(0, Files.getAttribute(tmp.resolve("f"), "unix:uid"));
    Scratch scratch = Scratch.current(sys);
    for (int i = 0; i < 4; i++) {
      scratch.word(i, i + 5);
    }
    assertEquals(0, sys.utimensat(fd, dir.name("f"), scratch.words(), 0));
    assertEquals(7, Files.getLastModifiedTime(tmp.resolve("f")).toInstant().getEpochSecond());
    assertFails(Errno.ENOENT, sys.fchmodat(fd, dir.name("none"), 0, 0));
    assertFails(Errno.ENOENT, sys.chmod(dir.name("/none/none"), 0));
    assertFails(Errno.EBADF, sys.fchmod(BAD, 0));
    assertFails(Errno.ENOENT, sys.fchownat(fd, dir.name("none"), 0, 0, 0));
    assertFails(Errno.ENOENT, sys.utimensat(fd, dir.name("none"), scratch.words(), 0));
  }

  private int mode(String name) throws Exception {
    return (int) Files.getAttribute(tmp.resolve(name), "unix:mode") & 07777;
  }

  @Test
  void xattrsByDescriptorAndByPath() throws Exception {
    Requirements.needsXattrs(sys, tmp, "user.");
    Files.writeString(tmp.resolve("f"), "x");
    String path = tmp.resolve("f").toString();
    try (Fd file = dir.open("f", Linux.O_RDONLY)) {
      int fd = file.get();
      long name = dir.name2("user.k");
      assertEquals(0, sys.fsetxattr(fd, name, dir.data("one"), 3, Linux.XATTR_CREATE));
      assertFails(Errno.EEXIST, sys.fsetxattr(fd, name, dir.data("one"), 3, Linux.XATTR_CREATE));
      assertEquals(3, sys.fgetxattr(fd, name, dir.data(), 100));
      assertEquals(3, sys.getxattr(dir.name(path), name, 0, 0));
      assertFails(Errno.ERANGE, sys.lgetxattr(dir.name(path), name, dir.data(), 2));
      assertEquals(7, sys.flistxattr(fd, dir.data(), 100));
      assertEquals(7, sys.listxattr(dir.name(path), dir.data(), 100));
      assertEquals(7, sys.llistxattr(dir.name(path), dir.data(), 100));
      assertEquals("user.k\0", dir.text(7));
      assertEquals(0, sys.fremovexattr(fd, name));
      assertFails(Errno.ENODATA, sys.fgetxattr(fd, name, dir.data(), 100));
      assertFails(Errno.ENODATA, sys.fremovexattr(fd, name));
      assertEquals(0, sys.setxattr(dir.name(path), name, dir.data("x"), 1, 0));
      assertEquals(0, sys.removexattr(dir.name(path), name));
      assertEquals(0, sys.lsetxattr(dir.name(path), name, dir.data("x"), 1, 0));
      assertEquals(0, sys.lremovexattr(dir.name(path), name));
      assertFails(Errno.ENODATA, sys.lremovexattr(dir.name(path), name));
      assertFails(Errno.ENODATA, sys.lsetxattr(dir.name(path), name, 0, 0, Linux.XATTR_REPLACE));
    }
    long none = dir.name("/none/none");
    long name = dir.name2("user.k");
    assertFails(Errno.ENOENT, sys.getxattr(none, name, 0, 0));
    assertFails(Errno.ENOENT, sys.lgetxattr(none, name, 0, 0));
    assertFails(Errno.ENOENT, sys.listxattr(none, 0, 0));
    assertFails(Errno.ENOENT, sys.llistxattr(none, 0, 0));
    assertFails(Errno.ENOENT, sys.setxattr(none, name, 0, 0, 0));
    assertFails(Errno.ENOENT, sys.removexattr(none, name));
    assertFails(Errno.EBADF, sys.flistxattr(BAD, 0, 0));
    assertFails(Errno.EBADF, sys.fsetxattr(BAD, name, 0, 0, 0));
  }

  @Test
  void handlesAndFilesystemNumbers() {
    NativeBytes.putInt(dir.data(), 128);
    long empty = Scratch.current(sys).empty();
    long mountId = Scratch.current(sys).words();
    int rc = sys.nameToHandleAt(dir.fd(), empty, dir.data(), mountId, Linux.AT_EMPTY_PATH);
    Requirements.require(rc == 0, "no file handles on this filesystem");
    Requirements.needsRoot(sys);
    int fd = sys.openByHandleAt(dir.fd(), dir.data(), Linux.O_PATH | Linux.O_CLOEXEC);
    assertTrue(fd >= 0);
    sys.close(fd);
    NativeBytes.putInt(dir.data(), 999);
    assertFails(Errno.EINVAL, sys.openByHandleAt(dir.fd(), dir.data(), Linux.O_PATH));
    assertFails(
        Errno.EBADF, sys.nameToHandleAt(BAD, empty, dir.data(), mountId, Linux.AT_EMPTY_PATH));
    assertEquals(0, sys.fstatfs(dir.fd(), dir.data()));
    assertTrue(NativeBytes.getLong(dir.data() + 8) > 0);
    assertFails(Errno.EBADF, sys.fstatfs(BAD, dir.data()));
  }
}
