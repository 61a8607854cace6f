package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.testing.Errnos.assertErrno;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;
import ovl.testing.Disk;

final class DataCopyTest {
  private static final LongConsumer IGNORED = copied -> {};

  private final Syscalls sys = Layers.sys();
  private final Disk disk = new Disk(sys);

  @TempDir Path tmp;

  private Fd open(Path path, int flags) throws ErrnoException {
    long address = Scratch.current(sys).path(path.toString());
    return new Fd(sys, ErrnoException.check(sys.openat(Linux.AT_FDCWD, address, flags, 0600)));
  }

  private Path copy(Path from, long size) throws ErrnoException {
    return copy(from, size, true);
  }

  private Path copy(Path from, long size, boolean mayHaveHoles) throws ErrnoException {
    Path to = tmp.resolve("copy");
    try (Fd source = open(from, Linux.O_RDONLY);
        Fd target = open(to, Linux.O_RDWR | Linux.O_CREAT | Linux.O_TRUNC)) {
      new DataCopy(sys).copy(source.get(), target.get(), size, mayHaveHoles, IGNORED);
    }
    return to;
  }

  @Test
  void contentOfAnySizeIsEqual() throws Exception {
    Path from = tmp.resolve("from");
    for (int size : new int[] {0, 1, 4095, 4096, 4097, 1 << 16, (1 << 16) + 1, 3 << 20}) {
      byte[] content = new byte[size];
      new Random(size).nextBytes(content);
      Files.write(from, content);
      assertArrayEquals(content, Files.readAllBytes(copy(from, size, true)), "size " + size);
      assertArrayEquals(content, Files.readAllBytes(copy(from, size, false)), "size " + size);
    }
  }

  @Test
  void holesStayHoles() throws Exception {
    Path from = tmp.resolve("from");
    long size = 64L << 20;
    try (RandomAccessFile file = new RandomAccessFile(from.toFile(), "rw")) {
      file.setLength(size);
      file.seek(5 << 20);
      file.write("middle".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      file.seek(40 << 20);
      file.write(new byte[100_000]);
    }
    Path to = copy(from, size);
    assertEquals(size, Files.size(to));
    assertEquals(-1, Files.mismatch(from, to));
    assertTrue(disk.stat(to).blocks() * 512 < 1 << 20, disk.stat(to).blocks() + " blocks");
  }

  @Test
  void fileThatIsOneHoleTakesNoSpace() throws Exception {
    Path from = tmp.resolve("from");
    try (RandomAccessFile file = new RandomAccessFile(from.toFile(), "rw")) {
      file.setLength(1L << 32);
    }
    Path to = copy(from, 1L << 32);
    assertEquals(1L << 32, Files.size(to));
    assertEquals(0, disk.stat(to).blocks());
  }

  @Test
  void sourceThatShrankReadsAsZerosAtItsEnd() throws Exception {
    Path from = Files.write(tmp.resolve("from"), new byte[] {1, 2, 3});
    byte[] expected = {1, 2, 3, 0, 0};
    assertArrayEquals(expected, Files.readAllBytes(copy(from, 5, true)));
    assertArrayEquals(expected, Files.readAllBytes(copy(from, 5, false)));
  }

  @Test
  void otherFilesystemsAreCopiedToo() throws Exception {
    Path from = Path.of("/dev/shm", "ovl-datacopy-" + ProcessHandle.current().pid());
    ovl.testing.Requirements.require(Files.isWritable(Path.of("/dev/shm")), "needs /dev/shm");
    try {
      byte[] content = new byte[3_000_000];
      new Random(1).nextBytes(content);
      Files.write(from, content);
      assertArrayEquals(content, Files.readAllBytes(copy(from, content.length)));
    } finally {
      Files.deleteIfExists(from);
    }
  }

  @Test
  void failureToWriteIsReported() throws Exception {
    Path from = Files.write(tmp.resolve("from"), new byte[] {1, 2, 3});
    try (Fd source = open(from, Linux.O_RDONLY);
        Fd target = open(from, Linux.O_RDONLY)) {
      assertErrno(
          Errno.EBADF, () -> new DataCopy(sys).copy(source.get(), target.get(), 3, true, IGNORED));
      assertErrno(
          Errno.EBADF, () -> new DataCopy(sys).copy(source.get(), target.get(), 3, false, IGNORED));
    }
  }
}
