package ovl.it.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Syscalls;

/**
 * Which open files the kernel reads and writes by itself. What shows it is a daemon that is killed:
 * their descriptors go on working, all others say ENOTCONN.
 */
final class PassthroughTest {
  private static final Syscalls SYS = Syscalls.load();

  /** What the kernel says when the daemon has just ended; the other one over io_uring. */
  private static final Set<Integer> ENDING = Set.of(Errno.ECONNABORTED, Errno.ECANCELED);

  private final Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4);

  PassthroughTest() {
    stack.option("--passthrough=auto"); // whatever the run is for
  }

  @AfterEach
  void close() {
    stack.close();
  }

  private FsPath lower(String name) {
    return stack.lowers().get(0).at(name);
  }

  private FsPath merged(String name) {
    return stack.merged().at(name);
  }

  private static void assertNeedsNoDaemon(OpenFile file, String content) {
    assertEquals(content, file.pread(content.length(), 0));
    assertEquals("\0", file.pread(1, 1 << 20));
  }

  private static void assertNeedsDaemon(OpenFile file) {
    // Behind what the kernel has in its cache.
    OsError e = assertThrows(OsError.class, () -> file.pread(1, 1 << 20));
    boolean hasEnded = e.errno() == Errno.ENOTCONN; // from then on
    assertTrue(hasEnded || ENDING.contains(e.errno()), e::getMessage);
  }

  private static FsPath large(FsPath file) {
    file.truncate((1 << 20) + 1);
    return file;
  }

  @Test
  void filesOnUpperNeedNoDaemon() {
    large(lower("copied").file("lower"));
    stack.mount();
    try (OpenFile created = merged("new").open(Linux.O_CREAT | Linux.O_RDWR, 0644);
        OpenFile copied = copiedUp("copied");
        OpenFile unnamed = stack.merged().open(Linux.O_TMPFILE | Linux.O_RDWR, 0600)) {
      stack.killDaemon();
      created.pwrite("written alone", 0);
      unnamed.pwrite("this too", 0);
      assertEquals("written alone", created.pread(20, 0));
      assertEquals("this too", unnamed.pread(20, 0));
      assertNeedsNoDaemon(copied, "UPPER");
    }
    assertEquals("written alone", stack.upper().at("new").text());
  }

  private OpenFile copiedUp(String name) {
    try (OpenFile writer = merged(name).open(Linux.O_RDWR)) {
      writer.pwrite("UPPER", 0);
    }
    return merged(name).open(Linux.O_RDONLY);
  }

  /** Unless they are read by a handle that is open for writing as well. */
  @Test
  void smallFilesAreReadFromTheCache() {
    stack.mount();
    merged("f").file("small");
    merged("g").file("small");
    try (OpenFile reader = merged("f").open(Linux.O_RDONLY);
        OpenFile writer = merged("g").open(Linux.O_RDWR);
        OpenFile besides = merged("g").open(Linux.O_RDONLY)) {
      stack.killDaemon();
      assertNeedsDaemon(reader);
      writer.pwrite("SMALL", 0);
      assertEquals("SMALL", besides.pread(5, 0));
    }
  }

  @Test
  void filesOfAMountWithoutUpperNeedNoDaemon() {
    large(lower("f").file("lower"));
    stack.useReadOnly();
    stack.mount();
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      stack.killDaemon();
      assertNeedsNoDaemon(file, "lower");
    }
  }

  /** Else a descriptor would go on showing the lower content after a copy-up. */
  @Test
  void lowerFilesBelowAnUpperAreReadByTheDaemon() {
    large(lower("f").file("lower"));
    stack.mount();
    try (OpenFile before = merged("f").open(Linux.O_RDONLY)) {
      try (OpenFile writer = merged("f").open(Linux.O_RDWR)) {
        writer.pwrite("UPPER", 0);
        assertEquals("UPPER", before.pread(5, 0));
      }
      stack.killDaemon();
      assertNeedsDaemon(before);
    }
  }

  @Test
  void lowerFilesNeedNoDaemonIfAskedFor() {
    large(lower("f").file("lower"));
    stack.option("--passthrough=all");
    stack.mount();
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      stack.killDaemon();
      assertNeedsNoDaemon(file, "lower");
    }
  }

  @Test
  void openAfterACopyUpGetsTheUpperFileWhateverIsStillOpen() {
    large(lower("f").file("lower"));
    stack.option("--passthrough=all");
    stack.mount();
    long ino = merged("f").stat().ino();
    try (OpenFile before = merged("f").open(Linux.O_RDONLY);
        OpenFile writer = merged("f").open(Linux.O_RDWR);
        OpenFile creator = merged("f").open(Linux.O_RDWR | Linux.O_CREAT, 0644);
        OpenFile after = merged("f").open(Linux.O_RDONLY)) {
      writer.pwrite("UPPER", 0);
      creator.pwrite("+", 5);
      assertEquals("UPPER+", after.pread(6, 0));
      assertEquals("lower\0", before.pread(6, 0));
      assertEquals("lower\0", lower("f").peek().substring(0, 6));
      FsPath again = FsPath.of(Path.of("/proc/self/fd/" + before.fd()));
      OsError e = assertThrows(OsError.class, () -> again.open(Linux.O_RDONLY));
      assertEquals(Errno.ESTALE, e.errno());
      before.chmod(0600);
      for (OpenFile file : List.of(before, writer, after)) {
        assertEquals(ino, file.stat().ino());
        assertEquals((1 << 20) + 1, file.stat().size());
        assertEquals(0600, file.stat().permissions());
      }
      merged("f").rename(merged("g"));
      merged("g").append("!");
      assertEquals((1 << 20) + 2, before.stat().size());
      stack.killDaemon();
      assertNeedsNoDaemon(after, "UPPER+");
      assertNeedsNoDaemon(before, "lower");
    }
    assertEquals("UPPER+", stack.upper().at("g").text().substring(0, 6));
  }

  /** Found by the oracle: such a file has two inodes in the kernel, of which each has a name. */
  @Test
  void renameToAnotherNameOfAFileThatIsOpenTwiceDoesNothing() {
    large(lower("f").file("lower"));
    stack.option("--passthrough=all");
    stack.mount();
    try (OpenFile before = merged("f").open(Linux.O_RDONLY)) {
      merged("f").link(merged("g"));
      try (OpenFile after = merged("g").open(Linux.O_RDONLY)) {
        merged("f").rename(merged("g"), Linux.RENAME_WHITEOUT);
        merged("f").rename(merged("g"));
        assertEquals("lower", before.pread(5, 0));
        assertEquals("lower", after.pread(5, 0));
      }
    }
    assertEquals(List.of("f", "g"), stack.merged().list());
  }

  @Test
  void manyReadersAndWritersOfOneLowerFileNeverFail() throws Exception {
    stack.option("--passthrough=all");
    for (int i = 0; i < 40; i++) {
      large(lower("f" + i).file("lower"));
    }
    stack.mount();
    ExecutorService pool = Executors.newFixedThreadPool(6);
    try {
      for (int i = 0; i < 40; i++) {
        FsPath file = merged("f" + i);
        List<Future<?>> users = new ArrayList<>();
        for (int user = 0; user < 6; user++) {
          boolean writes = user >= 4;
          users.add(pool.submit(() -> openOften(file, writes)));
        }
        for (Future<?> user : users) {
          user.get(60, TimeUnit.SECONDS);
        }
        assertEquals("UPPER", file.text().substring(0, 5));
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static void openOften(FsPath path, boolean writes) {
    for (int i = 0; i < 20; i++) {
      try (OpenFile file = path.open(writes ? Linux.O_RDWR : Linux.O_RDONLY)) {
        if (writes) {
          file.pwrite("UPPER", 0);
        }
        assertTrue(List.of("lower", "UPPER").contains(file.pread(5, 0)));
      }
    }
  }

  @Test
  void canBeTurnedOff() {
    stack.option("--passthrough=off");
    stack.mount();
    large(merged("f").file("upper"));
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      stack.killDaemon();
      assertNeedsDaemon(file);
    }
  }

  /** As dd does for the last block, if that is not whole. */
  @Test
  void whatIsNotAlignedCanBeWrittenWhenODirectIsTakenAway() {
    stack.mount();
    FsPath file = merged("f").file("0123");
    try (OpenFile besides = file.open(Linux.O_RDWR);
        OpenFile open = file.open(Linux.O_RDWR | Linux.O_DIRECT)) {
      assertEquals(0, SYS.fcntl(open.fd(), Linux.F_SETFL, 0));
      open.pwrite("ab", 1);
      assertEquals("0ab3", open.pread(4, 0));
      assertEquals("0ab3", besides.pread(4, 0));
    }
    assertEquals("0ab3", stack.upper().at("f").text());
  }

  /** The kernel lets no more than two filesystems lie upon each other. */
  @Test
  void layersOnAnotherOverlayAreReadByTheDaemon() {
    FsPath base = stack.home().at("base").mkdir();
    FsPath stacked = stack.home().at("stacked").mkdir();
    large(base.at("f").file("stacked"));
    Exec.ok(
        "mount",
        "-t",
        "overlay",
        "-o",
        "lowerdir=" + base + ":" + stack.home().at("empty").mkdir(),
        "overlay",
        stacked.toString());
    try {
      stack.addLower(stacked);
      stack.skipLowerCheck(); // it is unmounted by then
      stack.useReadOnly();
      stack.option("--debug");
      stack.mount();
      try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
        assertEquals("stacked", file.pread(7, 0));
        stack.killDaemon();
        assertNeedsDaemon(file);
      }
      String log = stack.log();
      assertTrue(log.contains("no passthrough: ELOOP"), log);
    } finally {
      Exec.ok("umount", "-l", stacked.toString());
    }
  }

  @Test
  void otherOverlaysCanLieOnThisOne() {
    lower("f").file("lower");
    stack.mount();
    merged("g").file("upper");
    FsPath over = stack.home().at("over").mkdir();
    String layers = "lowerdir=" + stack.merged() + ":" + stack.lowers().get(1);
    Exec.ok("mount", "-t", "overlay", "-o", layers, "overlay", over.toString());
    try {
      assertEquals("lower", over.at("f").text());
      assertEquals("upper", over.at("g").text());
    } finally {
      Exec.ok("umount", over.toString());
    }
  }
}
