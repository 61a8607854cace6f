package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.testing.Errnos.assertErrno;
import static ovl.testing.Errnos.assertFails;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.testing.Requirements;

/** Statx, Dirents and Fd against files whose nature is known. */
final class StatxTest {
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

  private Statx statx(String name) {
    Statx stat = Scratch.current(sys).statx();
    int mask = Linux.STATX_BASIC_STATS | Linux.STATX_BTIME | Linux.STATX_MNT_ID;
    int flags = Linux.AT_SYMLINK_NOFOLLOW;
    assertEquals(0, sys.statx(dir.fd(), dir.name(name), flags, mask, stat));
    return stat;
  }

  @Test
  void fieldsAgreeWithWhatJavaSays() throws Exception {
    Path file = Files.writeString(tmp.resolve("f"), "12345");
    Files.createLink(tmp.resolve("g"), file);
    Map<String, Object> known = Files.readAttributes(file, "unix:*", LinkOption.NOFOLLOW_LINKS);
    Statx stat = statx("f");
    assertEquals(known.get("ino"), stat.ino());
    assertEquals(known.get("mode"), stat.mode());
    assertEquals(known.get("uid"), stat.uid());
    assertEquals(known.get("gid"), stat.gid());
    assertEquals(2, stat.nlink());
    assertEquals(5, stat.size());
    assertEquals(Files.getLastModifiedTime(file).toInstant().getEpochSecond(), stat.mtime());
    assertEquals(Files.getLastModifiedTime(file).toInstant().getNano(), stat.mtimeNsec());
    assertTrue(stat.isRegular());
    assertFalse(stat.isDirectory());
    assertTrue((stat.mask() & Linux.STATX_BASIC_STATS) == Linux.STATX_BASIC_STATS);
    assertTrue(stat.blksize() > 0 && stat.blocks() >= 0 && stat.mntId() > 0);
    assertTrue(stat.ctime() >= stat.btime());
    assertTrue(statx(".").isDirectory());
  }

  @Test
  void deviceNumbersAreApart() {
    Requirements.needsRoot(sys);
    assertEquals(0, sys.mknodat(dir.fd(), dir.name("c"), Linux.S_IFCHR | 0600, 0x0105));
    Statx stat = statx("c");
    assertEquals(1, stat.rdevMajor());
    assertEquals(5, stat.rdevMinor());
  }

  @Test
  void filesystemsDiffer() {
    long here = statx(".").dev();
    Statx proc = Scratch.current(sys).statx2();
    long path = dir.name("/proc");
    sys.statx(Linux.AT_FDCWD, path, 0, Linux.STATX_BASIC_STATS, proc);
    assertNotEquals(here, proc.dev());
  }

  @Test
  void failureIsNegativeErrno() {
    Statx at = Scratch.current(sys).statx();
    int mask = Linux.STATX_BASIC_STATS;
    assertFails(Errno.ENOENT, sys.statx(dir.fd(), dir.name("none"), 0, mask, at));
    assertFails(Errno.EBADF, sys.statx(9999, dir.name("none"), 0, mask, at));
    assertFails(Errno.ENOENT, sys.statx(dir.fd(), Scratch.current(sys).empty(), 0, mask, at));
  }

  @Test
  void direntsListEveryNameWithItsType() throws Exception {
    Map<String, Integer> expected = new TreeMap<>();
    for (int i = 0; i < 300; i++) {
      String name = "x".repeat(i % 100) + i;
      Files.createFile(tmp.resolve(name));
      expected.put(name, Linux.DT_REG);
    }
    Files.createDirectory(tmp.resolve("d"));
    expected.put("d", Linux.DT_DIR);
    Files.createSymbolicLink(tmp.resolve("l"), Path.of("d"));
    expected.put("l", Linux.DT_LNK);
    Map<String, Integer> listed = new TreeMap<>();
    Dirents dirents = Dirents.allocate(sys, 4096);
    int dots = 0;
    while (dirents.fill(dir.fd()) > 0) {
      while (dirents.next()) {
        byte[] name = dirents.name();
        assertEquals(name.length, dirents.nameLength());
        assertArrayEquals(name, NativeBytes.read(dirents.nameAddress(), name.length));
        assertTrue(dirents.ino() != 0);
        if (dirents.isDotOrDotDot()) {
          dots++;
        } else {
          listed.put(new String(name, StandardCharsets.US_ASCII), dirents.type());
        }
      }
    }
    dirents.close();
    assertEquals(2, dots);
    assertEquals(expected, listed);
  }

  @Test
  void listingGoesOnFromTheOffsetOfAnEntry() throws Exception {
    for (int i = 0; i < 10; i++) {
      Files.createFile(tmp.resolve("f" + i));
    }
    Dirents dirents = Scratch.current(sys).dirents();
    int seen = 0;
    while (dirents.fill(dir.fd(), 280) > 0 && dirents.next()) {
      seen++;
      sys.lseek(dir.fd(), dirents.offset(), Linux.SEEK_SET);
    }
    assertEquals(12, seen);
  }

  @Test
  void namesThatOnlyBeginWithDotsAreNames() throws Exception {
    for (String name : new String[] {".a", "...", "..b"}) {
      Files.createFile(tmp.resolve(name));
    }
    Dirents dirents = Scratch.current(sys).dirents();
    int names = 0;
    dirents.fill(dir.fd());
    while (dirents.next()) {
      names += dirents.isDotOrDotDot() ? 0 : 1;
    }
    assertEquals(3, names);
  }

  @Test
  void listingOfAFileFails() {
    try (Fd file = dir.open("f", Linux.O_CREAT | Linux.O_RDONLY)) {
      assertErrno(Errno.ENOTDIR, () -> Scratch.current(sys).dirents().fill(file.get()));
    }
  }

  @Test
  void fdClosesOnce() {
    Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDONLY);
    int number = fd.get();
    fd.close();
    assertFails(Errno.EBADF, sys.fcntl(number, Linux.F_GETFD, 0));
    assertThrows(IllegalStateException.class, fd::get);
    Fd reused = dir.open("f", Linux.O_RDONLY);
    fd.close();
    assertTrue(sys.fcntl(reused.get(), Linux.F_GETFD, 0) >= 0, "not closed by the old owner");
    reused.close();
  }

  @Test
  void releasedFdIsTheCallersToClose() {
    Fd fd = dir.open("f", Linux.O_CREAT | Linux.O_RDONLY);
    int number = fd.release();
    fd.close();
    assertThrows(IllegalStateException.class, fd::release);
    assertEquals(0, sys.close(number));
  }

  @Test
  void errnoExceptionsAreSharedAndNamed() throws Exception {
    assertEquals(ErrnoException.of(Errno.ENOENT), ErrnoException.of(Errno.ENOENT));
    assertEquals("ENOENT", ErrnoException.of(Errno.ENOENT).getMessage());
    assertEquals(0, ErrnoException.of(Errno.ENOENT).getStackTrace().length);
    assertEquals(4000, ErrnoException.of(4000).errno());
    assertEquals(7, ErrnoException.check(7));
    assertEquals(7L, ErrnoException.check(7L));
    assertErrno(Errno.EIO, () -> ErrnoException.check(-Errno.EIO));
    assertErrno(Errno.EIO, () -> ErrnoException.check((long) -Errno.EIO));
    assertEquals("errno 4000", Errno.name(4000));
  }
}
