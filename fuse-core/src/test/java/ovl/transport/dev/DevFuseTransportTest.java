package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.TransportOptions;

/**
 * Real mounts of {@link StubFs}. The mount is used by child processes only: this JVM serves it, and
 * a class or a safepoint that waits for it would wait for itself.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DevFuseTransportTest {
  final Syscalls sys = Syscalls.load();
  final StubFs fs = new StubFs();
  private final DevFuseTransport transport = new DevFuseTransport(sys);
  private boolean mounted;
  boolean usesIoUring;

  @TempDir Path temp;
  Path point;

  @BeforeEach
  void needsDevice() throws IOException {
    boolean usable = Files.isWritable(Path.of("/dev/fuse")) && sys.geteuid() == 0;
    if (!usable) {
      System.err.println("DevFuseTransportTest skipped: needs /dev/fuse and root");
    }
    assumeTrue(usable, "needs /dev/fuse and root");
    point = Files.createDirectory(temp.resolve("mnt"));
  }

  @AfterEach
  void leavesNoMount() throws Exception {
    if (mounted) {
      fs.letSlowGo.countDown();
      transport.unmount();
      transport.awaitUnmounted();
    }
    String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
    assertFalse(point != null && mounts.contains(point.toString()), "mount left behind");
  }

  TransportOptions options(Path mountpoint) {
    return new TransportOptions(
        mountpoint, "stub", "ovltest", true, false, true, false, 0, 0, false, true, usesIoUring);
  }

  void mount() throws Exception {
    transport.mount(fs, options(point));
    mounted = true;
  }

  static Process start(String... command) throws IOException {
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  static String run(String... command) throws IOException, InterruptedException {
    Process process = start(command);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(30, TimeUnit.SECONDS), "no end: " + String.join(" ", command));
    return output;
  }

  @Test
  void servesWhatTheFilesystemSays() throws Exception {
    mount();
    assertEquals("hello\n", run("ls", point.toString()));
    assertEquals(new String(StubFs.TEXT, StandardCharsets.US_ASCII), run("cat", point + "/hello"));
    assertEquals("2 644 18 900000000\n", run("stat", "-c", "%i %a %s %W", point + "/hello"));
    assertTrue(run("stat", point + "/absent").contains("No such file"));
    assertEquals("1000 500 400 255\n", run("stat", "-f", "-c", "%b %f %a %l", point.toString()));
    String line = run("grep", " " + point + " ", "/proc/self/mounts");
    assertTrue(line.startsWith("stub " + point + " fuse.ovltest rw"), line);
  }

  @Test
  void bugFailsTheRequestAlone() throws Exception {
    mount();
    assertTrue(run("cat", point + "/bug").contains("Input/output error"));
    assertEquals("hello\n", run("ls", point.toString()));
  }

  @Test
  void longRequestsStarveNobody() throws Exception {
    mount();
    Process[] blocked = new Process[20];
    for (int i = 0; i < blocked.length; i++) {
      blocked[i] = start("cat", point + "/slow");
    }
    while (fs.waiting.get() < blocked.length) {
      Thread.sleep(5);
    }
    blocked[0].destroy(); // the kernel tells of it by INTERRUPT, which gets no answer
    assertEquals("hello\n", run("ls", point.toString()));
    fs.letSlowGo.countDown();
    for (Process process : blocked) {
      assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void unmountByAnotherEndsAndDestroysOnce() throws Exception {
    mount();
    run("ls", point.toString());
    assertEquals("", run("umount", point.toString()));
    transport.awaitUnmounted();
    transport.unmount();
    assertEquals(1, fs.destroyed.get());
    mounted = false;
  }

  @Test
  void unmountEndsAlthoughAFileIsOpen() throws Exception {
    mount();
    Process holder = start("sh", "-c", "exec 3<" + point + "/hello; echo open; exec sleep 60");
    try {
      holder.getInputStream().read();
      final long begin = System.nanoTime();
      transport.unmount();
      transport.unmount();
      transport.awaitUnmounted();
      mounted = false;
      assertEquals(1, fs.destroyed.get());
      assertTrue(System.nanoTime() - begin < Duration.ofSeconds(10).toNanos());
    } finally {
      holder.destroyForcibly();
      holder.waitFor();
    }
  }

  @Test
  void notificationsReachTheKernel() throws Exception {
    mount();
    run("stat", point + "/hello");
    fs.notifier.invalidateAttributes(StubFs.FILE_ID);
    fs.notifier.invalidateAttributes(987);
    fs.notifier.prune(new long[] {StubFs.FILE_ID, 987});
    assertEquals("18\n", run("stat", "-c", "%s", point + "/hello"));
  }

  /** Linux 6.18; before it the kernel decides alone. */
  @Test
  void kernelForgetsWhatItIsAskedTo() throws Exception {
    mount();
    run("stat", point + "/hello");
    fs.notifier.prune(new long[] {StubFs.FILE_ID});
    boolean knows = fs.notifier.canPrune();
    if (!knows) {
      System.err.println("kernelForgetsWhatItIsAskedTo skipped: needs Linux 6.18");
    }
    assumeTrue(knows, "needs Linux 6.18");
    assertTrue(fs.forgotten.await(10, TimeUnit.SECONDS));
    assertEquals("18\n", run("stat", "-c", "%s", point + "/hello"));
  }

  @Test
  void refusesWhatIsNoDirectory() throws Exception {
    Path file = Files.createFile(temp.resolve("file"));
    assertEquals("mountpoint " + file + " is not a directory", refusal(file));
    Path absent = temp.resolve("absent");
    assertEquals("mountpoint " + absent + ": No such file or directory", refusal(absent));
    assertThrows(NoSuchFileException.class, () -> Files.size(absent));
    assertEquals(0, fs.destroyed.get());
  }

  private String refusal(Path mountpoint) {
    return assertThrows(MountException.class, () -> transport.mount(fs, options(mountpoint)))
        .getMessage();
  }
}
