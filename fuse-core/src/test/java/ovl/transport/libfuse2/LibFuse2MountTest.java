package ovl.transport.libfuse2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Dirents;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.TransportOptions;

/**
 * A real mount of a loopback filesystem, used through system calls of this JVM: a thread in a
 * system call does not hold up the others.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LibFuse2MountTest {
  private final Syscalls sys = Syscalls.load();

  @TempDir Path dir;

  private Path source;
  private Path mountpoint;
  private LoopbackFs fs;
  private LibFuse2Transport transport;

  @BeforeEach
  void mount() throws Exception {
    assumeTrue(sys.geteuid() == 0, "skipped: mounting without fusermount needs root");
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "skipped: no /dev/fuse");
    assumeTrue(hasLibrary(), "skipped: libfuse2 is not installed");
    source = Files.createDirectory(dir.resolve("source"));
    mountpoint = Files.createDirectory(dir.resolve("mnt"));
    fs = new LoopbackFs(sys, source.toString());
    transport = new LibFuse2Transport(sys);
    transport.mount(fs, options(mountpoint));
  }

  private static boolean hasLibrary() {
    try {
      return new JnrFuse() != null;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  private static TransportOptions options(Path mountpoint) {
    return new TransportOptions(
        mountpoint, "a,b\\c", "ovl", true, false, true, false, 0, 0, false, true, true);
  }

  @AfterEach
  void unmount() throws Exception {
    if (transport != null) {
      transport.unmount();
      transport.awaitUnmounted();
      assertEquals(1, fs.destroyed.get());
    }
  }

  private long path(byte[] name) {
    byte[] dirBytes = (mountpoint + "/").getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[dirBytes.length + name.length];
    System.arraycopy(dirBytes, 0, all, 0, dirBytes.length);
    System.arraycopy(name, 0, all, dirBytes.length, name.length);
    return Scratch.current(sys).path(all);
  }

  private long path(String name) {
    return path(name.getBytes(StandardCharsets.UTF_8));
  }

  private int open(String name, int flags, int mode) throws ErrnoException {
    return ErrnoException.check(sys.openat(Linux.AT_FDCWD, path(name), flags, mode));
  }

  private void create(String name) throws ErrnoException {
    sys.close(open(name, Linux.O_CREAT | Linux.O_EXCL | Linux.O_WRONLY, 0644));
  }

  private Statx stat(String name) throws ErrnoException {
    Statx st = Scratch.current(sys).statx();
    ErrnoException.check(
        sys.statx(
            Linux.AT_FDCWD, path(name), Linux.AT_SYMLINK_NOFOLLOW, Linux.STATX_BASIC_STATS, st));
    return st;
  }

  private int statErrno(String name) {
    Statx st = Scratch.current(sys).statx();
    return -sys.statx(Linux.AT_FDCWD, path(name), 0, Linux.STATX_BASIC_STATS, st);
  }

  private Statx fstat(int fd) throws ErrnoException {
    Statx st = Scratch.current(sys).statx();
    long empty = Scratch.current(sys).path(new byte[0]);
    ErrnoException.check(sys.statx(fd, empty, Linux.AT_EMPTY_PATH, Linux.STATX_BASIC_STATS, st));
    return st;
  }

  private void write(int fd, String content) throws ErrnoException {
    long address = Scratch.current(sys).value(content.getBytes(StandardCharsets.UTF_8));
    assertEquals(content.length(), ErrnoException.check(sys.write(fd, address, content.length())));
  }

  private String read(int fd) throws ErrnoException {
    long address = Scratch.current(sys).value();
    int length = (int) ErrnoException.check(sys.pread(fd, address, 60000, 0));
    return new String(NativeBytes.read(address, length), StandardCharsets.UTF_8);
  }

  @Test
  void procMountsShowsNameAndType() throws Exception {
    String mounts = Files.readString(Path.of("/proc/self/mounts"));
    String line = mounts.lines().filter(l -> l.contains(mountpoint.toString())).findFirst().get();
    assertTrue(line.startsWith("a,b\\134c " + mountpoint + " fuse.ovl rw,"), line);
    assertTrue(line.contains("default_permissions,allow_other"), line);
    assertFalse(line.contains("nosuid") || line.contains("nodev"), line);
  }

  @Test
  void namesAreBytes() throws Exception {
    byte[] name = {'a', (byte) 0xff, (byte) 0xfe, (byte) 0x80, 'z'};
    assertEquals(0, sys.mkdirat(Linux.AT_FDCWD, path(name), 0755));
    int real = sys.openat(Linux.AT_FDCWD, Scratch.current(sys).path(source + ""), 0, 0);
    try (Memory memory = Memory.map(sys, 100)) {
      long address = ovl.fs.Name.copyOf(memory, 0, name).address();
      int fd = sys.openat(real, address, Linux.O_DIRECTORY, 0);
      assertTrue(fd >= 0, Errno.name(-fd));
      sys.close(fd);
    }
    sys.close(real);
    byte[] link = {'l', (byte) 0xc0};
    byte[] target = {(byte) 0x80, '/', (byte) 0xff};
    long to = Scratch.current(sys).path2(target);
    assertEquals(0, sys.symlinkat(to, Linux.AT_FDCWD, path(link)));
    long value = Scratch.current(sys).value();
    assertEquals(3, sys.readlinkat(Linux.AT_FDCWD, path(link), value, 100));
    assertArrayEquals(target, NativeBytes.read(value, 3));
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path(name), Linux.AT_REMOVEDIR));
  }

  @Test
  void failuresArriveAsErrno() throws Exception {
    create("file");
    assertEquals(Errno.ENOENT, statErrno("missing"));
    assertEquals(Errno.ENOTDIR, statErrno("file/below"));
    assertEquals(-Errno.EEXIST, sys.mkdirat(Linux.AT_FDCWD, path("file"), 0755));
    assertEquals(-Errno.ENOENT, sys.unlinkat(Linux.AT_FDCWD, path("missing"), 0));
    assertEquals(0, sys.mkdirat(Linux.AT_FDCWD, path("d"), 0755));
    create("d/x");
    assertEquals(-Errno.ENOTEMPTY, sys.unlinkat(Linux.AT_FDCWD, path("d"), Linux.AT_REMOVEDIR));
    long name = Scratch.current(sys).list();
    NativeBytes.write(name, "user.none\0".getBytes(StandardCharsets.UTF_8));
    assertEquals(-Errno.ENODATA, sys.getxattr(path("file"), name, 0, 0));
    assertEquals(
        -Errno.EINVAL,
        sys.renameat2(
            Linux.AT_FDCWD,
            path("file"),
            Linux.AT_FDCWD,
            Scratch.current(sys).path2((mountpoint + "/other").getBytes(StandardCharsets.UTF_8)),
            Linux.RENAME_NOREPLACE));
  }

  @Test
  void bugBecomesEio() throws Exception {
    fs.explosive = "boom".getBytes(StandardCharsets.UTF_8);
    assertEquals(Errno.EIO, statErrno("boom"));
    assertEquals(Errno.ENOENT, statErrno("other"));
  }

  @Test
  void largeReadsAndWritesAreExact() throws Exception {
    int size = 5 * 1024 * 1024 + 123;
    byte[] content = new byte[size];
    new Random(1).nextBytes(content);
    try (Memory memory = Memory.map(sys, size)) {
      NativeBytes.write(memory.address(), content);
      int fd = open("big", Linux.O_CREAT | Linux.O_RDWR, 0644);
      assertEquals(size, sys.pwrite(fd, memory.address(), size, 0));
      sys.close(fd);
      assertArrayEquals(content, Files.readAllBytes(source.resolve("big")));
      memory.buffer().put(0, new byte[size]);
      fd = open("big", Linux.O_RDONLY, 0);
      assertEquals(size, sys.pread(fd, memory.address(), size, 0));
      sys.close(fd);
      assertArrayEquals(content, NativeBytes.read(memory.address(), size));
    }
    assertEquals(1 << 17, fs.largestRequest.get());
  }

  @Test
  void attributesAreThoseOfTheFile() throws Exception {
    assertEquals(0, sys.mknodat(Linux.AT_FDCWD, path("dev"), Linux.S_IFCHR | 0640, 0x12305));
    Statx st = stat("dev");
    assertEquals(0x123, st.rdevMajor());
    assertEquals(5, st.rdevMinor());
    assertEquals(Linux.S_IFCHR | 0640, st.mode());
    long ino = st.ino();
    assertEquals(Files.getAttribute(source.resolve("dev"), "unix:ino"), ino);
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, -5);
    scratch.word(1, 123456789);
    scratch.word(2, 1L << 33);
    scratch.word(3, 987654321);
    assertEquals(0, sys.utimensat(Linux.AT_FDCWD, path("dev"), scratch.words(), 0));
    st = stat("dev");
    assertEquals(-5, st.atime());
    assertEquals(123456789, st.atimeNsec());
    assertEquals(1L << 33, st.mtime());
    assertEquals(987654321, st.mtimeNsec());
    scratch.word(0, 77);
    scratch.word(1, 7);
    scratch.word(3, Linux.UTIME_OMIT);
    assertEquals(0, sys.utimensat(Linux.AT_FDCWD, path("dev"), scratch.words(), 0));
    st = stat("dev");
    assertEquals(77, st.atime());
    assertEquals(1L << 33, st.mtime());
    assertEquals(0, sys.fchownat(Linux.AT_FDCWD, path("dev"), 12345, -1, 0));
    st = stat("dev");
    assertEquals(12345, st.uid());
    assertEquals(0, st.gid());
  }

  @Test
  void umaskIsTheCallers() throws Exception {
    assertEquals(0, sys.mkdirat(Linux.AT_FDCWD, path("d"), 0777));
    assertEquals(umask(), fs.lastCaller.umask());
    assertEquals(Linux.S_IFDIR | 0777 & ~umask(), stat("d").mode());
    assertEquals(0, fs.lastCaller.uid());
  }

  private static int umask() throws Exception {
    return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
        .filter(line -> line.startsWith("Umask:"))
        .mapToInt(line -> Integer.parseInt(line.substring(6).trim(), 8))
        .findFirst()
        .getAsInt();
  }

  @Test
  void removedFileLivesOnWhileOpen() throws Exception {
    int fd = open("f", Linux.O_CREAT | Linux.O_RDWR, 0600);
    write(fd, "before");
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path("f"), 0));
    assertEquals(0, source.toFile().list().length, "nothing hidden on disk");
    write(fd, " after");
    assertEquals("before after", read(fd));
    assertEquals(12, fstat(fd).size());
    assertEquals(0, fstat(fd).nlink());
    assertEquals(0, sys.fchmod(fd, 0640));
    assertEquals(Linux.S_IFREG | 0640, fstat(fd).mode());
    assertEquals(0, sys.ftruncate(fd, 3));
    assertEquals("bef", read(fd));
    create("f");
    assertEquals(0, stat("f").size());
    sys.close(fd);
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path("f"), 0));
  }

  @Test
  void directoryOfRemovedOpenFileCanBeRemoved() throws Exception {
    assertEquals(0, sys.mkdirat(Linux.AT_FDCWD, path("d"), 0755));
    int fd = open("d/f", Linux.O_CREAT | Linux.O_RDWR, 0600);
    write(fd, "x");
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path("d/f"), 0));
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path("d"), Linux.AT_REMOVEDIR));
    assertEquals("x", read(fd));
    assertEquals(1, fstat(fd).size());
    assertEquals(0, fstat(fd).nlink());
    sys.close(fd);
  }

  @Test
  void removedDirectoryThatIsOpenCanBeExamined() throws Exception {
    assertEquals(0, sys.mkdirat(Linux.AT_FDCWD, path("d"), 0711));
    int fd = open("d", Linux.O_DIRECTORY, 0);
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path("d"), Linux.AT_REMOVEDIR));
    assertEquals(Linux.S_IFDIR | 0711, fstat(fd).mode());
    assertEquals(0, fstat(fd).nlink());
    sys.close(fd);
  }

  @Test
  void renameOverOpenFileKeepsIt() throws Exception {
    int old = open("to", Linux.O_CREAT | Linux.O_RDWR, 0600);
    write(old, "old");
    int fd = open("from", Linux.O_CREAT | Linux.O_RDWR, 0600);
    write(fd, "newer");
    sys.close(fd);
    rename("from", "to");
    assertEquals(List.of("to"), List.of(source.toFile().list()));
    assertEquals("old", read(old));
    assertEquals(3, fstat(old).size());
    sys.close(old);
    assertEquals(5, stat("to").size());
    assertEquals(Errno.ENOENT, statErrno("from"));
  }

  @Test
  void userMayNameFilesAsLibfuseDoes() throws Exception {
    String hidden = ".fuse_hidden0123456789abcdef";
    create("from");
    rename("from", hidden);
    assertEquals(List.of(hidden), List.of(source.toFile().list()));
    int fd = open(hidden, Linux.O_RDONLY, 0);
    create("again");
    rename("again", hidden);
    assertEquals(List.of(hidden), List.of(source.toFile().list()));
    sys.close(fd);
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path(hidden), 0));
  }

  private void rename(String from, String to) {
    long target =
        Scratch.current(sys).path2((mountpoint + "/" + to).getBytes(StandardCharsets.UTF_8));
    assertEquals(0, sys.renameat2(Linux.AT_FDCWD, path(from), Linux.AT_FDCWD, target, 0));
  }

  @Test
  void renamedDirectoryTakesItsFilesAlong() throws Exception {
    assertEquals(0, sys.mkdirat(Linux.AT_FDCWD, path("a"), 0755));
    create("a/f");
    int fd = open("a/f", Linux.O_RDWR, 0);
    rename("a", "b");
    assertEquals(Errno.ENOENT, statErrno("a/f"));
    assertEquals(0, stat("b/f").size());
    assertEquals(0, sys.mkdirat(Linux.AT_FDCWD, path("a"), 0755));
    assertEquals(Errno.ENOENT, statErrno("a/f"));
    write(fd, "here");
    sys.close(fd);
    assertEquals("here", Files.readString(source.resolve("b/f")));
  }

  @Test
  void hardLinksShowTheSameAttributes() throws Exception {
    create("a");
    long target = Scratch.current(sys).path2((mountpoint + "/b").getBytes(StandardCharsets.UTF_8));
    assertEquals(0, sys.linkat(Linux.AT_FDCWD, path("a"), Linux.AT_FDCWD, target, 0));
    assertEquals(2, stat("a").nlink());
    int fd = open("b", Linux.O_WRONLY, 0);
    write(fd, "by b");
    sys.close(fd);
    assertEquals(4, stat("a").size());
    assertEquals(0, sys.chmod(path("b"), 0600));
    assertEquals(Linux.S_IFREG | 0600, stat("a").mode());
    fd = open("a", Linux.O_RDONLY, 0);
    assertEquals("by b", read(fd));
    sys.close(fd);
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path("b"), 0));
    assertEquals(1, stat("a").nlink());
  }

  @Test
  void removedNameOfALinkedOpenFileLeavesTheOther() throws Exception {
    int fd = open("a", Linux.O_CREAT | Linux.O_RDWR, 0600);
    long target = Scratch.current(sys).path2((mountpoint + "/b").getBytes(StandardCharsets.UTF_8));
    assertEquals(0, sys.linkat(Linux.AT_FDCWD, path("a"), Linux.AT_FDCWD, target, 0));
    assertEquals(0, sys.unlinkat(Linux.AT_FDCWD, path("a"), 0));
    assertEquals(1, fstat(fd).nlink());
    assertEquals(1, stat("b").nlink());
    sys.close(fd);
  }

  @Test
  void extendedAttributesRoundTrip() throws Exception {
    create("f");
    long name = Scratch.current(sys).list();
    NativeBytes.write(name, "user.x\0".getBytes(StandardCharsets.UTF_8));
    byte[] value = {1, 0, (byte) 0xff};
    long address = Scratch.current(sys).value(value);
    assertEquals(0, sys.setxattr(path("f"), name, address, 3, Linux.XATTR_CREATE));
    assertEquals(-Errno.EEXIST, sys.setxattr(path("f"), name, address, 3, Linux.XATTR_CREATE));
    assertEquals(3, sys.getxattr(path("f"), name, 0, 0));
    assertEquals(-Errno.ERANGE, sys.getxattr(path("f"), name, address, 2));
    assertEquals(3, sys.getxattr(path("f"), name, address, 100));
    assertArrayEquals(value, NativeBytes.read(address, 3));
    int length = (int) sys.listxattr(path("f"), address, 60000);
    assertTrue(
        new String(NativeBytes.read(address, length), StandardCharsets.UTF_8).contains("user.x\0"));
    assertEquals(0, sys.removexattr(path("f"), name));
    assertEquals(-Errno.ENODATA, sys.removexattr(path("f"), name));
  }

  @Test
  void allocationAndStatfs() throws Exception {
    int fd = open("f", Linux.O_CREAT | Linux.O_RDWR, 0600);
    assertEquals(0, sys.fallocate(fd, 0, 0, 1 << 20));
    assertEquals(1 << 20, fstat(fd).size());
    assertEquals(2048, fstat(fd).blocks());
    assertEquals(0, sys.fsync(fd));
    assertEquals(0, sys.fdatasync(fd));
    long buffer = Scratch.current(sys).value();
    assertEquals(0, sys.fstatfs(fd, buffer));
    assertEquals(255, NativeBytes.getLong(buffer + 64));
    assertEquals(0, sys.ioctl(fd, Linux.FS_IOC_GETFLAGS, buffer));
    sys.close(fd);
    fd = open(".", Linux.O_DIRECTORY, 0);
    assertEquals(0, sys.fsync(fd));
    assertEquals(0, sys.ioctl(fd, Linux.FS_IOC_GETFLAGS, buffer));
    sys.close(fd);
  }

  @Test
  void largeDirectoryIsListedOnceAndCanBeSought() throws Exception {
    Path big = Files.createDirectory(source.resolve("big"));
    int count = 20_000;
    for (int i = 0; i < count; i++) {
      Files.createFile(big.resolve("a-rather-long-name-for-a-file-" + i));
    }
    int fd = open("big", Linux.O_DIRECTORY, 0);
    Dirents block = Dirents.allocate(sys, 1 << 15);
    Set<String> seen = new HashSet<>();
    long middle = 0;
    String afterMiddle = null;
    while (block.fill(fd) > 0) {
      while (block.next()) {
        String name = new String(block.name(), StandardCharsets.UTF_8);
        assertTrue(seen.add(name), name);
        if (middle != 0 && afterMiddle == null) {
          afterMiddle = name;
        }
        if (seen.size() == count / 2) {
          middle = block.offset();
        }
      }
    }
    assertEquals(count + 2, seen.size());
    assertEquals(middle, sys.lseek(fd, middle, Linux.SEEK_SET));
    assertTrue(block.fill(fd) > 0, "seekdir after the end");
    block.next();
    assertEquals(afterMiddle, new String(block.name(), StandardCharsets.UTF_8));
    assertEquals(0, sys.lseek(fd, 0, Linux.SEEK_SET));
    assertTrue(block.fill(fd) > 0);
    block.close();
    sys.close(fd);
  }

  @Test
  void secondUnmountDoesNothing() throws Exception {
    transport.unmount();
    transport.unmount();
    transport.awaitUnmounted();
    transport.unmount();
    assertEquals(0, fs.references());
  }

  @Test
  void busyMountIsDetached() throws Exception {
    int fd = open("f", Linux.O_CREAT | Linux.O_RDWR, 0600);
    transport.unmount();
    transport.unmount();
    write(fd, "still");
    assertEquals(0, fs.destroyed.get());
    sys.close(fd);
    transport.awaitUnmounted();
    // The release of the last descriptor may be dropped by the kernel; destroy does its work then.
    assertEquals(1, fs.destroyed.get());
    assertEquals("still", Files.readString(source.resolve("f")));
  }

  @Test
  void unmountBySomebodyElseEndsTheTransport() throws Exception {
    long target = Scratch.current(sys).path(mountpoint.toString());
    assertEquals(0, sys.umount2(target, 0));
    transport.awaitUnmounted();
    assertEquals(0, fs.references());
  }

  @Test
  void missingMountpointIsOneLine() {
    MountException e =
        assertThrows(
            MountException.class,
            () -> new LibFuse2Transport(sys).mount(fs, options(dir.resolve("none"))));
    assertFalse(e.getMessage().contains("\n"));
  }
}
