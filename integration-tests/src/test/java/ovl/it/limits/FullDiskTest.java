package ovl.it.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Every verb on an upper without blocks, or without inodes, that are free. */
final class FullDiskTest {
  private static final long SIZE = 6 << 20;
  private static final String[] EXT4 = {"mkfs.ext4", "-q", "-F", "-m", "0", "-N", "64"};

  /** Larger than what a full ext4 still finds in its reserves. */
  private static final String CONTENT = "content ".repeat(40_000);

  /** Each works on objects of its own, which have its name. */
  private static final Map<String, Consumer<FsPath>> VERBS = new TreeMap<>();

  static {
    VERBS.put("append", p -> p.at("f").append("x"));
    VERBS.put("chmod", p -> p.at("f").chmod(0600));
    VERBS.put("chmoddir", p -> p.at("d").chmod(0700));
    VERBS.put("chown", p -> p.at("f").chown(1, 1));
    VERBS.put("create", p -> p.at("new").open(Linux.O_CREAT | Linux.O_WRONLY, 0600).close());
    VERBS.put("exchange", p -> p.at("f").rename(p.at("g"), Linux.RENAME_EXCHANGE));
    VERBS.put("link", p -> p.at("f").link(p.at("new")));
    VERBS.put("mkdir", p -> p.at("new").mkdir());
    VERBS.put("mknod", p -> p.at("new").mknod(Linux.S_IFIFO | 0600, 0, 0));
    VERBS.put("rename", p -> p.at("f").rename(p.at("new")));
    VERBS.put("replace", p -> p.at("f").rename(p.at("g")));
    VERBS.put("rmdir", p -> p.at("d").rmdir());
    VERBS.put("symlink", p -> p.at("new").symlink("target"));
    VERBS.put("tmpfile", p -> p.open(Linux.O_TMPFILE | Linux.O_WRONLY, 0600).close());
    VERBS.put("truncate", p -> p.at("f").truncate(10));
    VERBS.put("unlink", p -> p.at("f").unlink());
    VERBS.put("utimes", p -> p.at("f").utimes(1, 2));
    VERBS.put("write", p -> overwrite(p.at("f")));
    VERBS.put("xattr", p -> p.at("f").setXattr("user.a", "value"));
  }

  private static void overwrite(FsPath file) {
    try (OpenFile open = file.open(Linux.O_RDWR)) {
      open.pwrite("changed", 100_000);
    }
  }

  private static void fill(FsPath lower) {
    for (String verb : VERBS.keySet()) {
      FsPath dir = lower.at(verb).mkdir();
      dir.at("f").file(CONTENT);
      dir.at("g").file("other");
      dir.at("d").mkdir();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"inodes", "blocks"})
  void failureIsThatOfTheKernelAndLeavesNothing(String what) {
    Map<String, String> expected = outcomes(MountKind.KERNEL, what);
    Map<String, String> actual = outcomes(MountKind.DEV, what);
    if (what.equals("blocks")) {
      // ext4 finds the one block of a directory or does not, as its journal goes.
      List.of("mkdir", "chmoddir", "rmdir").forEach(name -> actual.put(name, expected.get(name)));
    }
    assertTrue(expected.containsValue("ENOSPC"), expected::toString);
    assertEquals(expected, actual);
  }

  private static Map<String, String> outcomes(MountKind kind, String what) {
    try (SmallDisk disk = new SmallDisk(SIZE, EXT4);
        Overlay overlay = new Overlay(kind, Backing.EXT4)) {
      overlay.allowErrorsInLog();
      fill(overlay.lowers().get(0));
      overlay.useUpper(disk.upper(), disk.work());
      overlay.mount();
      // Not the copy-up of the parents is what fails.
      VERBS.keySet().forEach(verb -> overlay.merged().at(verb).chmod(0755));
      Map<String, String> outcomes = new TreeMap<>();
      for (Map.Entry<String, Consumer<FsPath>> verb : VERBS.entrySet()) {
        if (what.equals("inodes")) {
          disk.takeInodes();
        } else {
          disk.takeBlocks();
        }
        outcomes.put(verb.getKey(), outcome(overlay, verb.getKey(), verb.getValue()));
      }
      disk.giveBack();
      repeatWithRoom(overlay, outcomes);
      return outcomes;
    }
  }

  private static String outcome(Overlay overlay, String name, Consumer<FsPath> verb) {
    final TreeSnapshot merged = snapshot(overlay.merged().at(name));
    final TreeSnapshot upper = snapshot(overlay.upper().at(name));
    try {
      verb.accept(overlay.merged().at(name));
      return "ok";
    } catch (OsError e) {
      merged.assertEqualTo(snapshot(overlay.merged().at(name)), TreeRules.none(), name);
      // That mark comes before what it announces, on the kernel too.
      TreeRules rules = TreeRules.none().ignore("\\.", "xattr.trusted.overlay.impure");
      upper.assertEqualTo(snapshot(overlay.upper().at(name)), rules, "upper " + name);
      return Errno.name(e.errno());
    } finally {
      assertEquals(List.of(), overlay.leftInWorkButWhiteout(), () -> "left in work: " + name);
    }
  }

  private static TreeSnapshot snapshot(FsPath dir) {
    return TreeSnapshot.of(dir, List.of(TreeSnapshot.Time.MTIME));
  }

  /** What failed for want of room succeeds once there is some. */
  private static void repeatWithRoom(Overlay overlay, Map<String, String> outcomes) {
    outcomes.forEach(
        (name, outcome) -> {
          if (!outcome.equals("ok")) {
            VERBS.get(name).accept(overlay.merged().at(name));
          }
        });
  }
}
