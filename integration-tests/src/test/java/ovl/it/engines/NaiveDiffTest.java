package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;

/**
 * An engine that cannot read a layer's format compares two read-only mounts, with the layer and
 * without it: the differences must be those that it finds on the kernel's overlayfs.
 */
final class NaiveDiffTest {
  private static final int LAYERS = 60;
  private static final int DIRECTORIES = 7;

  @Test
  void sixtyLayersDifferFromFiftyNineAsOnTheKernel() {
    List<String> expected = differences(MountKind.KERNEL);
    assertTrue(expected.size() > DIRECTORIES, expected::toString);
    assertEquals(String.join("\n", expected), String.join("\n", differences(MountKind.DEV)));
  }

  private static List<String> differences(MountKind kind) {
    try (Overlay stack = new Overlay(kind, Backing.EXT4)) {
      stack.useReadOnly();
      stack.skipLowerCheck(); // whose lowers stay the same ones
      while (stack.lowers().size() < LAYERS) {
        stack.addLower(stack.home().at("lower" + stack.lowers().size()).mkdir());
      }
      for (int i = 0; i < LAYERS; i++) {
        fill(stack.lowers().get(LAYERS - 1 - i), i);
      }
      stack.mount();
      TreeSnapshot with = TreeSnapshot.of(stack.merged(), List.of(TreeSnapshot.Time.MTIME));
      stack.unmount();
      stack.lowers().remove(0);
      stack.mount();
      TreeSnapshot without = TreeSnapshot.of(stack.merged(), List.of(TreeSnapshot.Time.MTIME));
      return without.differences(with, TreeRules.none());
    }
  }

  /** The number-th layer from the bottom: what the ones below have is changed, hidden, replaced. */
  private static void fill(FsPath layer, int number) {
    for (int i = 0; i < DIRECTORIES; i++) {
      FsPath dir = layer.at("d" + i).mkdir();
      dir.at("always").file("layer " + number).mtime(number);
      dir.at("f" + number).file("new").chmod(number % 2 == 0 ? 0644 : 0600).mtime(number);
      dir.at("f" + (number - 1 - i)).whiteout();
      // Not the topmost: the kernel lists a directory of one layer as it is, whiteouts included.
      if (number % (10 + i) == 9 && number < LAYERS - 2) {
        dir.setXattr("trusted.overlay.opaque", "y");
      }
      FsPath kind = dir.at("kind");
      switch ((number + i) % 4) {
        case 0 -> {
          kind.mkdir().at("inside" + number).file("x").mtime(number);
          kind.mtime(number);
        }
        case 1 -> kind.file("file").mtime(number);
        case 2 -> kind.symlink("target" + number).mtime(number);
        default -> kind.whiteout();
      }
      dir.mtime(number);
    }
    layer.mtime(number);
  }
}
