package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.whiteout;
import static ovl.overlay.Layers.xattr;
import static ovl.testing.Errnos.assertErrno;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.layer.LayerOptions;
import ovl.layer.WhiteoutFormat;
import ovl.layer.XattrPermissions;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.testing.Requirements;

/** Whiteouts and opaque marks by name, and the attributes of fuse-overlayfs. */
final class AufsTest {
  private static final byte[] YES = "y".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path tmp;

  private Layers both() throws Exception {
    return format(WhiteoutFormat.KERNEL_AND_AUFS);
  }

  private Layers names() throws Exception {
    return format(WhiteoutFormat.AUFS);
  }

  private Layers format(WhiteoutFormat format) throws Exception {
    return layers(tmp).format(new LayerOptions(false, format, XattrPermissions.NONE));
  }

  @Test
  void markHidesNamesOfTheLayersBelowAndNotOfItsOwn() throws Exception {
    try (Merged m =
        both()
            .lower(file(".wh.a"), file(".wh.b"), file("b", "own"), file(".wh.gone"))
            .lower(file("a"), file("b"), file("c"))
            .mount()) {
      assertEquals(List.of("b", "c"), m.view().list(""));
      assertFalse(m.view().exists("a"));
      assertEquals("own", m.view().read("b"));
    }
  }

  @Test
  void marksAndMetadataAreNeverSeenNorMade() throws Exception {
    try (Merged m =
        both().lower(file(".wh.a"), file(".wh..wh.aufs"), dir(".wh..wh.plnk"), file("f")).mount()) {
      assertEquals(List.of("f"), m.view().list(""));
      assertFalse(m.view().exists(".wh.a"));
      assertFalse(m.view().exists(".wh..wh.aufs"));
      assertErrno(Errno.EINVAL, () -> m.view().createFile(".wh.x", 0644));
      assertErrno(Errno.EINVAL, () -> m.view().mkdir(".wh.x"));
      assertErrno(Errno.EINVAL, () -> m.view().symlink(".wh.x", "t"));
      assertErrno(Errno.EINVAL, () -> m.view().link("f", ".wh.x"));
      assertErrno(Errno.EINVAL, () -> m.view().rename("f", ".wh.x"));
    }
  }

  @Test
  void kernelFormatShowsSuchNamesAsFiles() throws Exception {
    try (Merged m = layers(tmp).lower(file(".wh.a", "mine")).lower(file("a")).mount()) {
      assertEquals(List.of(".wh.a", "a"), m.view().list(""));
      assertEquals("mine", m.view().read(".wh.a"));
      m.view().createFile(".wh.b", 0644);
      assertTrue(m.disk().exists(m.upper(".wh.b")));
    }
  }

  @Test
  void opaqueMarkHidesAllBelowButNotItsOwnSiblings() throws Exception {
    try (Merged m =
        both()
            .lower(dir("d", file(".wh..wh..opq"), file("new")))
            .lower(dir("d", file("old")))
            .mount()) {
      assertEquals(List.of("new"), m.view().list("d"));
      assertFalse(m.view().exists("d/old"));
    }
  }

  @Test
  void opaqueMarkAtTheRootHidesTheLowerLayers() throws Exception {
    try (Merged m = both().lower(file("top"), file(".wh..wh..opq")).lower(file("bottom")).mount()) {
      assertEquals(List.of("top"), m.view().list(""));
      assertFalse(m.view().exists("bottom"));
    }
  }

  @Test
  void directoryBesideItsWhiteoutIsOpaque() throws Exception {
    try (Merged m =
        both().lower(file(".wh.d"), dir("d", file("new"))).lower(dir("d", file("old"))).mount()) {
      assertEquals(List.of("new"), m.view().list("d"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque"})
  void opaqueAttributeCountsUnderEachPrefix(String name) throws Exception {
    try (Merged m =
        both()
            .lower(dir("d", file("new")), xattr("d", name, YES))
            .lower(dir("d", file("old")))
            .mount()) {
      assertEquals(List.of("new"), m.view().list("d"));
      m.view().createFile("d/more", 0644);
      assertEquals(List.of("more", "new"), m.view().list("d"));
      assertNull(m.disk().xattr(m.upper("d"), name), "the copy hides nothing");
    }
  }

  @Test
  void attributesOfFuseOverlayfsAreHidden() throws Exception {
    String origin = "user.fuseoverlayfs.origin";
    try (Merged m = both().lower(file("f"), xattr("f", origin, YES)).mount()) {
      assertEquals(List.of(), m.view().listxattr("f"));
      assertErrno(Errno.ENODATA, () -> m.view().getxattr("f", origin));
      assertErrno(Errno.EPERM, () -> m.view().setxattr("f", "user.overlay.opaque", YES));
      assertErrno(Errno.EPERM, () -> m.view().removexattr("f", origin));
      m.view().setxattr("f", "user.k", YES);
      assertArrayEquals(YES, m.view().getxattr("f", "user.k"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = WhiteoutFormat.class,
      names = {"KERNEL_AND_AUFS", "AUFS"})
  void createOverAMarkOfUpperTakesItAway(WhiteoutFormat format) throws Exception {
    try (Merged m =
        format(format)
            .lower(file("f"), dir("d", file("old")), file("l"))
            .upper(file(".wh.f"), file(".wh.d"), file(".wh.l"), file("src"))
            .mount()) {
      assertEquals(List.of("src"), m.view().list(""));
      m.view().write("f", "new");
      m.view().mkdir("d");
      m.view().link("src", "l");
      assertEquals(List.of("d", "f", "l", "src"), m.view().list(""));
      assertEquals(List.of(), m.view().list("d"));
      assertEquals("new", m.view().read("f"));
      assertEquals(Set.of("d", "f", "l", "src"), m.disk().names(m.upper("")));
      assertTrue(m.isOpaque("d"));
    }
  }

  @Test
  void devicesAreWrittenWhereTheyCanBe() throws Exception {
    try (Merged m = both().lower(file("f"), file("g")).mount()) {
      m.view().unlink("f");
      m.view().rename("g", "h");
      m.assertWhiteout("f");
      m.assertWhiteout("g");
      assertEquals(List.of("h"), m.view().list(""));
    }
  }

  @Test
  void unlinkLeavesAMark() throws Exception {
    try (Merged m = names().lower(file("low"), file("both")).upper(file("both")).mount()) {
      m.view().unlink("low");
      m.view().unlink("both");
      assertEquals(Set.of(".wh.low", ".wh.both"), m.disk().names(m.upper("")));
      assertEquals(List.of(), m.view().list(""));
      assertFalse(m.view().exists("low"));
      assertEquals(Set.of(), m.workNames());
    }
  }

  @Test
  void unlinkOfWhatOnlyUpperHasLeavesNothing() throws Exception {
    try (Merged m = names().lower(file("a")).upper(file("f")).mount()) {
      m.view().unlink("f");
      assertEquals(Set.of(), m.disk().names(m.upper("")));
    }
  }

  @Test
  void rmdirLeavesAMarkAndTakesTheMarksInsideAway() throws Exception {
    try (Merged m = names().lower(dir("d", file("f"))).mount()) {
      m.view().unlink("d/f");
      m.view().rmdir("d");
      assertEquals(Set.of(".wh.d"), m.disk().names(m.upper("")));
      assertEquals(Set.of(), m.workNames());
      m.view().mkdir("d");
      assertEquals(List.of(), m.view().list("d"));
      assertEquals(Set.of("d"), m.disk().names(m.upper("")));
      assertTrue(m.isOpaque("d"));
      assertEquals(Set.of(".wh..wh..opq"), m.disk().names(m.upper("d")));
      m.view().rmdir("d");
      assertFalse(m.view().exists("d"));
    }
  }

  @Test
  void renameLeavesAMarkAndTakesOneAway() throws Exception {
    try (Merged m = names().lower(file("a", "A"), file("b", "B")).mount()) {
      m.view().unlink("b");
      m.view().rename("a", "b");
      assertEquals(List.of("b"), m.view().list(""));
      assertEquals("A", m.view().read("b"));
      assertEquals(Set.of(".wh.a", "b"), m.disk().names(m.upper("")));
    }
  }

  @Test
  void renameOfADirectoryOntoAMarkMakesItOpaque() throws Exception {
    try (Merged m = names().lower(dir("d", file("old"))).mount()) {
      m.view().unlink("d/old");
      m.view().rmdir("d");
      m.view().mkdir("e");
      m.view().createFile("e/new", 0644);
      m.view().rename("e", "d");
      assertEquals(List.of("new"), m.view().list("d"));
      assertEquals(Set.of("d"), m.disk().names(m.upper("")));
      assertTrue(m.isOpaque("d"));
    }
  }

  @Test
  void renameOfADirectoryOntoADeviceWhiteoutWorksWithMarksToo() throws Exception {
    try (Merged m =
        names().lower(dir("d", file("old"))).upper(whiteout("d"), dir("e", file("new"))).mount()) {
      m.view().rename("e", "d");
      assertEquals(List.of("d"), m.view().list(""));
      assertEquals(List.of("new"), m.view().list("d"));
      assertEquals(Set.of("d"), m.disk().names(m.upper("")));
    }
  }

  @Test
  void renameOverADirectoryThatHoldsMarksReplacesIt() throws Exception {
    try (Merged m = names().lower(dir("d", file("old"))).upper(dir("e", file("new"))).mount()) {
      m.view().unlink("d/old");
      m.view().rename("e", "d");
      assertEquals(List.of("new"), m.view().list("d"));
      assertEquals(Set.of(), m.workNames());
    }
  }

  @Test
  void exchangeNeedsNoMarks() throws Exception {
    try (Merged m = names().lower(file("a", "A"), file("b", "B")).mount()) {
      m.view().rename("a", "b", Linux.RENAME_EXCHANGE);
      assertEquals("B", m.view().read("a"));
      assertEquals(Set.of("a", "b"), m.disk().names(m.upper("")));
    }
  }

  @Test
  void nameWithoutRoomForThePrefixCannotBeHidden() throws Exception {
    String longest = "n".repeat(251);
    String tooLong = "n".repeat(252);
    try (Merged m = names().lower(file(longest), file(tooLong)).mount()) {
      m.view().unlink(longest);
      assertErrno(Errno.ENAMETOOLONG, () -> m.view().unlink(tooLong));
      assertEquals(List.of(tooLong), m.view().list(""));
    }
  }

  @Test
  void markThatComesLaterIsSeen() throws Exception {
    try (Merged m = both().lower(file("a")).upper(dir("d")).mount()) {
      assertFalse(m.view().exists("none"), "the layers are read for marks, and have none");
      m.view().unlink("a");
      assertFalse(m.view().exists("a"));
      m.view().createFile("a", 0644);
      assertEquals(List.of("a", "d"), m.view().list(""));
    }
  }

  @Test
  void filesystemWithoutAttributesWillDo() throws Exception {
    Requirements.needsRoot(Layers.sys());
    Path ram = Files.createDirectory(tmp.resolve("ram"));
    run("mount", "-t", "ramfs", "none", ram.toString());
    try {
      WhiteoutFormat format = WhiteoutFormat.KERNEL_AND_AUFS;
      Layers layers =
          Layers.bare(ram)
              .format(new LayerOptions(false, format, XattrPermissions.NONE))
              .lower(dir("d", file("old")), dir("e", file("x")), file("f", "data"));
      try (Merged m = layers.mount()) {
        m.view().overwrite("f", "DATA");
        m.view().unlink("d/old");
        m.view().rmdir("d");
        m.view().mkdir("d");
        m.view().createFile("d/new", 0644);
        m.view().unlink("e/x");
        m.view().mkdir("g");
        m.view().createFile("g/y", 0644);
        m.view().rename("g", "e");
        assertEquals(Set.of(".wh..wh..opq", "new"), m.disk().names(m.upper("d")));
      }
      try (Merged m = layers.mount()) {
        assertEquals(List.of("d", "e", "f"), m.view().list(""));
        assertEquals(List.of("new"), m.view().list("d"));
        assertEquals(List.of("y"), m.view().list("e"));
        assertEquals("DATA", m.view().read("f"));
      }
    } finally {
      run("umount", "-l", ram.toString());
    }
  }

  private static void run(String... command) throws Exception {
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), command[0]);
  }

  @Test
  void whatIsWrittenIsReadAgainByTheNextMount() throws Exception {
    Layers layers =
        names().lower(file("a"), dir("d", file("x")), file("c", "C"), dir("e", file("y")));
    try (Merged m = layers.mount()) {
      m.view().unlink("a");
      m.view().unlink("d/x");
      m.view().rename("c", "c2");
      m.view().unlink("e/y");
      m.view().rmdir("e");
      m.view().mkdir("e");
    }
    try (Merged m = layers.mount()) {
      assertEquals(List.of("c2", "d", "e"), m.view().list(""));
      assertEquals(List.of(), m.view().list("d"));
      assertEquals(List.of(), m.view().list("e"));
      assertFalse(m.view().exists("a"));
      assertFalse(m.view().exists("d/x"));
    }
  }
}
