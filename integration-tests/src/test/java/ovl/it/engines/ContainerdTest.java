package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.overlay.LeftBehind;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;

/**
 * Snapshots of containerd, mounted as it mounts those of its snapshotter for fuse-overlayfs. That
 * one is in no package of Debian's, but lays layers out as the one for overlayfs does.
 */
final class ContainerdTest {
  private static final int LAYERS = 30;
  private static final List<TreeSnapshot.Time> TIMES = List.of(TreeSnapshot.Time.MTIME);

  /**
   * The call of containerd's mount package for the type fuse3.fuse-overlayfs: each option by
   * itself, and all that is said read to its end. Only the kernel's overlayfs is told index=off.
   */
  private static final String MOUNT =
      "options=$(ctr snapshots mounts \"$1\" \"$2\"); options=${options##* -o }; each=();"
          + " for option in ${options//,/ }; do"
          + " [ $option = index=off ] || each+=(-o $option); done;"
          + " said=$(mount.fuse3 overlay \"$1\" \"${each[@]}\" -t fuse-overlayfs 2>&1)"
          + " && [ -z \"$said\" ] || { echo \"$said\" >&2; exit 1; }; echo \"$options\"; findmnt -no FSTYPE \"$1\"";

  private static Containerd containerd;

  /** The ChainIDs of the image's layers, by which containerd names the snapshots. */
  private static final List<String> CHAIN = new ArrayList<>();

  @BeforeAll
  static void importImage() {
    Engines.require("containerd", "ctr", "mount.fuse3", "fusermount3");
    containerd = new Containerd();
    List<byte[]> layers = new ArrayList<>();
    for (int i = 0; i < LAYERS; i++) {
      layers.add(LayerTar.write(layer(i)));
      String diffId = OciDirectory.digest(layers.get(i));
      CHAIN.add(
          i == 0 ? diffId : OciDirectory.digest(FsPath.latin(CHAIN.get(i - 1) + " " + diffId)));
    }
    FsPath image = containerd.home().at("image");
    OciDirectory.write(image, layers);
    containerd.ok(
        "tar cf \"$1.tar\" -C \"$1\" .; ctr image import --base-name ovl/it \"$1.tar\"", image);
  }

  /** The number-th from the bottom; what the ones below have is changed, removed, hidden. */
  private static List<TarEntry> layer(int number) {
    List<TarEntry> entries = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String dir = "d" + i;
      entries.add(TarEntry.directory(dir).owned(number, i, 0755));
      entries.add(TarEntry.file(dir + "/always", "layer " + number));
      entries.add(TarEntry.file(dir + "/f" + number, "new"));
      if (number % 3 == i) {
        entries.add(TarEntry.file(dir + "/.wh.f" + (number - 1), ""));
      }
      if (number == 10 * i) {
        entries.add(TarEntry.file(dir + "/.wh..wh..opq", ""));
      }
    }
    return entries;
  }

  @AfterAll
  static void stop() {
    if (containerd != null) {
      containerd.close();
      LeftBehind.assertNothing(containerd.home());
    }
  }

  private static FsPath mountpoint(String name) {
    return containerd.home().at(name).mkdir();
  }

  /** Mounted by us, with the number of lowers that its place in the chain asks for. */
  private static void mount(FsPath point, String snapshot, int lowers) {
    String[] said = containerd.ok(MOUNT, point, snapshot).split("\n");
    String layers = said[0].substring(said[0].indexOf("lowerdir="));
    assertEquals(lowers, layers.split(":").length, said[0]);
    assertEquals("fuse.fuse-overlayfs", said[1]);
  }

  private static void unmount(FsPath point) {
    containerd.ok("fusermount3 -u \"$1\"", point);
  }

  /**
   * What the kernel's overlayfs shows of a snapshot, by the command that ctr gives for it. All its
   * paths are made relative, as containerd does when they are more than a page.
   */
  private static TreeSnapshot byKernel(String snapshot) {
    FsPath point = mountpoint("kernel-" + snapshot);
    String script = "m=$(ctr snapshots mounts \"$1\" \"$2\"); cd \"$3\"; ${m//$3\\//}";
    containerd.ok(script, point, snapshot, containerd.home());
    try {
      return TreeSnapshot.of(point, TIMES);
    } finally {
      containerd.ok("umount \"$1\"", point);
    }
  }

  /** Two lowers and no upper are also what the snapshotter tries the program with. */
  @Test
  void viewsShowWhatTheKernelShowsAndAreReadOnly() {
    for (int depth : List.of(2, LAYERS)) {
      String view = "view" + depth;
      containerd.ok("ctr snapshots view $1 $2", view, CHAIN.get(depth - 1));
      FsPath point = mountpoint(view);
      mount(point, view, depth);
      TreeSnapshot ours = TreeSnapshot.of(point, TIMES);
      assertEquals("layer " + (depth - 1), point.at("d1/always").text());
      String refused = containerd.ok("touch \"$1/d1/x\" 2>&1 || true", point);
      assertTrue(refused.endsWith("Read-only file system\n"), refused);
      unmount(point);
      byKernel(view).assertEqualTo(ours, TreeRules.none(), depth + " layers, kernel | ours");
    }
  }

  /** What was changed on our mount is the layer that containerd makes of it on the kernel's. */
  @Test
  void activeSnapshotIsChangedComparedAndCommitted() {
    containerd.ok("ctr snapshots prepare active $1", CHAIN.get(LAYERS - 1));
    FsPath point = mountpoint("active");
    mount(point, "active", LAYERS);
    point.at("d0/always").unlink();
    point.at("d1").removeTree();
    point.at("d1").mkdir().at("new").file("new");
    point.at("d2/always").append(" and more");
    TreeSnapshot changed = TreeSnapshot.of(point, TIMES);
    unmount(point);
    byKernel("active").assertEqualTo(changed, TreeRules.none(), "kernel | ours");
    FsPath diff = containerd.home().at("diff");
    containerd.ok("ctr snapshots diff active | gunzip >\"$1\"", diff);
    List<TarEntry> entries = LayerTar.read(diff.read());
    assertEquals(
        List.of("d0/.wh.always", "d1/.wh.always", "d1/new", "d2/always"),
        entries.stream()
            .map(TarEntry::name)
            .filter(n -> n.matches("d./.*(always|new)"))
            .sorted()
            .toList());
    containerd.ok("ctr snapshots commit committed active; ctr snapshots view after committed");
    FsPath after = mountpoint("after");
    mount(after, "after", LAYERS + 1);
    TreeSnapshot.of(after, TIMES).assertEqualTo(changed, TreeRules.none(), "after | before");
    unmount(after);
  }
}
