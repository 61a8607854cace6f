package ovl.it.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/**
 * The daemon is killed in the middle of copy-ups by several processes. After {@code umount -l} and
 * a new mount each file is whole, the old one or the changed one, and nothing else is to be seen.
 * {@code -Dovl.crash.rounds=N} repeats it at more moments.
 */
abstract class CrashSuite {
  private static final int ROUNDS = Integer.getInteger("ovl.crash.rounds", 3);
  private static final int[] SIZES = {0, 1, 4097, 1 << 20, (8 << 20) + 1, 64 << 20};
  private static final int DIRS = 4;

  /** Later than this many files there is nothing in the middle any more. */
  private static final int LATEST = DIRS * (SIZES.length - 1);

  /** Appends a byte to one file after the other, each by way of a copy-up; ends with the mount. */
  private static final String WRITER =
      "for f in \"$1\"/f*; do printf x >>\"$f\" || exit; done 2>/dev/null";

  /** All that is in the files and about them, in the order of their names. */
  private static final String DESCRIBE =
      "cd \"$1\" && find . -type f | LC_ALL=C sort | while read -r f; do"
          + " echo \"$f $(sha256sum <\"$f\") $(stat -c %a \"$f\")"
          + " $(getfattr --only-values -n user.tag \"$f\")\"; done";

  private final MountKind kind;
  private final Backing backing;
  private final List<String> oldDigests = new ArrayList<>();
  private final List<String> newDigests = new ArrayList<>();

  CrashSuite(MountKind kind, Backing backing) {
    this.kind = kind;
    this.backing = backing;
  }

  @Test
  void everyFileIsOldOrNew() throws Exception {
    Random random = new Random(1);
    int copied = 0;
    for (int round = 0; round < ROUNDS; round++) {
      try (Overlay stack = new Overlay(kind, backing)) {
        fill(stack.lowers().get(0));
        stack.mount();
        copied += crash(stack, random.nextInt(LATEST));
      }
    }
    int all = ROUNDS * DIRS * SIZES.length;
    System.err.printf("%s on %s: %d files, new %d%n", kind, backing, all, copied);
    assertTrue(copied > 0 && copied < all, "no kill was in the middle: " + copied);
  }

  private void fill(FsPath lower) throws NoSuchAlgorithmException {
    oldDigests.clear();
    newDigests.clear();
    for (int i = 0; i < SIZES.length; i++) {
      byte[] content = new byte[SIZES[i]];
      new Random(i).nextBytes(content);
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      oldDigests.add(HexFormat.of().formatHex(digest.digest(content)));
      digest.update(content);
      newDigests.add(HexFormat.of().formatHex(digest.digest(new byte[] {'x'})));
      for (int dir = 0; dir < DIRS; dir++) {
        FsPath file = lower.at("d" + dir).mkdirs().at("f" + i).file(content);
        file.setXattr("user.tag", "tag" + i).chmod(0640);
      }
    }
  }

  /** Kills when that many files are in upper; how many of all were found new. */
  private int crash(Overlay stack, int moment) throws InterruptedException, IOException {
    ProcessHandle daemon = stack.daemon();
    List<Process> writers = new ArrayList<>();
    for (int i = 0; i < DIRS; i++) {
      String dir = stack.merged().at("d" + i).toString();
      writers.add(new ProcessBuilder("bash", "-c", WRITER, "bash", dir).start());
    }
    while (copiedUp(stack.upper()) < moment) {
      Thread.onSpinWait();
    }
    daemon.destroyForcibly();
    for (Process writer : writers) {
      assertTrue(writer.waitFor(60, TimeUnit.SECONDS), "a writer hangs after the daemon's end");
    }
    stack.awaitDaemonEnd();
    stack.detach();
    stack.mount();
    assertEquals(List.of(), stack.leftInWorkButWhiteout(), "work was not cleaned");
    int copied = check(stack);
    stack.remount();
    assertEquals(copied, check(stack), "new files after one more mount");
    return copied;
  }

  private static int copiedUp(FsPath upper) {
    int count = 0;
    for (int i = 0; i < DIRS; i++) {
      FsPath dir = upper.at("d" + i);
      count += dir.exists() ? dir.list().size() : 0;
    }
    return count;
  }

  private int check(Overlay stack) {
    List<String> lines =
        Exec.bash(DESCRIBE, stack.merged()).orFail("describe").out().lines().toList();
    int copied = 0;
    int at = 0;
    for (int dir = 0; dir < DIRS; dir++) {
      for (int i = 0; i < SIZES.length; i++) {
        String line = at < lines.size() ? lines.get(at++) : "nothing";
        String form = "./d" + dir + "/f" + i + " %s  - 640 tag" + i;
        boolean isNew = line.equals(String.format(form, newDigests.get(i)));
        assertTrue(isNew || line.equals(String.format(form, oldDigests.get(i))), line);
        copied += isNew ? 1 : 0;
      }
    }
    assertEquals(lines.size(), at, () -> "stray files: " + lines);
    return copied;
  }
}
