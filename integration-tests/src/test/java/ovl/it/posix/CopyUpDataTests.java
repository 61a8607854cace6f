package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** The bytes of a copy-up: whole, no more than needed, and never in the lower. */
interface CopyUpDataTests extends Fixture {
  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  default void writeInTheMiddleKeepsTheRest() {
    byte[] content = noise(3_000_001);
    lower("f").file(content);
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDWR)) {
      file.pwrite("CHANGED", 1_500_000);
    }
    byte[] expected = content.clone();
    System.arraycopy(FsPath.latin("CHANGED"), 0, expected, 1_500_000, 7);
    assertArrayEquals(expected, merged("f").read());
    assertArrayEquals(expected, upper("f").read());
    remount();
    assertArrayEquals(expected, merged("f").read());
  }

  @Test
  default void appendGoesBehindTheLowerContent() {
    lower("f").file("lower");
    mount();
    merged("f").append("+1");
    merged("f").append("+2");
    assertEquals("lower+1+2", upper("f").text());
  }

  @Test
  default void truncatingOpenStartsEmpty() {
    lower("f").file(noise(100_000)).chmod(0640);
    mount();
    try (OpenFile file = merged("f").open(Linux.O_WRONLY | Linux.O_TRUNC)) {
      assertEquals(0, file.stat().size());
      file.write("new");
    }
    assertEquals("new", upper("f").text());
    assertEquals(0640, upper("f").stat().permissions());
  }

  /** On a filesystem of its own for upper that cannot take the file: only room for a few pages. */
  private FsPath smallUpper() {
    FsPath small = overlay().home().at("small").mkdir();
    Exec.ok("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small.toString());
    overlay().useUpper(small.at("upper").mkdir(), small.at("work").mkdir());
    return small;
  }

  private void releaseSmallUpper(FsPath small) {
    if (overlay().isMounted()) {
      overlay().unmount();
    }
    Exec.ok("umount", small.toString());
  }

  @Test
  default void truncatingOpenCopiesNoData() {
    FsPath small = smallUpper();
    try {
      lower("f").file(noise(8 << 20)).chmod(0640);
      mount();
      merged("f").open(Linux.O_WRONLY | Linux.O_TRUNC).close();
      assertEquals(0, upper("f").stat().size());
      assertEquals(0640, upper("f").stat().permissions());
    } finally {
      releaseSmallUpper(small);
    }
  }

  @Test
  default void copyUpWithoutRoomFailsAndLeavesNothing() {
    FsPath small = smallUpper();
    overlay().allowErrorsInLog();
    try {
      byte[] content = noise(8 << 20);
      lower("d").mkdir().at("f").file(content);
      mount();
      assertErrno(Errno.ENOSPC, () -> merged("d/f").open(Linux.O_RDWR));
      assertErrno(Errno.ENOSPC, () -> merged("d/f").chmod(0600));
      assertFalse(upper("d/f").exists());
      assertEquals(List.of(), overlay().leftInWork());
      assertArrayEquals(content, merged("d/f").read());
      merged("d/small").file("fits");
    } finally {
      releaseSmallUpper(small);
    }
  }

  @Test
  default void copyUpToAnotherFilesystemIsWhole() {
    FsPath small = smallUpper();
    try {
      byte[] content = noise(300_000);
      lower("f").file(content).chmod(0640).setXattr("trusted.a", "b").mtime(77_000_000_001L);
      mount();
      final long ino = merged("f").stat().ino();
      merged("f").chmod(0600);
      assertArrayEquals(content, merged("f").read());
      assertEquals("b", upper("f").xattr("trusted.a"));
      assertEquals(77_000_000_001L, merged("f").stat().mtime());
      assertEquals(ino, merged("f").stat().ino());
    } finally {
      releaseSmallUpper(small);
    }
  }

  @Test
  default void holesAreKept() {
    try (OpenFile file = lower("f").file("").open(Linux.O_RDWR)) {
      file.truncate(200 << 20);
      file.pwrite("start", 0);
      file.pwrite("middle", 100 << 20);
    }
    mount();
    merged("f").chmod(0600);
    assertEquals(200 << 20, upper("f").stat().size());
    long blocks = upper("f").stat().blocks();
    assertTrue(blocks * 512 < 10 << 20, () -> "512-byte blocks in upper: " + blocks);
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      assertEquals("start", file.pread(5, 0));
      assertEquals("middle", file.pread(6, 100 << 20));
      assertEquals("\0", file.pread(1, 50 << 20));
    }
  }

  @Test
  default void emptyAndTinyFilesAreCopied() {
    lower("empty").file("");
    lower("tiny").file("t");
    mount();
    merged("empty").chmod(0600);
    merged("tiny").chmod(0600);
    assertEquals(0, upper("empty").stat().size());
    assertEquals("t", upper("tiny").text());
  }

  /** fuse-overlayfs 2.0 with passthrough writes into the lower here, and loses the write. */
  @Test
  default void writeAfterAnEarlierReadOpenNeverReachesTheLower() {
    lower("f").file("lower content");
    mount();
    try (OpenFile reader = merged("f").open(Linux.O_RDONLY)) {
      assertEquals("lower", reader.pread(5, 0));
      try (OpenFile writer = merged("f").open(Linux.O_RDWR)) {
        writer.pwrite("UPPER", 0);
        assertEquals("lower content", lower("f").peek());
        assertEquals("UPPER content", upper("f").text());
        assertEquals("UPPER content", merged("f").text());
        String seen = reader.pread(20, 0);
        assertTrue(List.of("lower content", "UPPER content").contains(seen), seen);
      }
      assertEquals("UPPER content", merged("f").text());
    }
    assertEquals("lower content", lower("f").peek());
    assertEquals("UPPER content", upper("f").text());
    assertEquals("UPPER content", merged("f").text());
    remount();
    assertEquals("UPPER content", merged("f").text());
  }

  @Test
  default void sharedMappingOfTheLowerNeverTakesAWrite() {
    lower("f").file("lower content");
    mount();
    try (OpenFile reader = merged("f").open(Linux.O_RDONLY);
        OpenFile.Mapping before = reader.map(13, false)) {
      assertEquals("lower content", before.text());
      try (OpenFile writer = merged("f").open(Linux.O_RDWR);
          OpenFile.Mapping after = writer.map(13, true)) {
        after.store("UPPER");
      }
      assertEquals("UPPER content", merged("f").text());
    }
    assertEquals("lower content", lower("f").peek());
    remount();
    assertEquals("UPPER content", merged("f").text());
  }

  @Test
  default void descriptorFromBeforeSeesTheNewContent() {
    lower("f").file("lower");
    mount();
    try (OpenFile reader = merged("f").open(Linux.O_RDONLY)) {
      merged("f").append("+upper");
      assertEquals("lower+upper", reader.pread(20, 0));
    }
  }

  @Test
  default void manyAtOnceCopyOneFileOnce() throws Exception {
    byte[] content = noise(2 << 20);
    for (int i = 0; i < 10; i++) {
      lower("d" + i).mkdir().at("f").file(content);
    }
    mount();
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> writes = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        final int writer = i;
        writes.add(pool.submit(() -> writeAt(merged("d" + writer / 8 + "/f"), writer % 8)));
      }
      for (Future<?> write : writes) {
        write.get(60, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdownNow();
    }
    for (int i = 0; i < 8; i++) {
      content[i * 1000] = (byte) ('0' + i);
    }
    for (int i = 0; i < 10; i++) {
      assertArrayEquals(content, merged("d" + i + "/f").read());
    }
  }

  private static void writeAt(FsPath path, int writer) {
    try (OpenFile file = path.open(Linux.O_RDWR)) {
      file.pwrite(Integer.toString(writer), writer * 1000L);
    }
  }
}
