package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.Stat;
import ovl.it.overlay.Workspace;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;

/**
 * The rules for layers in an image, of a layer that was made by hand in forms that readers have to
 * accept, pulled by Buildah: for our mount it stores the names with the prefix as they are, for the
 * kernel's overlayfs it makes whiteouts of them. Both have to show the same.
 */
final class LayerApplyTest {
  private static final List<TarEntry> BELOW =
      List.of(
          TarEntry.directory("rules"),
          TarEntry.file("rules/gone", "below"),
          TarEntry.directory("rules/gonedir"),
          TarEntry.file("rules/gonedir/inside", "below"),
          TarEntry.directory("rules/opaque"),
          TarEntry.file("rules/opaque/below", "below"),
          TarEntry.file("rules/opaque/both", "below"),
          TarEntry.directory("rules/opaque/sub"),
          TarEntry.file("rules/opaque/sub/below", "below"),
          TarEntry.directory("rules/merged").withXattr("user.below", "1"),
          TarEntry.file("rules/merged/below", "below"),
          TarEntry.directory("rules/todir").withXattr("user.below", "1"),
          TarEntry.file("rules/todir/below", "below"),
          TarEntry.file("rules/tofile", "below"),
          TarEntry.file("rules/again", "below"));

  private static final List<TarEntry> ABOVE =
      List.of(
          TarEntry.directory("rules"),
          TarEntry.file("rules/.wh.gone", ""),
          TarEntry.file("rules/.wh.gonedir", ""),
          TarEntry.file("rules/.wh.never", ""),
          TarEntry.directory("rules/opaque"),
          TarEntry.file("rules/opaque/both", "above"),
          TarEntry.directory("rules/opaque/sub"),
          TarEntry.file("rules/opaque/sub/above", "above"),
          TarEntry.file("rules/opaque/.wh..wh..opq", ""),
          TarEntry.directory("rules/merged").owned(5, 6, 0750).withXattr("user.above", "2"),
          TarEntry.file("rules/todir", "above"),
          TarEntry.directory("rules/tofile"),
          TarEntry.file("rules/tofile/above", "above"),
          TarEntry.file("rules/.wh.again", ""),
          TarEntry.file("rules/again", "above"),
          TarEntry.file("rules/tool", "above").owned(5, 6, 04755).withXattr("user.note", "a\nb=c"),
          TarEntry.hardLink("rules/merged/link", "rules/tool").owned(5, 6, 04755));

  /** From where it is: its path would be the name, which may have no capital letters. */
  private static final String FROM =
      "cd \"$(dirname \"$1\")\"; buildah from -q \"oci:$(basename \"$1\"):made\"";

  private static ContainersStorage ours;
  private static ContainersStorage kernels;
  private static String container;
  private static FsPath rules;
  private static FsPath kernelRules;

  @BeforeAll
  static void pull() {
    Engines.require("buildah", "busybox");
    byte[] base = Engines.baseImage().read();
    FsPath files = Workspace.get().root().at(Workspace.get().newName("image"));
    OciDirectory image =
        OciDirectory.write(files, List.of(base, LayerTar.write(BELOW), LayerTar.write(ABOVE)));
    ours = new ContainersStorage(ContainersStorage.ours(), List.of());
    kernels = ContainersStorage.ofTheKernel();
    container = ours.ok(FROM, image.path()).trim();
    String other = kernels.ok(FROM, image.path()).trim();
    rules = mount(ours, container, "65735546");
    kernelRules = mount(kernels, other, "794c7630");
  }

  private static FsPath mount(ContainersStorage store, String container, String type) {
    String[] lines =
        store.ok("m=$(buildah mount $1); echo $m; stat -f -c %t $m", container).split("\n");
    assertEquals(type, lines[1], "the filesystem's type");
    return FsPath.of(java.nio.file.Path.of(lines[0])).at("rules");
  }

  @AfterAll
  static void removeContainers() {
    if (kernels != null) {
      ours.removeContainers();
      kernels.removeContainers();
    }
  }

  /** Only so are they read by our mount at all. */
  @Test
  void marksAreInTheStoreAsTheyAreInTheLayer() {
    String found = ours.ok("cd ~/root/overlay; find . -path '*/diff/rules/*' -name '.wh.*'");
    assertEquals(
        Set.of(".wh.again", ".wh.gone", ".wh.gonedir", ".wh.never", ".wh..wh..opq"),
        found.lines().map(l -> l.substring(l.lastIndexOf('/') + 1)).collect(Collectors.toSet()));
  }

  @Test
  void whiteoutHidesTheNameBelowAndIsNotSeen() {
    assertEquals(List.of("again", "merged", "opaque", "todir", "tofile", "tool"), rules.list());
    assertFalse(rules.at("gone").exists());
    assertFalse(rules.at(".wh.gone").exists());
  }

  @Test
  void whiteoutDoesNotHideAFileOfItsOwnLayer() {
    assertEquals("above", rules.at("again").text());
  }

  @Test
  void opaqueMarkHidesOnlyWhatIsBelowAlsoAfterItsSiblings() {
    assertEquals(List.of("both", "sub"), rules.at("opaque").list());
    assertEquals("above", rules.at("opaque/both").text());
    assertEquals(List.of("above"), rules.at("opaque/sub").list());
  }

  @Test
  void directoryOverADirectoryHasItsAttributesAndKeepsTheChildren() {
    FsPath both = rules.at("merged");
    assertEquals(List.of("below", "link"), both.list());
    Stat stat = both.stat();
    assertEquals(List.of(0750, 5, 6), List.of(stat.permissions(), stat.uid(), stat.gid()));
    assertEquals("2", both.xattr("user.above"));
    assertNull(both.xattr("user.below"));
  }

  @Test
  void anythingElseOverADirectoryReplacesIt() {
    assertEquals("above", rules.at("todir").text());
    assertNull(rules.at("todir").xattr("user.below"));
    assertEquals(List.of("above"), rules.at("tofile").list());
  }

  @Test
  void linkIsAnotherNameOfTheFileAtItsPathFromTheRoot() {
    assertEquals(2, rules.at("tool").stat().nlink());
    assertEquals(rules.at("tool").stat().ino(), rules.at("merged/link").stat().ino());
  }

  @Test
  void setuidAndAttributesAreThereAfterTheOwner() {
    Stat tool = rules.at("tool").stat();
    assertEquals(List.of(04755, 5, 6), List.of(tool.permissions(), tool.uid(), tool.gid()));
    assertEquals("a\nb=c", rules.at("tool").xattr("user.note"));
  }

  @Test
  void directoriesHaveTheTimesOfTheLayerWhateverWasDoneInThem() {
    for (String name : List.of(".", "merged", "opaque", "tofile")) {
      assertEquals(TarEntry.MTIME * 1_000_000_000, rules.at(name).stat().mtime(), name);
    }
  }

  @Test
  void containerSeesTheSame() {
    String expected =
        ". again merged merged/below merged/link opaque opaque/both opaque/sub opaque/sub/above"
            + " todir tofile tofile/above tool";
    String found =
        ours.ok(
            "buildah run $1 -- sh -c 'cd /rules; find . | cut -c3- | sort; stat -c %a:%u tool'",
            container);
    assertEquals(expected.substring(1).replace(' ', '\n') + "\n4755:5\n", found);
  }

  /** Names, types, modes, owners, links, times, attributes and content. */
  @Test
  void kernelShowsTheSameOfTheSameImage() {
    List<TreeSnapshot.Time> times = List.of(TreeSnapshot.Time.MTIME);
    TreeSnapshot theirs = TreeSnapshot.of(kernelRules, times);
    assertEquals(13, theirs.size());
    theirs.assertEqualTo(TreeSnapshot.of(rules, times), TreeRules.none(), "kernel | ours");
  }
}
