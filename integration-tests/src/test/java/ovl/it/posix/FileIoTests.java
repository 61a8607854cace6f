package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.Random;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Content: reading, writing, sizes, holes, mappings. */
interface FileIoTests extends Fixture {
  @Test
  default void largeFilesAreWrittenAndReadWhole() {
    byte[] content = new byte[20_000_003];
    new Random(1).nextBytes(content);
    mount();
    merged("f").file(content);
    assertArrayEquals(content, merged("f").read());
    assertArrayEquals(content, upper("f").read());
  }

  @Test
  default void appendersDoNotOverwriteEachOther() {
    lower("f").file("0");
    mount();
    int flags = Linux.O_WRONLY | Linux.O_APPEND;
    try (OpenFile a = merged("f").open(flags);
        OpenFile b = merged("f").open(flags)) {
      a.write("a");
      b.write("b");
      a.write("a");
    }
    assertEquals("0aba", merged("f").text());
  }

  @Test
  default void truncateOfALowerFileToNothingMovesItsTime() {
    lower("f").file("content").mtime(1_000_000_000L);
    mount();
    merged("f").truncate(0);
    assertNotEquals(1_000_000_000L, merged("f").stat().mtime());
  }

  @Test
  default void truncateCutsAndExtendsWithZeros() {
    lower("f").file("0123456789");
    mount();
    merged("f").truncate(4);
    assertEquals("0123", merged("f").text());
    merged("f").truncate(6);
    assertEquals("0123\0\0", merged("f").text());
    assertEquals("0123\0\0", upper("f").text());
  }

  @Test
  default void descriptorSeesTruncationByAnother() {
    lower("f").file("0123456789");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDWR)) {
      assertEquals("0123456789", file.pread(20, 0));
      merged("f").truncate(3);
      assertEquals("012", file.pread(20, 0));
      merged("f").open(Linux.O_WRONLY | Linux.O_TRUNC).close();
      assertEquals("", file.pread(20, 0));
      assertEquals(0, file.stat().size());
    }
  }

  @Test
  default void writePastTheEndLeavesZeros() {
    mount();
    try (OpenFile file = merged("f").open(Linux.O_CREAT | Linux.O_RDWR, 0644)) {
      file.pwrite("x", 5_000_000_000L);
      assertEquals(5_000_000_001L, file.stat().size());
      assertEquals("\0x", file.pread(5, 4_999_999_999L));
      assertEquals(5_000_000_001L, upper("f").stat().size());
    }
  }

  @Test
  default void fallocateReservesAndPunches() {
    lower("f").file("x".repeat(65536));
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDWR)) {
      file.fallocate(0, 65536, 65536);
      assertEquals(131072, file.stat().size());
      file.fallocate(Linux.FALLOC_FL_KEEP_SIZE, 131072, 65536);
      assertEquals(131072, file.stat().size());
      file.fallocate(Linux.FALLOC_FL_KEEP_SIZE | Linux.FALLOC_FL_PUNCH_HOLE, 4096, 4096);
      assertEquals("x\0", file.pread(2, 4095));
      assertEquals("\0x", file.pread(2, 8191));
    }
    assertEquals("x\0", upper("f").text().substring(4095, 4097));
  }

  @Test
  default void holesAndDataAreFound() {
    try (OpenFile file = lower("f").file("").open(Linux.O_RDWR)) {
      file.truncate(3 << 20);
      file.pwrite("d".repeat(4096), 1 << 20);
    }
    mount();
    assertHoles();
    merged("f").chmod(0600);
    assertHoles();
  }

  private void assertHoles() {
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      assertEquals(1 << 20, file.seek(0, Linux.SEEK_DATA));
      long hole = file.seek(1 << 20, Linux.SEEK_HOLE);
      // A copy-up may copy in larger pieces than a hole's edge.
      assertTrue(hole >= (1 << 20) + 4096 && hole <= 2 << 20, () -> "hole at " + hole);
      assertEquals(0, file.seek(0, Linux.SEEK_HOLE));
      assertErrno(Errno.ENXIO, () -> file.seek(2 << 20, Linux.SEEK_DATA));
    }
  }

  @Test
  default void copyFileRangeCopies() {
    lower("from").file("0123456789");
    mount();
    try (OpenFile from = merged("from").open(Linux.O_RDONLY);
        OpenFile to = merged("to").open(Linux.O_CREAT | Linux.O_RDWR, 0644)) {
      assertEquals(5, from.copyRangeTo(to, 2, 1, 5));
    }
    assertEquals("\00023456", merged("to").text());
  }

  @Test
  default void sharedMappingsWriteThrough() {
    lower("f").file("0123456789");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDWR);
        OpenFile.Mapping a = file.map(10, true);
        OpenFile.Mapping b = file.map(10, false)) {
      a.store("mapped");
      assertEquals("mapped6789", b.text());
      assertEquals("mapped6789", file.pread(20, 0));
      file.pwrite("W", 9);
      assertEquals("mapped678W", b.text());
    }
    assertEquals("mapped678W", merged("f").text());
    remount();
    assertEquals("mapped678W", merged("f").text());
    assertEquals("mapped678W", upper("f").text());
  }

  @Test
  default void storesToAMappingTakeMtimeOnward() throws InterruptedException {
    lower("f").file("0123456789");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDWR);
        OpenFile.Mapping mapping = file.map(10, true)) {
      long before = merged("f").stat().mtime();
      Thread.sleep(20); // a tick of the clock that stamps files
      mapping.store("mapped");
      file.fsync();
      assertTrue(merged("f").stat().mtime() > before, "the time from before is still shown");
    }
    assertEquals(upper("f").stat().mtime(), merged("f").stat().mtime());
  }

  @Test
  default void storesToAMappingOfANewFileTakeMtimeOnward() throws InterruptedException {
    mount();
    try (OpenFile file = merged("f").open(Linux.O_CREAT | Linux.O_RDWR, 0644)) {
      file.truncate(10);
      try (OpenFile.Mapping mapping = file.map(10, true)) {
        long before = file.stat().mtime();
        Thread.sleep(20); // as above
        mapping.store("mapped");
        file.fsync();
        assertTrue(file.stat().mtime() > before, "the time from before is still shown");
      }
    }
  }

  @Test
  default void handlesOfOneFileSeeEachOther() {
    mount();
    try (OpenFile maker = merged("f").open(Linux.O_CREAT | Linux.O_RDWR, 0644);
        OpenFile appender = merged("f").open(Linux.O_WRONLY | Linux.O_APPEND)) {
      maker.pwrite("0123456789", 0);
      appender.write("ab");
      merged("f").link(merged("g"));
      try (OpenFile reader = merged("g").open(Linux.O_RDONLY);
          OpenFile direct = merged("g").open(Linux.O_RDONLY | Linux.O_DIRECT);
          OpenFile.Mapping mapping = maker.map(10, true)) {
        mapping.store("MAP");
        assertEquals("MAP3456789ab", reader.pread(20, 0));
        assertEquals(12, direct.stat().size());
        maker.truncate(5);
        assertEquals(5, reader.stat().size());
        assertEquals("MAP34", reader.pread(20, 0));
        maker.fallocate(0, 0, 8192);
        assertEquals(8192, reader.stat().size());
        assertEquals(4, reader.copyRangeTo(maker, 0, 8192, 4));
        assertEquals(8196, appender.stat().size());
      }
    }
    assertEquals("MAP34", upper("g").text().substring(0, 5));
    assertEquals("MAP3", upper("f").text().substring(8192));
  }

  @Test
  default void mappingOutlivesItsDescriptorAndName() {
    lower("f").file("0123456789");
    mount();
    OpenFile file = merged("f").open(Linux.O_RDWR);
    try (OpenFile.Mapping mapping = file.map(10, true)) {
      file.close();
      merged("f").unlink();
      mapping.store("gone");
      assertEquals("gone456789", mapping.text());
    }
  }

  @Test
  default void programsRunFromEveryLayer() {
    Exec.ok("cp", "/bin/echo", lower("low").toString());
    mount();
    assertEquals("lower\n", Exec.ok(merged("low").toString(), "lower").out());
    Exec.ok("cp", "/bin/echo", merged("up").toString());
    assertEquals("upper\n", Exec.ok(merged("up").toString(), "upper").out());
    merged("low").chmod(0700);
    assertEquals("copied\n", Exec.ok(merged("low").toString(), "copied").out());
    merged("script").file("#!/bin/sh\nexec \"${0%/*}/low\" \"$@\"\n").chmod(0755);
    assertEquals("script\n", Exec.ok(merged("script").toString(), "script").out());
  }

  @Test
  default void writingTakesMtimeAndCtimeOnward() {
    lower("f").file("x").mtime(1_000_000_000L);
    mount();
    merged("f").append("y");
    Stat written = merged("f").stat();
    assertTrue(written.mtime() > 1_000_000_000L);
    merged("f").chmod(0600);
    assertEquals(written.mtime(), merged("f").stat().mtime());
    assertTrue(merged("f").stat().ctime() >= written.ctime());
  }

  @Test
  default void timesAreSetToTheNanosecond() {
    lower("f").file("");
    lower("d").mkdir();
    lower("l").symlink("x");
    mount();
    for (String name : java.util.List.of("f", "d", "l")) {
      merged(name).utimes(1_500_000_000_123_456_789L, 1_600_000_000_987_654_321L);
      assertEquals(1_500_000_000_123_456_789L, upper(name).stat().atime(), name);
      assertEquals(1_600_000_000_987_654_321L, merged(name).stat().mtime(), name);
      merged(name).mtime(1_000_000_001L);
      assertEquals(1_500_000_000_123_456_789L, upper(name).stat().atime(), name);
      assertEquals(1_000_000_001L, upper(name).stat().mtime(), name);
    }
  }

  @Test
  default void readingThroughAWriteOnlyDescriptorIsRefused() {
    lower("f").file("x");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_WRONLY)) {
      assertErrno(Errno.EBADF, () -> file.pread(1, 0));
    }
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      assertErrno(Errno.EBADF, () -> file.pwrite("x", 0));
    }
  }

  @Test
  default void openOfADirectoryForWritingIsRefused() {
    lower("d").mkdir();
    mount();
    assertErrno(Errno.EISDIR, () -> merged("d").open(Linux.O_WRONLY));
    assertErrno(Errno.ENOTDIR, () -> merged("d/../f").file("").open(Linux.O_DIRECTORY));
  }

  @Test
  default void syncsSucceed() {
    lower("d").mkdir().at("f").file("x");
    mount();
    try (OpenFile file = merged("d/f").open(Linux.O_RDWR);
        OpenFile dir = merged("d").open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      file.write("y");
      file.fsync();
      dir.fsync();
      dir.syncfs();
    }
    try (OpenFile file = merged("d/f").open(Linux.O_WRONLY | Linux.O_SYNC)) {
      file.write("z");
    }
    assertEquals("z", merged("d/f").text());
  }

  @Test
  default void synchronousAndDirectReadsSeeTheContent() {
    lower("f").file("x".repeat(8192));
    mount();
    String out = Exec.ok("dd", "if=" + merged("f"), "iflag=direct", "bs=4096", "status=none").out();
    assertEquals("x".repeat(8192), out);
  }

  @Test
  default void directWritesArriveInUpper() {
    lower("f").file("x".repeat(8192));
    mount();
    Exec.ok(
        "dd",
        "if=/dev/zero",
        "of=" + merged("f"),
        "oflag=direct",
        "conv=notrunc",
        "bs=4096",
        "count=1",
        "status=none");
    assertEquals("\0".repeat(4096) + "x".repeat(4096), upper("f").text());
    assertEquals("\0".repeat(4096) + "x".repeat(4096), merged("f").text());
  }
}
