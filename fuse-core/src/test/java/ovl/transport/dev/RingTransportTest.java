package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same over io_uring, where the kernel is able to. */
final class RingTransportTest extends DevFuseTransportTest {
  @BeforeEach
  void needsRings() {
    if (!EnabledRings.arePossible()) {
      System.err.println("RingTransportTest skipped: the kernel has no fuse.enable_uring");
    }
    usesIoUring = true;
    assumeTrue(EnabledRings.arePossible(), "the kernel has no fuse.enable_uring");
  }

  @Override
  void mount() throws Exception {
    try (EnabledRings rings = new EnabledRings()) {
      super.mount();
    }
  }

  @Test
  void requestsComeOverTheRings() throws Exception {
    mount();
    assertEquals("hello\n", run("ls", point.toString()));
    assertTrue(fs.callers.stream().allMatch(name -> name.startsWith("ovl-ring-")), this::callers);
    assertFalse(fs.callers.isEmpty());
  }

  @Test
  void withoutTheOptionTheyAreReadFromTheDevice() throws Exception {
    usesIoUring = false;
    mount();
    assertEquals("hello\n", run("ls", point.toString()));
    assertTrue(fs.callers.stream().allMatch(name -> name.startsWith("ovl-worker-")), this::callers);
    assertFalse(fs.callers.isEmpty());
  }

  /**
   * Who unmounts before the first worker has told the kernel of itself waits for ever, in
   * umount(2): the kernel then counts a worker that it never tells to go.
   */
  @Test
  void allWorkersAreWithTheKernelWhenItIsMounted() throws Exception {
    awaitNoRings(); // of another test's
    mount();
    List<Path> rings = ownRings();
    assertFalse(rings.isEmpty());
    for (Path ring : rings) {
      String info = Files.readString(Path.of("/proc/self/fdinfo").resolve(ring.getFileName()));
      assertFalse(info.contains("SqHead:\t0\n"), info);
    }
  }

  @Test
  void endLeavesNoWorkersAndNoRings() throws Exception {
    for (int i = 0; i < 10; i++) {
      DevFuseTransport again = new DevFuseTransport(sys);
      Process client = null;
      try (EnabledRings enabled = new EnabledRings()) {
        again.mount(new StubFs(), options(point));
      }
      assertTrue(again.usesIoUring());
      if (i % 2 == 1) {
        client = start("sh", "-c", "while stat " + point + "/hello; do :; done");
        client.getInputStream().read();
      }
      assertEquals("", run("umount", "-l", point.toString()));
      if (client != null) {
        client.destroyForcibly();
        client.waitFor();
      }
      again.awaitUnmounted();
    }
    awaitNoRings();
  }

  @Test
  void channelThatCannotBeMadeLeavesNoRing() throws Exception {
    awaitNoRings();
    FuseDevice closed = FuseDevice.open(sys);
    closed.close();
    assertThrows(
        IllegalStateException.class,
        () -> RingChannel.open(sys, closed, 0, new LargeBuffers()).close());
    assertEquals(List.of(), ownRings());
  }

  /** Each CPU has a queue of its own, which must not be left to the few who wait on it at first. */
  @Test
  void longRequestsOfOneCpuStarveNobodyThere() throws Exception {
    mount();
    Process[] blocked = new Process[40];
    for (int i = 0; i < blocked.length; i++) {
      blocked[i] = start("taskset", "-c", "0", "cat", point + "/slow");
    }
    while (fs.waiting.get() < blocked.length) {
      Thread.sleep(5);
    }
    blocked[0].destroyForcibly(); // ends when its request, which a worker has, is answered
    assertEquals("hello\n", run("taskset", "-c", "0", "ls", point.toString()));
    fs.letSlowGo.countDown();
    for (Process process : blocked) {
      assertTrue(process.waitFor(10, TimeUnit.SECONDS));
    }
  }

  /**
   * Where the system allows it, the processes go before the workers, so that most requests find
   * nobody waiting.
   */
  @Test
  void requestsThatFindNobodyWaitingAreNotForgotten() throws Exception {
    mount();
    String first = "chrt -f 1 true 2>/dev/null && chrt -f -p 1 $$ >&2;";
    String burst = "for i in $(seq 40); do cat " + point + "/slow & done; wait";
    Process blocked = start("taskset", "-c", "0", "sh", "-c", first + burst);
    while (fs.waiting.get() < 40) {
      Thread.sleep(5);
    }
    assertEquals("hello\n", run("taskset", "-c", "0", "ls", point.toString()));
    fs.letSlowGo.countDown();
    assertTrue(blocked.waitFor(10, TimeUnit.SECONDS));
  }

  private static void awaitNoRings() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!ownRings().isEmpty() && System.nanoTime() - end < 0) {
      Thread.sleep(5);
    }
    assertEquals(List.of(), ownRings());
  }

  private static List<Path> ownRings() throws IOException {
    List<Path> rings = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : all.toList()) {
        try {
          if (Files.readSymbolicLink(fd).toString().equals("anon_inode:[io_uring]")) {
            rings.add(fd);
          }
        } catch (NoSuchFileException e) {
          // Closed meanwhile, as that of the list itself.
        }
      }
    }
    return rings;
  }

  private String callers() {
    return fs.callers.toString();
  }
}
