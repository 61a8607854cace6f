package ovl.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mount in a JVM whose program takes all of the heap for a while. */
final class OutOfMemoryTest {
  private static final String WORK =
      "cd \"$0\" && for i in $(seq 40); do echo x > f$i && cat f$i && mv f$i g$i && rm g$i && cat low$i; done";

  @TempDir private Path home;

  @BeforeEach
  void prepare() {
    OverlayMountTest.requireFuse();
  }

  /** The program: mounts, and has no memory left until it is told to go on. */
  static final class Hog {
    private Hog() {}

    public static void main(String[] args) throws Exception {
      Path home = Path.of(args[0]);
      OverlayMountBuilder builder = OverlayMount.builder().lower(home.resolve("low"));
      builder.upper(home.resolve("upper")).work(home.resolve("work"));
      try (OverlayMount mount = builder.mount(home.resolve("merged"))) {
        Thread hog = new Thread(Hog::takeAll);
        hog.start();
        System.out.println("mounted");
        System.in.read();
        hog.interrupt();
        hog.join();
        System.out.println("free");
        System.in.read();
      }
    }

    /** Almost all, as a heap without any room ends the threads that others wait for. */
    private static void takeAll() {
      List<byte[]> taken = new ArrayList<>();
      while (!Thread.currentThread().isInterrupted()) {
        try {
          taken.add(new byte[1 << 12]);
        } catch (OutOfMemoryError e) {
          if (Math.floorMod(System.nanoTime(), 20) == 0) {
            taken.clear();
          }
        }
      }
    }
  }

  /** Requests get an error meanwhile; none may leave a lock behind. */
  @Test
  void everythingWorksAgainWhenThereIsMemory() throws Exception {
    for (String name : new String[] {"low", "upper", "work", "merged"}) {
      Files.createDirectory(home.resolve(name));
    }
    for (int i = 1; i <= 40; i++) {
      Files.writeString(home.resolve("low/low" + i), "low");
    }
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = System.getProperty("java.class.path");
    Process hog =
        new ProcessBuilder(java, "-Xmx24m", "-cp", classPath, Hog.class.getName(), home.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader said = hog.inputReader()) {
      await(said, "mounted");
      for (int i = 0; i < 6; i++) {
        work(2); // whatever comes of it
      }
      hog.getOutputStream().write('\n');
      hog.getOutputStream().flush();
      await(said, "free");
      assertEquals(0, work(30));
    } finally {
      hog.destroyForcibly().waitFor();
      new ProcessBuilder("umount", "-l", home + "/merged").inheritIO().start().waitFor();
    }
  }

  private static void await(BufferedReader said, String wanted) throws IOException {
    String line = said.readLine();
    while (line != null && !line.equals(wanted)) {
      line = said.readLine();
    }
    assertEquals(wanted, line);
  }

  /** The exit status; 124 or 137 if it has not come to an end. */
  private int work(int seconds) throws Exception {
    Process process =
        new ProcessBuilder("timeout", "-k", "1", "" + seconds, "bash", "-c", WORK, home + "/merged")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertTrue(process.waitFor(seconds + 20, TimeUnit.SECONDS), "hangs for good");
    return process.exitValue();
  }
}
