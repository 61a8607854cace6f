package ovl.it.nested;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;

/** The same work wherever the layers lie, compared with the kernel's overlay over plain ones. */
final class NestedUseTest {
  private static Use expected;

  private final Ground ground = new Ground();

  @BeforeAll
  static void workOnPlainLayers() {
    try (Overlay stack = new Overlay(MountKind.KERNEL, Backing.EXT4)) {
      expected = plain(stack);
    }
  }

  private static Use plain(Overlay stack) {
    Use.fill(stack.lowers().get(1));
    stack.mount();
    return Use.of(stack);
  }

  @AfterEach
  void removeGround() {
    ground.close();
  }

  @ParameterizedTest
  @EnumSource(Ground.Kind.class)
  void lowerMayLieAnywhere(Ground.Kind kind) {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      stack.lowers().set(1, ground.directory(kind, Use::fill));
      check(stack);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Ground.Kind.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SQUASHFS", "BIND", "READ_ONLY"})
  void upperMayLieAnywhere(Ground.Kind kind) {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      Use.fill(stack.lowers().get(1));
      useUpper(stack, ground.writable(kind));
      check(stack);
    }
  }

  @Test
  void allLayersMayLieOnOverlays() {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      stack.lowers().set(1, ground.directory(Ground.Kind.OURS, Use::fill));
      stack.lowers().set(2, ground.writable(Ground.Kind.OVERLAY));
      useUpper(stack, ground.writable(Ground.Kind.OURS));
      check(stack);
    }
  }

  @Test
  void upperWithUserAttributesMayLieOnAnOverlay() {
    try (Overlay kernel = new Overlay(MountKind.KERNEL, Backing.EXT4);
        Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      for (Overlay each : List.of(kernel, stack)) {
        each.clearFeatures();
        each.feature("userxattr");
      }
      stack.lowers().set(1, ground.directory(Ground.Kind.OVERLAY, Use::fill));
      useUpper(stack, ground.writable(Ground.Kind.OURS));
      check(stack, plain(kernel));
    }
  }

  @Test
  void kernelsOverlayMayHaveOursAsLower() {
    try (Overlay stack = new Overlay(MountKind.KERNEL, Backing.EXT4)) {
      stack.lowers().set(1, ground.directory(Ground.Kind.OURS, Use::fill));
      check(stack);
    }
  }

  /** What was written on an overlay holds whiteouts that are files: the kernel reads them. */
  @Test
  void kernelsOverlayMayHaveSuchAnUpperAsLower() {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4);
        Overlay above = new Overlay(MountKind.KERNEL, Backing.EXT4)) {
      Use.fill(stack.lowers().get(1));
      useUpper(stack, ground.writable(Ground.Kind.OURS));
      stack.mount();
      TreeSnapshot expectedTree = Use.of(stack).merged();
      stack.unmount();
      above.lowers().set(0, stack.upper());
      above.lowers().set(1, stack.lowers().get(1));
      above.skipLowerCheck();
      above.mount();
      TreeSnapshot seen = TreeSnapshot.of(above.merged(), Set.of());
      expectedTree.assertEqualTo(seen, TreeRules.none(), "ours | the kernel above it");
    }
  }

  private static void useUpper(Overlay stack, FsPath dir) {
    stack.useUpper(dir.at("upper").mkdir(), dir.at("work").mkdir());
  }

  private static void check(Overlay stack) {
    check(stack, expected);
  }

  private static void check(Overlay stack, Use expected) {
    // An overlay below reads its own layers, which takes their atime onward: not a change of ours.
    stack.skipLowerCheck();
    List<TreeSnapshot> before = snapshots(stack);
    stack.mount();
    Use use = Use.of(stack);
    List<TreeSnapshot> after = snapshots(stack);
    for (int i = 0; i < before.size(); i++) {
      before.get(i).assertEqualTo(after.get(i), TreeRules.none(), "lower " + i + " was changed");
    }
    assertEquals(String.join("\n", expected.outcomes()), String.join("\n", use.outcomes()));
    expected.merged().assertEqualTo(use.merged(), TreeRules.none(), "plain | nested");
    assertEquals(List.of(), stack.leftInWorkButWhiteout());
  }

  private static List<TreeSnapshot> snapshots(Overlay stack) {
    return stack.lowers().stream().map(l -> TreeSnapshot.of(l, TreeSnapshot.WRITE_TIMES)).toList();
  }
}
