package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class BindingTest {
  /** Of a JVM of its own, as a library is loaded once. */
  static final class InterruptedUse {
    private InterruptedUse() {}

    public static void main(String[] args) {
      Thread.currentThread().interrupt();
      boolean works = Syscalls.load().geteuid() >= 0;
      System.exit(works && Thread.currentThread().isInterrupted() ? 0 : 1);
    }
  }

  @Test
  void whoIsInterruptedCanBeTheFirst() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = System.getProperty("java.class.path");
    ProcessBuilder use =
        new ProcessBuilder(java, "-cp", classPath, InterruptedUse.class.getName()).inheritIO();
    assertEquals(0, use.start().waitFor());
  }
}
