package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ScratchTest {
  private static final int THREADS = 1000;

  /** The areas of so many threads would be ten times as much. */
  private static final long MOST_KIB = 24 << 10;

  private final Syscalls sys = Syscalls.load();

  @Test
  void areasOfWorkersEndWithThem() throws Exception {
    long before = addressSpaceKib();
    for (int i = 0; i < THREADS; i++) {
      finish(new ScratchThread(this::use, "scratch"));
    }
    assertGrownLittle(before);
  }

  @Test
  void areasOfOtherThreadsEndOnceTheyAreCollected() throws Exception {
    long before = addressSpaceKib();
    for (int i = 0; i < THREADS; i++) {
      finish(new Thread(this::use));
      if (i % 20 == 0) {
        System.gc();
      }
    }
    assertGrownLittle(before);
  }

  private void use() {
    Scratch.current(sys).path("/");
  }

  private static void finish(Thread thread) throws InterruptedException {
    thread.start();
    thread.join();
  }

  private static void assertGrownLittle(long before) throws IOException {
    long grown = addressSpaceKib() - before;
    assertTrue(grown < MOST_KIB, "grown by KiB: " + grown);
  }

  private static long addressSpaceKib() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmSize:")) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new IOException("no VmSize");
  }
}
