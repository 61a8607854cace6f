package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.mode;
import static ovl.overlay.Layers.owner;
import static ovl.overlay.Layers.xattr;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.Attr;
import ovl.fs.SetAttr;
import ovl.sys.Linux;
import ovl.testing.Disk;
import ovl.testing.Requirements;

/** Owners in the layers and as shown. */
final class OwnersTest {
  private static final int OVERFLOW = 65534;
  private static final int NONE = -1;

  /** As an engine asks for a container's root to be user 1000. */
  private static final IdMap MAP = IdMap.parse("0:1000:1:1:100000:65535", OVERFLOW);

  @TempDir private Path tmp;

  @BeforeEach
  void needsRoot() {
    Requirements.needsRoot(Layers.sys());
  }

  private Layers mapped() throws Exception {
    return layers(tmp).options(o -> o.ids(MAP, MAP));
  }

  private static void assertShown(int uid, int gid, Attr attr) {
    assertEquals(List.of(uid, gid), List.of(attr.uid, attr.gid));
  }

  private static void assertStored(int uid, int gid, Merged m, String path) {
    Disk.Stat stat = m.disk().stat(m.upper(path));
    assertEquals(List.of(uid, gid), List.of(stat.uid(), stat.gid()), path);
  }

  private static SetAttr owners(int uid, int gid) {
    SetAttr set = new SetAttr();
    set.setUid = uid != NONE;
    set.setGid = gid != NONE;
    set.uid = uid;
    set.gid = gid;
    return set;
  }

  @Test
  void ownersOfTheLayersAreShownByTheMap() throws Exception {
    try (Merged m =
        mapped()
            .lower(file("r"), owner("r", 0, 5), file("none"), owner("none", 70000, 70000), dir("d"))
            .mount()) {
      assertShown(1000, 100004, m.view().stat("r"));
      assertShown(OVERFLOW, OVERFLOW, m.view().stat("none"));
      assertShown(1000, 1000, m.view().stat("d"));
      assertShown(1000, 1000, m.view().stat(""));
    }
  }

  @Test
  void everyWayOfMakingStoresTheCallersIdsByTheMap() throws Exception {
    try (Merged m = mapped().lower(file("gone"), dir("dgone"), file("x")).mount()) {
      m.view().as(1000, 100004, 0);
      m.view().createFile("f", 0644);
      m.view().mkdir("d");
      m.view().symlink("s", "f");
      m.view().mknod("p", Linux.S_IFIFO | 0600, 0);
      m.view().unlink("gone");
      m.view().createFile("gone", 0644);
      m.view().rmdir("dgone");
      m.view().mkdir("dgone");
      for (String made : List.of("f", "d", "s", "p", "gone", "dgone")) {
        assertStored(0, 5, m, made);
        assertShown(1000, 100004, m.view().stat(made));
      }
      long[] unnamed = m.view().tmpfile("", 0600);
      assertShown(1000, 100004, m.view().stat(unnamed[0]));
      m.view().release(unnamed[1]);
    }
  }

  @Test
  void setgidDirectoryGivesItsGroup() throws Exception {
    try (Merged m =
        mapped().lower(dir("d", file("gone")), owner("d", 0, 7), mode("d", 02777)).mount()) {
      m.view().as(1000, 1000, 0);
      m.view().createFile("d/f", 0644);
      m.view().unlink("d/gone");
      m.view().createFile("d/gone", 0644);
      assertStored(0, 7, m, "d/f");
      assertStored(0, 7, m, "d/gone");
      assertShown(1000, 100006, m.view().stat("d/f"));
    }
  }

  @Test
  void chownStoresByTheMapAndCopyUpKeepsWhatIsStored() throws Exception {
    try (Merged m = mapped().lower(file("f"), owner("f", 3, 4), file("g")).mount()) {
      assertShown(100002, 100009, m.view().setattr("f", owners(NONE, 100009)));
      assertStored(3, 10, m, "f");
      assertShown(1000, 1000, m.view().setattr("f", owners(1000, 1000)));
      assertStored(0, 0, m, "f");
      m.view().setattr("g", owners(5, NONE));
      assertStored(OVERFLOW, 0, m, "g");
      m.view().chmod("f", 0600);
      assertStored(0, 0, m, "f");
    }
  }

  @Test
  void aclsAreMappedBothWaysAndWhatIsInheritedStaysAsStored() throws Exception {
    String access = "system.posix_acl_access";
    String defaults = "system.posix_acl_default";
    byte[] stored = named(5, 6);
    byte[] shown = named(100004, 100005);
    try (Merged m =
        mapped()
            .lower(dir("d"), xattr("d", defaults, stored), file("f"), xattr("f", access, stored))
            .mount()) {
      assertArrayEquals(shown, m.view().getxattr("d", defaults));
      assertArrayEquals(shown, m.view().getxattr("f", access));
      m.view().setxattr("f", access, named(100000, 1000));
      assertArrayEquals(named(1, 0), m.disk().xattr(m.upper("f"), access));
      m.view().mkdir("d/e", 0777);
      assertArrayEquals(stored, m.disk().xattr(m.upper("d/e"), defaults));
      assertArrayEquals(shown, m.view().getxattr("d/e", access));
    }
  }

  private static byte[] named(int uid, int gid) {
    return PosixAclTest.acl(
        1, 7, NONE, 2, 7, uid, 4, 7, NONE, 8, 6, gid, 0x10, 7, NONE, 0x20, 0, NONE);
  }

  @Test
  void squashingShowsOneOwnerAndStoresTheCallers() throws Exception {
    IdMap root = IdMap.IDENTITY.squashedTo(0);
    try (Merged m =
        layers(tmp).options(o -> o.ids(root, root)).lower(file("f"), owner("f", 3, 4)).mount()) {
      assertShown(0, 0, m.view().stat("f"));
      m.view().as(8, 9, 0).createFile("g", 0644);
      assertShown(0, 0, m.view().stat("g"));
      assertStored(8, 9, m, "g");
      assertShown(0, 0, m.view().setattr("f", owners(10, 11)));
      assertStored(10, 11, m, "f");
    }
  }
}
