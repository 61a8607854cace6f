package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Which object of which layer a name shows. */
interface LookupTests extends Fixture {
  @Test
  default void lowerFileIsSeen() {
    lower(2, "f").file("deep");
    mount();
    assertEquals("deep", merged("f").text());
  }

  @Test
  default void upperFileHidesLowerFile() {
    lower("f").file("lower");
    upper("f").file("upper");
    mount();
    assertEquals("upper", merged("f").text());
  }

  @Test
  default void higherLowerHidesDeeperLower() {
    lower(0, "f").file("high");
    lower(1, "f").file("deep");
    mount();
    assertEquals("high", merged("f").text());
  }

  @Test
  default void directoriesOfAllLayersMerge() {
    upper("d").mkdir().at("u").file("u");
    lower(0, "d").mkdir().at("a").file("a");
    lower(2, "d").mkdir().at("c").file("c");
    mount();
    assertEquals(List.of("a", "c", "u"), merged("d").list());
    assertEquals("c", merged("d/c").text());
  }

  /** As ovl_fix_origin: it was put there by hand, or by an engine that unpacks into upper. */
  @Test
  default void mergedDirectoryThatWasNotCopiedUpGetsItsOrigin() {
    upper("d").mkdir().at("sub").mkdir();
    lower("d").mkdir().at("sub").mkdir();
    upper("alone").mkdir();
    mount();
    merged("d/sub").stat();
    merged("alone").stat();
    assertEquals(0, upper("d").xattrBytes(ORIGIN)[0]);
    assertEquals(0, upper("d/sub").xattrBytes(ORIGIN)[0]);
    assertEquals("y", upper("").xattr(IMPURE));
    assertEquals("y", upper("d").xattr(IMPURE));
    assertEquals(Set.of(), upper("alone").xattrs());
  }

  @Test
  default void fileHidesDirectoryBelow() {
    lower(0, "n").file("file");
    lower(1, "n").mkdir().at("x").file("x");
    mount();
    assertEquals("file", merged("n").text());
    assertErrno(Errno.ENOTDIR, () -> merged("n/x").stat());
  }

  @Test
  default void directoryHidesFileBelow() {
    lower(0, "n").mkdir().at("x").file("x");
    lower(1, "n").file("file");
    mount();
    assertEquals(List.of("x"), merged("n").list());
  }

  @Test
  default void fileBetweenDirectoriesEndsTheMerge() {
    lower(0, "n").mkdir().at("x").file("x");
    lower(1, "n").file("file");
    lower(2, "n").mkdir().at("y").file("y");
    mount();
    assertEquals(List.of("x"), merged("n").list());
    assertFalse(merged("n/y").exists());
  }

  @Test
  default void whiteoutHidesLowerName() {
    lower("f").file("lower");
    upper("f").whiteout();
    mount();
    assertFalse(merged("f").exists());
    assertEquals(List.of(), overlay().merged().list());
  }

  @Test
  default void whiteoutInMiddleLayerHidesDeeperName() {
    lower(0, "other").file("");
    lower(1, "f").whiteout();
    lower(2, "f").file("deep");
    mount();
    assertFalse(merged("f").exists());
    assertEquals(List.of("other"), overlay().merged().list());
  }

  @Test
  default void whiteoutInLowestLayerIsNeverShown() {
    lower(0, "d").mkdir();
    lower(2, "d").mkdir().at("w").whiteout();
    lower(2, "d/f").file("");
    mount();
    assertFalse(merged("d/w").exists());
    assertEquals(List.of("f"), merged("d").list());
  }

  @Test
  default void whiteoutInDirectoryOfOneLayerIsNeverShown() {
    lower(2, "d").mkdir().at("w").whiteout();
    lower(2, "d/f").file("");
    mount();
    assertFalse(merged("d/w").exists());
    assertEquals(List.of("f"), merged("d").list());
  }

  @Test
  default void whiteoutHidesWholeDirectory() {
    lower("d/e").mkdirs().at("f").file("");
    upper("d").whiteout();
    mount();
    assertErrno(Errno.ENOENT, () -> merged("d/e/f").stat());
  }

  @Test
  default void objectAboveWhiteoutIsSeen() {
    lower(0, "f").file("new");
    lower(1, "f").whiteout();
    lower(2, "f").file("old");
    mount();
    assertEquals("new", merged("f").text());
  }

  @Test
  default void directoryAboveWhiteoutDoesNotMergeWithWhatIsBelow() {
    lower(0, "d").mkdir().at("new").file("");
    lower(1, "d").whiteout();
    lower(2, "d").mkdir().at("old").file("");
    mount();
    assertEquals(List.of("new"), merged("d").list());
    assertFalse(merged("d/old").exists());
  }

  @Test
  default void opaqueDirectoryHidesAllBelow() {
    upper("d").mkdir().setXattr(OPAQUE, "y").at("new").file("");
    lower("d/sub").mkdirs().at("old").file("");
    mount();
    assertEquals(List.of("new"), merged("d").list());
    assertFalse(merged("d/sub").exists());
  }

  @Test
  default void opaqueDirectoryInMiddleLayerHidesDeeperOnes() {
    lower(0, "d").mkdir().at("a").file("");
    lower(1, "d").mkdir().setXattr(OPAQUE, "y").at("b").file("");
    lower(2, "d").mkdir().at("c").file("");
    mount();
    assertEquals(List.of("a", "b"), merged("d").list());
    assertFalse(merged("d/c").exists());
  }

  @Test
  default void otherOpaqueValueDoesNotHide() {
    upper("d").mkdir().setXattr(OPAQUE, "n");
    lower("d").mkdir().at("old").file("");
    mount();
    assertEquals(List.of("old"), merged("d").list());
  }

  @Test
  default void xattrWhiteoutHidesLowerName() {
    overlay().lowers().get(0).setXattr(OPAQUE, "x");
    lower(0, "d").mkdir().setXattr(OPAQUE, "x");
    lower(0, "d/f").file("").setXattr("trusted.overlay.whiteout", "y");
    lower(0, "d/kept").file("");
    lower(1, "d").mkdir().at("f").file("below");
    lower(1, "d/g").file("");
    mount();
    assertFalse(merged("d/f").exists());
    assertEquals(List.of("g", "kept"), merged("d").list());
  }

  @Test
  default void attributesOfMergedDirectoryAreTheTopmostOnes() {
    lower(0, "d").mkdir().chmod(0750).chown(7, 8).at("x").file("");
    lower(0, "d").utimes(5_000_000_001L, 6_000_000_002L).setXattr("user.a", "top");
    lower(1, "d").mkdir().chmod(0777).setXattr("user.b", "below");
    mount();
    Stat stat = merged("d").stat();
    assertEquals(0750, stat.permissions());
    assertEquals(7, stat.uid());
    assertEquals(8, stat.gid());
    assertEquals(6_000_000_002L, stat.mtime());
    assertEquals("[user.a]", merged("d").xattrs().toString());
  }

  @Test
  default void attributesOfRootAreThoseOfUpper() {
    overlay().upper().chmod(0711).chown(3, 4);
    overlay().lowers().get(0).chmod(0700);
    mount();
    assertEquals(0711, overlay().merged().stat().permissions());
    assertEquals(3, overlay().merged().stat().uid());
  }

  @Test
  default void mergedDirectoryHasOneLink() {
    upper("d/sub").mkdirs();
    lower("d/other").mkdirs();
    mount();
    assertEquals(1, merged("d").stat().nlink());
  }

  @Test
  default void specialFilesKeepTypeNumbersAndTarget() {
    lower("fifo").mknod(Linux.S_IFIFO | 0640, 0, 0);
    lower("socket").mknod(Linux.S_IFSOCK | 0600, 0, 0);
    lower("char").mknod(Linux.S_IFCHR | 0666, 1, 3);
    lower("block").mknod(Linux.S_IFBLK | 0660, 300, 70000);
    lower("link").symlink("no/such\u00ffplace");
    mount();
    assertEquals(Linux.S_IFIFO, merged("fifo").stat().type());
    assertEquals(Linux.S_IFSOCK, merged("socket").stat().type());
    assertEquals(3, merged("char").stat().rdevMinor());
    assertEquals(300, merged("block").stat().rdevMajor());
    assertEquals(70000, merged("block").stat().rdevMinor());
    assertEquals("no/such\u00ffplace", merged("link").readlink());
    assertEquals(13, merged("link").stat().size());
  }

  @Test
  default void deviceOfLowerCanBeUsed() {
    lower("null").mknod(Linux.S_IFCHR | 0666, 1, 3);
    mount();
    try (OpenFile device = merged("null").open(Linux.O_RDWR)) {
      device.write("gone");
      assertEquals(0, device.readAll().length);
    }
    assertFalse(upper("null").exists());
  }

  @Test
  default void missingNameCanBeCreatedAfterItWasAskedFor() {
    lower("d").mkdir();
    mount();
    assertFalse(merged("d/f").exists());
    merged("d/f").file("now");
    assertEquals("now", merged("d/f").text());
  }

  @Test
  default void nameOf255BytesWorksAnd256IsTooLong() {
    String name = "n".repeat(255);
    lower(name).file("long");
    mount();
    assertEquals("long", merged(name).text());
    merged(name).append("er");
    merged("m".repeat(255)).file("new");
    assertErrno(Errno.ENAMETOOLONG, () -> merged(name + "n").stat());
    assertErrno(Errno.ENAMETOOLONG, () -> merged(name + "n").mkdir());
    assertEquals(List.of("m".repeat(255), name), overlay().merged().list());
    assertEquals("longer", upper(name).text());
  }

  @Test
  default void namesAreBytes() {
    String name = "\u00ff\u0080 \n\\\"*\u0001";
    lower(name).mkdir().at("\u00fe\u00c3").file("lower");
    mount();
    assertEquals(List.of(name), overlay().merged().list());
    merged(name + "/\u00fe\u00c3").append("+upper");
    assertEquals("lower+upper", upper(name + "/\u00fe\u00c3").text());
    merged(name + "/\u00fe\u00c3").rename(merged("\u00f0"));
    assertEquals("lower+upper", merged("\u00f0").text());
  }

  @Test
  default void deepDirectoriesCanBeWalkedAndWritten() {
    int depth = 120;
    String name = "d".repeat(60); // 120 * 61 bytes: twice what one path can hold
    FsPath start = lower("deep").mkdir();
    descend(start, name, depth, true);
    mount();
    try (OpenFile deepest = descend(merged("deep"), name, depth, false)) {
      try (OpenFile file = deepest.openat("f", Linux.O_CREAT | Linux.O_RDWR, 0644)) {
        file.write("bottom");
      }
    }
    remount();
    try (OpenFile deepest = descend(merged("deep"), name, depth, false);
        OpenFile file = deepest.openat("f", Linux.O_RDONLY, 0)) {
      assertEquals("bottom", file.pread(10, 0));
    }
  }

  private static OpenFile descend(FsPath start, String name, int depth, boolean make) {
    OpenFile dir = start.open(Linux.O_RDONLY | Linux.O_DIRECTORY);
    for (int i = 0; i < depth; i++) {
      if (make) {
        dir.mkdirat(name);
      }
      OpenFile next = dir.openat(name, Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
      dir.close();
      dir = next;
    }
    return dir;
  }

  @Test
  default void fiveHundredLowersMerge() {
    List<FsPath> lowers = overlay().lowers();
    List<String> expected = new ArrayList<>();
    for (int i = lowers.size(); i < 500; i++) {
      overlay().addLower(overlay().home().at("l" + i).mkdir());
    }
    for (int i = 0; i < 500; i++) {
      String name = String.format("n%03d", i);
      lowers.get(i).at("d").mkdir().at(name).file(name);
      lowers.get(i).at("d/same").file(name);
      expected.add(name);
    }
    expected.add("same");
    mount();
    assertEquals(expected, merged("d").list());
    assertEquals("n000", merged("d/same").text());
    merged("d/n499").append("!");
    assertEquals("n499!", upper("d/n499").text());
  }

  @Test
  default void layersMayBeGivenBySymlinkAndHaveColonsInTheirNames() {
    FsPath odd = overlay().home().at("a:b,c d\\e").mkdir();
    odd.at("odd").file("odd");
    overlay().home().at("link").symlink("a:b,c d\\e");
    overlay().addLower(odd);
    overlay().addLower(overlay().home().at("link2").symlink("lower0"));
    overlay().lowers().remove(0);
    lower(overlay().lowers().size() - 1, "plain").file("plain");
    mount();
    assertTrue(merged("odd").exists());
    assertEquals("plain", merged("plain").text());
  }

  @Test
  default void metacopyIsRefusedWhereItIsNotFollowed() {
    lower(1, "f").file("content");
    lower(0, "f").file("").truncate(7);
    lower(0, "f").setXattr("trusted.overlay.metacopy", "");
    mount();
    assertErrno(Errno.EPERM, () -> merged("f").text());
  }
}
