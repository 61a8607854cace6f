package ovl.it.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;

/** A disk that fails once, at each system call of each verb in turn. */
final class FaultTest {
  private static final int MOST_STEPS = 70;
  private static final String CONTENT = "content ".repeat(1000);

  /** What was wrong, all of it: one finding often explains another. */
  private final List<String> findings = new ArrayList<>();

  private Overlay overlay;

  @Test
  void everyStepOfAVerbMayFail() {
    failEach(List.of("chmod", "renamedir"), "EIO", call -> true);
  }

  @Test
  void thereMayBeTooManyDescriptorsAtEveryOpen() {
    failEach(List.of("append"), "EMFILE", call -> call.startsWith("open"));
  }

  /** With one worker, and none that strace is not told of. */
  private static Overlay traceable() {
    Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4);
    stack.option("--threads=1");
    stack.option("--io-uring=off");
    return stack;
  }

  private void failEach(List<String> some, String errno, Predicate<String> isCall) {
    Injection.need();
    Collection<String> verbs = Boolean.getBoolean("ovl.long") ? Verbs.ALL.keySet() : some;
    try (Overlay stack = traceable()) {
      overlay = stack;
      for (String verb : verbs) {
        for (int step = 0; step <= MOST_STEPS; step++) {
          Verbs.fill(stack.lowers().get(0).at(verb + step).mkdir(), CONTENT);
        }
      }
      stack.mount();
      verbs.forEach(verb -> failAtEachStep(verb, errno, isCall));
      TreeSnapshot before = TreeSnapshot.of(stack.merged(), Set.of());
      stack.remount();
      TreeSnapshot after = TreeSnapshot.of(stack.merged(), Set.of());
      findings.addAll(before.differences(after, TreeRules.none()));
      assertEquals("", String.join("\n", findings));
      assertEquals(List.of(), stack.leftInWorkButWhiteout());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "user.kept, EOPNOTSUPP, ok",
    "user.kept, EIO, EIO",
    "security.kept, EOPNOTSUPP, EOPNOTSUPP"
  })
  void attributeThatUpperCannotHaveIsLeftOutUnlessItGuardsSomething(
      String attribute, String errno, String outcome) {
    Injection.need();
    try (Overlay stack = traceable()) {
      stack.lowers().get(0).at("f").file(CONTENT).setXattr(attribute, "value");
      stack.mount();
      stack.merged().at("f").stat();
      Injection.Fault fault = new Injection.Fault("setxattr", 1, errno);
      try (Injection injection = new Injection(stack.daemon(), fault)) {
        assertEquals(outcome, outcome("chmod", stack.merged()));
        String failed = String.join("\n", injection.failed());
        assertTrue(failed.contains("\"" + attribute + "\""), failed);
      }
      assertEquals(outcome.equals("ok"), stack.upper().at("f").exists());
      assertEquals(List.of(), stack.leftInWork());
    }
  }

  @Test
  void nameThatIsTooLongForUpperIsLookedForBelow() {
    Injection.need();
    try (Overlay stack = traceable()) {
      stack.lowers().get(0).at("long").file(CONTENT);
      stack.mount();
      stack.merged().stat();
      Injection.Fault fault = new Injection.Fault("statx", 1, "ENAMETOOLONG");
      try (Injection injection = new Injection(stack.daemon(), fault)) {
        assertEquals(CONTENT, stack.merged().at("long").text());
        String failed = String.join("\n", injection.failed());
        assertTrue(failed.contains("\"long\""), failed);
      }
    }
  }

  @Test
  void layerWithoutAttributesIsNotAskedForAny() {
    Injection.need();
    try (Overlay stack = traceable()) {
      stack.skipLowerCheck();
      FsPath ram = stack.home().at("ram").mkdir();
      Exec.ok("mount", "-t", "ramfs", "none", ram.toString());
      try {
        ram.at("f").file(CONTENT);
        stack.lowers().set(0, ram);
        stack.mount();
        FsPath file = stack.merged().at("f");
        file.stat();
        try (Injection injection = new Injection(stack.daemon(), null)) {
          assertEquals(Set.of(), file.xattrs());
          assertThrows(OsError.class, () -> file.xattr("user.none"));
          assertEquals(List.of(), injection.possible("EIO"));
        }
        stack.unmount();
      } finally {
        Exec.ok("umount", ram.toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"EOPNOTSUPP, EXDEV", "EIO, EIO"})
  void directoryThatCannotBeMadeOpaqueStaysWhereItIs(String errno, String outcome) {
    Injection.need();
    try (Overlay stack = traceable()) {
      stack.upper().at("pure/d").mkdirs();
      stack.mount();
      FsPath dir = stack.merged().at("pure/d");
      dir.stat();
      Injection.Fault fault = new Injection.Fault("setxattr", 1, errno);
      try (Injection ignored = new Injection(stack.daemon(), fault)) {
        OsError error =
            assertThrows(OsError.class, () -> dir.rename(stack.merged().at("in-a-merged-one")));
        assertEquals(outcome, Errno.name(error.errno()));
      }
      assertEquals(List.of("pure"), stack.upper().list());
      dir.rename(stack.merged().at("in-a-merged-one"));
      assertEquals("y", stack.upper().at("in-a-merged-one").xattr("trusted.overlay.opaque"));
    }
  }

  @Test
  void changeThatFailsAfterTheCopyUpLeavesNothingOldInTheKernel() {
    Injection.need();
    try (Overlay stack = traceable()) {
      stack.lowers().get(0).at("d").mkdir();
      stack.mount();
      FsPath dir = stack.merged().at("d");
      dir.stat();
      // The first gives the copy its owner.
      Injection.Fault fault = new Injection.Fault("fchownat", 2, "EDQUOT");
      try (Injection injection = new Injection(stack.daemon(), fault)) {
        OsError error = assertThrows(OsError.class, () -> dir.chown(7, 7));
        assertEquals("EDQUOT", Errno.name(error.errno()));
        assertEquals(1, injection.failed().size());
      }
      assertEquals(stack.upper().at("d").stat().ctime(), dir.stat().ctime());
    }
  }

  @Test
  void dataIsOnDiskBeforeTheCopyHasItsName() {
    Injection.need();
    assertEquals(List.of("fsync", "name"), syncAndName());
    assertEquals(List.of("name"), syncAndName("--volatile"));
  }

  /** Which of the two a copy-up does, and in what order. */
  private static List<String> syncAndName(String... options) {
    try (Overlay stack = traceable()) {
      List.of(options).forEach(stack::option);
      stack.lowers().get(0).at("f").file(CONTENT);
      stack.mount();
      FsPath file = stack.merged().at("f");
      file.stat();
      try (Injection watching = new Injection(stack.daemon(), null)) {
        file.chmod(0600);
        return watching.possible("EIO").stream()
            .map(Injection.Fault::call)
            .filter(List.of("fsync", "linkat", "renameat2")::contains)
            .map(call -> call.equals("fsync") ? call : "name")
            .toList();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, ENOTTY, ok",
    "1, EOPNOTSUPP, ok",
    "1, EINVAL, ok",
    "1, EIO, EIO",
    "2, ENOTTY, ok",
    "2, EIO, EIO",
    "3, EIO, EIO"
  })
  void onlyAFilesystemWithoutFileFlagsIsAskedForThemInVain(
      int ioctl, String errno, String outcome) {
    Injection.need();
    try (Overlay stack = traceable()) {
      Verbs.fill(stack.lowers().get(0), CONTENT);
      Exec.ok("chattr", "+S", stack.lowers().get(0).at("f").toString());
      stack.mount();
      stack.merged().at("f").stat();
      // The source's flags are read, the copy's are read, the copy's are set.
      Injection.Fault fault = new Injection.Fault("ioctl", ioctl, errno);
      try (Injection injection = new Injection(stack.daemon(), fault)) {
        assertEquals(outcome, outcome("chmod", stack.merged()));
        List<String> failed = injection.failed();
        assertEquals(1, failed.size(), failed::toString);
      }
      assertEquals(outcome.equals("ok"), stack.upper().at("f").exists());
      assertEquals(List.of(), stack.leftInWork());
    }
  }

  /** As the kernel answers a worker that takes a request in the moment in which the mount ends. */
  @Test
  void abortedReadIsTheEndAndNoError() {
    Injection.need();
    try (Overlay stack = traceable()) {
      stack.mount();
      Injection.Fault fault = new Injection.Fault("read", 1, "ECONNABORTED");
      try (Injection injection = new Injection(stack.daemon(), fault)) {
        // Answered or not: it has the worker read again.
        Exec.run("stat", stack.merged().at("none").toString());
        stack.awaitDaemonEnd();
      }
      stack.detach();
    }
  }

  private void failAtEachStep(String verb, String errno, Predicate<String> isCall) {
    FsPath unharmed = prepared(verb + 0);
    List<Injection.Fault> faults;
    try (Injection watching = new Injection(overlay.daemon(), null)) {
      Verbs.ALL.get(verb).accept(unharmed);
      faults = watching.possible(errno).stream().filter(f -> isCall.test(f.call())).toList();
    }
    assertTrue(faults.size() <= MOST_STEPS, () -> verb + " takes " + faults.size() + " steps");
    System.err.println(verb + ": " + faults.size() + " steps");
    TreeSnapshot goal = TreeSnapshot.of(unharmed, Set.of());
    for (int i = 0; i < faults.size(); i++) {
      failAt(verb, prepared(verb + (i + 1)), faults.get(i), goal);
    }
  }

  /** The directory of its own is on upper, and the kernel knows its names. */
  private FsPath prepared(String name) {
    FsPath dir = overlay.merged().at(name).chmod(0755);
    dir.list().forEach(child -> dir.at(child).stat());
    return dir;
  }

  private void failAt(String verb, FsPath dir, Injection.Fault fault, TreeSnapshot goal) {
    TreeSnapshot before = TreeSnapshot.of(dir, Set.of());
    String outcome;
    List<String> failed;
    try (Injection injection = new Injection(overlay.daemon(), fault)) {
      outcome = outcome(verb, dir);
      failed = injection.failed();
    }
    String what = verb + " " + failed + ", " + outcome;
    // As ovl_set_redirect of the kernel: mv then copies.
    boolean isRedirect = failed.toString().contains("trusted.overlay.redirect");
    if (!List.of("ok", isRedirect ? "EXDEV" : fault.errno()).contains(outcome)) {
      findings.add(what);
    }
    if (!fault.call().equals("unlinkat")) {
      overlay.leftInWorkButWhiteout().forEach(left -> findings.add(what + ": left " + left));
    }
    boolean isDone = outcome.equals("ok") || isDone(fault, dir, goal);
    note(what, isDone ? goal : before, dir);
    if (!isDone) {
      String again = outcome(verb, dir);
      if (!again.equals("ok")) {
        findings.add(what + ": again: " + again);
      }
      note(what + ", again", goal, dir);
    }
  }

  /** A reply needs the attributes: if all was done and only they cannot be read, that is said. */
  private static boolean isDone(Injection.Fault fault, FsPath dir, TreeSnapshot goal) {
    TreeSnapshot now = TreeSnapshot.of(dir, Set.of());
    return fault.call().equals("statx") && goal.differences(now, TreeRules.none()).isEmpty();
  }

  private static String outcome(String verb, FsPath dir) {
    try {
      Verbs.ALL.get(verb).accept(dir);
      return "ok";
    } catch (OsError e) {
      return Errno.name(e.errno());
    }
  }

  private void note(String what, TreeSnapshot expected, FsPath dir) {
    expected
        .differences(TreeSnapshot.of(dir, Set.of()), TreeRules.none())
        .forEach(difference -> findings.add(what + ": " + difference));
  }
}
