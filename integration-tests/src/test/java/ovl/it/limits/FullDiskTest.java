package ovl.it.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.FsPath;
import ovl.it.os.OsError;
import ovl.it.os.Programs;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;

/**
 * Every verb on an upper without blocks, inodes or quota that are free, and on one that is gone.
 */
final class FullDiskTest {
  private static final long SIZE = 6 << 20;
  private static final String[] EXT4 = {"mkfs.ext4", "-q", "-F", "-m", "0", "-N", "64"};
  private static final long LARGER_SIZE = 320 << 20;

  /** Larger than what a full ext4 still finds in its reserves. */
  private static final String CONTENT = "content ".repeat(40_000);

  private static void fill(FsPath lower) {
    Verbs.ALL.keySet().forEach(verb -> Verbs.fill(lower.at(verb).mkdir(), CONTENT));
  }

  @ParameterizedTest
  @ValueSource(strings = {"inodes", "blocks"})
  void failureIsThatOfTheKernelAndLeavesNothing(String what) {
    Map<String, String> expected = outcomes(MountKind.KERNEL, what);
    Map<String, String> actual = outcomes(MountKind.DEV, what);
    if (what.equals("blocks")) {
      // ext4 finds the one block of a directory or does not, as its journal goes.
      List.of("mkdir", "chmoddir", "renamedir", "rmdir")
          .forEach(name -> actual.put(name, expected.get(name)));
    }
    assertTrue(expected.containsValue("ENOSPC"), expected::toString);
    assertEquals(expected, actual);
  }

  /** There is no quota for ext4, and none for xfs, in many kernels; btrfs always has its own. */
  @Test
  void quotaIsAnErrorLikeAnyOther() {
    Programs.need("btrfs", "btrfs-progs");
    Map<String, String> expected = outcomes(MountKind.KERNEL, "quota");
    assertTrue(expected.containsValue("EDQUOT"), expected::toString);
    assertEquals(expected, outcomes(MountKind.DEV, "quota"));
  }

  /** All that asks the disk fails with EIO; when it is back, nothing was half done. */
  @Test
  void diskThatIsGoneFailsEveryVerbUntilItIsBack() {
    Map<String, String> expected = outcomesWithoutDisk(MountKind.KERNEL);
    assertTrue(expected.containsValue("EIO"), expected::toString);
    assertEquals(expected, outcomesWithoutDisk(MountKind.DEV));
  }

  private static Map<String, String> outcomesWithoutDisk(MountKind kind) {
    try (SmallDisk disk = new SmallDisk(LARGER_SIZE, "mkfs.xfs", "-q");
        Overlay overlay = new Overlay(kind, Backing.EXT4)) {
      mount(overlay, disk);
      disk.shutDown();
      Map<String, String> outcomes = new TreeMap<>();
      Verbs.ALL.forEach((name, verb) -> outcomes.put(name, onlyOutcome(overlay, name, verb)));
      overlay.unmount();
      disk.comeBack();
      overlay.mount();
      assertEquals(List.of(), overlay.leftInWorkButWhiteout());
      repeatWithRoom(overlay, outcomes);
      return outcomes;
    }
  }

  private static String onlyOutcome(Overlay overlay, String name, Consumer<FsPath> verb) {
    try {
      verb.accept(overlay.merged().at(name));
      return "ok";
    } catch (OsError e) {
      return Errno.name(e.errno());
    }
  }

  /** With the parents on upper, so that it is not their copy-up that fails. */
  private static void mount(Overlay overlay, SmallDisk disk) {
    overlay.allowErrorsInLog();
    fill(overlay.lowers().get(0));
    overlay.useUpper(disk.upper(), disk.work());
    overlay.mount();
    Verbs.ALL.keySet().forEach(verb -> overlay.merged().at(verb).chmod(0755));
  }

  private static SmallDisk newDisk(String what) {
    return what.equals("quota") ? SmallDisk.withQuota(LARGER_SIZE) : new SmallDisk(SIZE, EXT4);
  }

  private static Map<String, String> outcomes(MountKind kind, String what) {
    try (SmallDisk disk = newDisk(what);
        Overlay overlay = new Overlay(kind, Backing.EXT4)) {
      mount(overlay, disk);
      Map<String, String> outcomes = new TreeMap<>();
      for (Map.Entry<String, Consumer<FsPath>> verb : Verbs.ALL.entrySet()) {
        switch (what) {
          case "inodes" -> disk.takeInodes();
          case "quota" -> disk.takeQuota();
          default -> disk.takeBlocks();
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
            Verbs.ALL.get(name).accept(overlay.merged().at(name));
          }
        });
  }
}
