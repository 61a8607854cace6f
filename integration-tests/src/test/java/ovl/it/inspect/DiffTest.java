package ovl.it.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;

/** {@code ovl-mount diff} of what was done through a mount. */
final class DiffTest {
  private Overlay stack;

  private void make(MountKind kind) {
    stack = new Overlay(kind, Backing.EXT4);
    FsPath lower = stack.lowers().get(1);
    lower.at("etc").mkdir().at("conf").file("lower");
    lower.at("etc/keep").file("lower");
    lower.at("old").mkdir().at("x").file("lower");
    lower.at("gone").file("lower");
    stack.mount();
    stack.merged().at("etc/conf").append("+more");
    stack.merged().at("gone").unlink();
    stack.merged().at("old").removeTree();
    stack.merged().at("new").mkdir().at("f ü".getBytes(StandardCharsets.UTF_8)).file("new");
  }

  @AfterEach
  void removeStack() {
    stack.close();
  }

  private static final String EXPECTED =
      "C /etc\nC /etc/conf\nD /gone\nA /new\nA /new/f ü\nD /old\n";

  private static String text(Exec exec) {
    return new String(FsPath.latin(exec.orFail("diff").out()), StandardCharsets.UTF_8);
  }

  @Test
  void liveMountIsCompared() {
    make(MountKind.DEV);
    assertEquals(EXPECTED, text(Launcher.run("diff", stack.merged().toString())));
    String json = text(Launcher.run("diff", "--json", stack.merged().toString()));
    assertTrue(json.startsWith("[{\"kind\":\"C\",\"path\":\"/etc\"},"), json);
    assertTrue(json.contains("{\"kind\":\"A\",\"path\":\"/new/f ü\"}"), json);
  }

  /** What the kernel's overlayfs writes to upper means the same. */
  @Test
  void layersOfTheKernelsOverlayAreCompared() {
    make(MountKind.KERNEL);
    List<FsPath> lowers = stack.lowers();
    String below = lowers.get(0) + ":" + lowers.get(1) + ":" + lowers.get(2);
    assertEquals(
        EXPECTED,
        text(Launcher.run("diff", "--upper", stack.upper().toString(), "--lower=" + below)));
  }

  @Test
  void metadataOnlyCopiesAndDataOnlyLayersAreFollowed() {
    stack = new Overlay(MountKind.DEV, Backing.EXT4);
    stack.feature("metacopy=on");
    FsPath lower = stack.lowers().get(1);
    lower.at("f").file("").setXattr("trusted.overlay.metacopy", "");
    lower.at("f").setXattr("trusted.overlay.redirect", "/data").truncate(4);
    lower.at("plain").file("plain");
    FsPath data = stack.home().at("data").mkdir();
    data.at("data").file("data");
    stack.addDataLower(data);
    stack.mount();
    assertEquals("data", stack.merged().at("f").text());
    stack.merged().at("f").chmod(0600);
    stack.merged().at("plain").chmod(0600);
    assertEquals("C /f\nC /plain\n", text(Launcher.run("diff", stack.merged().toString())));
    List<FsPath> lowers = stack.lowers();
    String below = lowers.get(0) + ":" + lowers.get(1) + ":" + lowers.get(2) + "::" + data;
    Exec diff = Launcher.run("diff", "--upper", stack.upper().toString(), "--lower", below);
    assertEquals("C /f\nC /plain\n", text(diff));
  }

  @Test
  void layersAreNotChanged() {
    make(MountKind.DEV);
    stack.unmount();
    List<FsPath> lowers = stack.lowers();
    String below = lowers.get(0) + ":" + lowers.get(1) + ":" + lowers.get(2);
    TreeSnapshot before = TreeSnapshot.of(stack.upper(), TreeSnapshot.ALL_TIMES);
    text(Launcher.run("diff", "--upper", stack.upper().toString(), "--lower", below));
    TreeSnapshot after = TreeSnapshot.of(stack.upper(), TreeSnapshot.ALL_TIMES);
    assertEquals(List.of(), before.differences(after, TreeRules.none()));
  }

  @Test
  void mountWithoutUpperHasNothingToCompare() {
    stack = new Overlay(MountKind.DEV, Backing.EXT4);
    stack.useReadOnly();
    stack.mount();
    Exec exec = Launcher.run("diff", stack.merged().toString());
    assertEquals(1, exec.status());
    assertTrue(exec.err().endsWith("the mount has no upper layer\n"), exec.err());
  }
}
