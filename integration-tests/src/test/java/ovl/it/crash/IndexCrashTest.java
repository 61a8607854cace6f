package ovl.it.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/**
 * The daemon is killed while one process changes files of two names under one of them, and another
 * removes other names: with {@code index=on} each file is old or new under both its names, to ours
 * and to the kernel, and when all names are gone the index is empty.
 */
final class IndexCrashTest {
  private static final int ROUNDS = Integer.getInteger("ovl.crash.rounds", 2);
  private static final int FILES = 200;

  private static final String WRITER =
      "cd \"$1\" && for f in {0..199}; do printf x >>a/$f || exit; done 2>/dev/null";
  private static final String REMOVER =
      "cd \"$1\" && for f in {1..199..2}; do rm b/$f || exit; done 2>/dev/null";

  @Test
  void namesOfOneFileStayOneFile() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
        stack.feature("index=on");
        FsPath lower = stack.lowers().get(0);
        lower.at("b").mkdir();
        for (int i = 0; i < FILES; i++) {
          lower.at("a").mkdirs().at("" + i).file("content " + i).link(lower.at("b/" + i));
        }
        stack.mount();
        crash(stack, 20 + 60 * round);
        int changed = check(stack.merged());
        stack.unmount();
        stack.mountByKernel();
        assertEquals(changed, check(stack.merged()), "by the kernel");
        stack.remount();
        stack.merged().at("a").removeTree();
        stack.merged().at("b").removeTree();
        assertEquals(List.of(), stack.work().at("index").list());
      }
    }
  }

  private static void crash(Overlay stack, int copies) throws Exception {
    List<Process> processes = new ArrayList<>();
    for (String script : List.of(WRITER, REMOVER)) {
      String merged = stack.merged().toString();
      processes.add(new ProcessBuilder("bash", "-c", script, "bash", merged).start());
    }
    ProcessHandle daemon = stack.daemon();
    FsPath index = stack.work().at("index");
    while (index.list().size() < copies) {
      Thread.onSpinWait();
    }
    daemon.destroyForcibly();
    for (Process process : processes) {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "hangs after the daemon's end");
    }
    stack.awaitDaemonEnd();
    stack.detach();
    stack.mount();
    assertEquals(List.of(), stack.leftInWorkButWhiteout(), "work was not cleaned");
  }

  /** How many files are new. */
  private static int check(FsPath merged) {
    int changed = 0;
    List<String> left = merged.at("b").list();
    for (int i = 0; i < FILES; i++) {
      String name = "" + i;
      FsPath file = merged.at("a/" + i);
      String text = file.text();
      boolean isNew = text.equals("content " + i + "x");
      assertTrue(isNew || text.equals("content " + i), name + ": " + text);
      changed += isNew ? 1 : 0;
      assertEquals(left.contains(name) ? 2 : 1, file.stat().nlink(), name);
      if (left.contains(name)) {
        assertEquals(text, merged.at("b/" + i).text(), name);
        assertEquals(file.stat().ino(), merged.at("b/" + i).stat().ino(), name);
      }
    }
    return changed;
  }
}
