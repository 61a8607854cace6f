package ovl.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.User;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Installation;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/**
 * Layers that are mounted inside one another, or twice: whether they are apart is told by where
 * they are in their filesystems, by the kernel's overlayfs as by ours.
 */
final class MountsInLayersTest {
  private final Deque<FsPath> mounted = new ArrayDeque<>();
  private Overlay stack;

  @AfterEach
  void close() {
    try {
      if (stack.isMounted()) {
        stack.unmount();
      }
    } finally {
      mounted.forEach(at -> Exec.ok("umount", at.toString()));
      stack.close();
    }
  }

  private void use(MountKind kind) {
    stack = new Overlay(kind, Backing.EXT4);
    stack.skipLowerCheck(); // the trees below it are those of several mounts
  }

  private FsPath tmpfs(FsPath at) {
    Exec.ok("mount", "-t", "tmpfs", "-o", "mode=777", "none", at.toString());
    mounted.push(at);
    return at;
  }

  private FsPath bind(FsPath from, FsPath to) {
    Exec.ok("mount", "--bind", from.toString(), to.toString());
    mounted.push(to);
    return to;
  }

  private void assertRefused(FsPath inner, FsPath outer) {
    if (stack.kind() == MountKind.KERNEL) {
      AssertionError refusal = assertThrows(AssertionError.class, stack::mount);
      assertFalse(stack.isMounted(), refusal.getMessage());
      return;
    }
    Exec refusal = stack.tryMount();
    assertEquals(1, refusal.status(), refusal.err());
    assertEquals(1, refusal.err().lines().count(), refusal.err());
    assertTrue(refusal.err().contains(inner.toString()), refusal.err());
    assertTrue(refusal.err().contains(outer.toString()), refusal.err());
  }

  /** As the root of a running system below an upper in memory. */
  @ParameterizedTest
  @EnumSource
  void upperMountedInsideLower(MountKind kind) {
    use(kind);
    FsPath memory = stack.lowers().get(0).at("memory").mkdir();
    memory.at("below").file("lower");
    tmpfs(memory);
    stack.useUpper(memory.at("upper").mkdir(), memory.at("work").mkdir());
    stack.mount();
    assertEquals(List.of("below"), stack.merged().at("memory").list());
    stack.merged().at("memory").at("below").append(" and upper");
    assertEquals("lower and upper", stack.upper().at("memory").at("below").text());
    assertEquals(List.of("below"), stack.merged().at("memory").list());
  }

  @ParameterizedTest
  @EnumSource
  void lowerMountedInsideUpper(MountKind kind) {
    use(kind);
    FsPath lower = tmpfs(stack.upper().at("lower").mkdir());
    lower.at("f").file("lower");
    stack.lowers().set(0, lower);
    stack.mount();
    assertEquals(List.of(), stack.merged().at("lower").list());
    stack.merged().at("f").append(" and upper");
    assertEquals("lower and upper", stack.upper().at("f").text());
    assertEquals("lower", lower.at("f").text());
  }

  @ParameterizedTest
  @EnumSource
  void lowerMountedInsideAnother(MountKind kind) {
    use(kind);
    FsPath inner = tmpfs(stack.lowers().get(1).at("inner").mkdir());
    inner.at("f").file("text");
    stack.lowers().set(0, inner);
    stack.mount();
    assertEquals("text", stack.merged().at("f").text());
  }

  /** What is bound there is elsewhere in the same filesystem. */
  @ParameterizedTest
  @EnumSource
  void upperBoundInsideLower(MountKind kind) {
    use(kind);
    FsPath elsewhere = stack.home().at("elsewhere").mkdir();
    FsPath bound = bind(elsewhere, stack.lowers().get(0).at("bound").mkdir());
    stack.useUpper(bound.at("upper").mkdir(), bound.at("work").mkdir());
    stack.mount();
    assertEquals(List.of(), stack.merged().at("bound").list());
    stack.merged().at("f").file("text");
    assertEquals("text", elsewhere.at("upper").at("f").text());
  }

  @ParameterizedTest
  @EnumSource
  void lowerThatIsBoundToAnotherPlace(MountKind kind) {
    use(kind);
    FsPath lower = stack.lowers().get(0);
    FsPath bound = bind(lower, stack.home().at("bound").mkdir());
    stack.lowers().set(1, bound);
    assertRefused(bound, lower);
  }

  /** The kernel mounts it, as an upper inside a lower without any bind mount (Linux 6.18). */
  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void upperInsideLowerByWayOfBindMount(MountKind kind) {
    use(kind);
    FsPath lower = stack.lowers().get(1);
    lower.at("d").mkdir().at("upper").mkdir();
    lower.at("d").at("work").mkdir();
    FsPath bound = bind(lower.at("d"), stack.home().at("bound").mkdir());
    stack.useUpper(bound.at("upper"), bound.at("work"));
    assertRefused(bound.at("upper"), lower);
  }

  /** Without private mounts of the layers, upper would be seen in the merged tree again. */
  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void upperMountedInsideLowerNeedsRoot(MountKind kind) {
    use(kind);
    FsPath memory = tmpfs(stack.lowers().get(0).at("memory").mkdir());
    FsPath upper = memory.at("upper").mkdir();
    FsPath work = memory.at("work").mkdir();
    for (FsPath own : List.of(upper, work, stack.merged())) {
      own.chown(User.NOBODY.uid(), User.NOBODY.gid());
    }
    stack.useUpper(upper, work);
    List<String> arguments = new ArrayList<>(stack.launcherArguments());
    int log = arguments.indexOf("--log-file"); // beside the mountpoint, which is root's
    arguments.subList(log, log + 2).clear();
    Exec refusal = stack.tryMount(Installation.command(User.NOBODY, arguments));
    assertEquals(1, refusal.status(), refusal.err());
    assertTrue(refusal.err().contains("needs root"), refusal.err());
  }
}
