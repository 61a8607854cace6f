package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.EnabledRings;
import ovl.it.overlay.MountKind;
import ovl.sys.Errno;
import ovl.sys.Linux;

/**
 * Requests and their data over io_uring, where the kernel is able to: the themes with the largest
 * and the smallest of them, many at once, and each way in which a mount ends.
 */
final class DevRingTest extends StackOfTest implements FileIoTests, XattrTests {
  /** More than keep the memory of large requests. */
  private static final int WRITERS = 16;

  /** More than wait for requests at first. */
  private static final int SYNCS = 40;

  private static final int FILES = 24;
  private static final int BIG = 256 << 20;

  private final ExecutorService clients = Executors.newCachedThreadPool();

  DevRingTest() {
    super(MountKind.DEV, Backing.EXT4, "--passthrough=off");
  }

  @AfterEach
  void endClients() {
    clients.shutdown();
  }

  @Override
  public void mount() {
    try (EnabledRings rings = new EnabledRings()) {
      overlay().mount();
    }
  }

  @Override
  public void remount() {
    overlay().unmount();
    mount();
  }

  @Test
  void eachCpuHasWorkersOfItsOwn() throws IOException {
    int cpus = Runtime.getRuntime().availableProcessors();
    String all = "Cpus_allowed_list:\t0-" + (cpus - 1) + "\n";
    boolean mayUseAll = text(Path.of("/proc/self"), "status").contains(all);
    if (!mayUseAll) {
      System.err.println("skipped: eachCpuHasWorkersOfItsOwn: not all CPUs may be used");
    }
    assumeTrue(mayUseAll, "not all CPUs may be used");
    mount();
    for (int cpu = 0; cpu < cpus; cpu++) {
      String prefix = "ovl-ring-" + cpu + "-";
      String where = "Cpus_allowed_list:\t" + cpu + "\n";
      List<Path> workers =
          tasks().stream().filter(task -> text(task, "comm").startsWith(prefix)).toList();
      assertFalse(workers.isEmpty(), prefix);
      assertTrue(workers.stream().allMatch(task -> text(task, "status").contains(where)), prefix);
    }
  }

  @Test
  void statusSaysWhereRequestsComeFrom() {
    mount();
    assertTrue(merged("").xattr("user.ovl-mount.status").contains("\nio-uring on\n"));
    overlay().unmount();
    overlay().option("--io-uring=off");
    mount();
    assertTrue(merged("").xattr("user.ovl-mount.status").contains("\nio-uring off\n"));
  }

  /** No io_uring for anybody: the offer is declined, before anything depends on it. */
  @Test
  void whereIoUringIsForbiddenTheDeviceIsRead() throws IOException {
    Path sysctl = Path.of("/proc/sys/kernel/io_uring_disabled"); // Linux 6.6
    try (EnabledRings rings = new EnabledRings()) {
      String before = Files.readString(sysctl);
      Files.writeString(sysctl, "2");
      try {
        overlay().mount();
      } finally {
        Files.writeString(sysctl, before);
      }
    }
    merged("f").file("text");
    assertEquals("text", upper("f").text());
    assertTrue(merged("").xattr("user.ovl-mount.status").contains("\nio-uring off\n"));
    assertTrue(tasks().stream().noneMatch(task -> text(task, "comm").startsWith("ovl-ring-")));
  }

  private List<Path> tasks() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc/" + overlay().daemon().pid() + "/task"))) {
      return all.toList();
    }
  }

  private static String text(Path task, String file) {
    try {
      return Files.readString(task.resolve(file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void copyUpKeepsNobodyWaiting() {
    overlay().skipLowerCheck();
    try (OpenFile big = lower("d").mkdir().at("big").file("").open(Linux.O_WRONLY)) {
      byte[] block = new byte[8 << 20];
      new Random(1).nextBytes(block);
      for (int i = 0; i < BIG / block.length; i++) {
        big.writeAll(block);
      }
    }
    for (int i = 0; i < 10_000; i++) {
      lower("d/s" + i).file("");
    }
    mount();
    CompletableFuture<Void> copyUp =
        CompletableFuture.runAsync(() -> merged("d/big").open(Linux.O_RDWR).close(), clients);
    int seen = 0;
    while (!copyUp.isDone() && seen < 10_000) {
      merged("d/s" + seen++).stat();
    }
    copyUp.join();
    assertTrue(seen > 20, "files seen during the copy-up of one: " + seen);
    assertEquals(BIG, upper("d/big").stat().size());
  }

  @Test
  void manyWritersHaveTheirOwnData() {
    mount();
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int writer = 0; writer < WRITERS; writer++) {
      FsPath dir = merged("w" + writer).mkdir();
      int seed = writer;
      writers.add(CompletableFuture.runAsync(() -> writeAndRead(dir, seed), clients));
    }
    writers.forEach(CompletableFuture::join);
    for (int writer = 0; writer < WRITERS; writer++) {
      assertEquals(FILES / 2, upper("w" + writer).list().size());
    }
  }

  private static void writeAndRead(FsPath dir, int seed) {
    Random random = new Random(seed);
    for (int i = 0; i < FILES; i++) {
      byte[] content = new byte[random.nextInt(1 << 18)];
      random.nextBytes(content);
      FsPath file = dir.at("f" + i).file(content);
      assertArrayEquals(content, file.read());
      byte[] value = Arrays.copyOf(content, 200);
      file.setXattr("user.x", value, 0);
      assertArrayEquals(value, file.xattrBytes("user.x"));
      if (i % 2 == 0) {
        file.unlink();
      }
    }
  }

  @Test
  void slowRequestsKeepNobodyWaiting() {
    mount();
    List<CompletableFuture<Void>> syncs = new ArrayList<>();
    for (int i = 0; i < SYNCS; i++) {
      FsPath file = merged("f" + i);
      syncs.add(CompletableFuture.runAsync(() -> writeAndSync(file), clients));
    }
    for (int i = 0; i < 1000; i++) {
      assertErrno(Errno.ENOENT, () -> merged("absent").stat());
    }
    syncs.forEach(CompletableFuture::join);
    assertEquals(SYNCS, upper("").list().size());
  }

  private static void writeAndSync(FsPath file) {
    try (OpenFile open = file.file("").open(Linux.O_WRONLY)) {
      for (int i = 0; i < 5; i++) {
        open.write("some text");
        open.fsync();
      }
    }
  }

  /** Not who waits but who asks: ECONNABORTED for a moment, then ENOTCONN. */
  @Test
  void killedDaemonLeavesErrorsAndNoWaiters() {
    mount();
    merged("f").file("text");
    overlay().daemon().destroyForcibly();
    overlay().awaitDaemonEnd();
    assertThrows(OsError.class, () -> merged("f").stat());
    overlay().detach();
  }

  @Test
  void lazyUnmountServesWhatIsOpen() {
    mount();
    try (OpenFile open = merged("f").file("text").open(Linux.O_RDWR)) {
      overlay().detach();
      open.write("TEXT");
      assertEquals("TEXT", open.pread(10, 0));
    }
    overlay().expectEnded();
    assertEquals("TEXT", upper("f").text());
  }

  @Test
  void terminatedDaemonUnmounts() {
    mount();
    merged("f").file("text");
    try (OpenFile open = merged("f").open(Linux.O_RDONLY)) {
      overlay().daemon().destroy();
      overlay().expectEnded();
      assertThrows(OsError.class, open::fsync); // ECONNABORTED, later ENOTCONN
    }
    assertEquals("text", upper("f").text());
  }
}
