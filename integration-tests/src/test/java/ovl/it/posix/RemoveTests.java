package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** unlink and rmdir, and what is then in upper. */
interface RemoveTests extends Fixture {
  @Test
  default void unlinkOfLowerFileLeavesAWhiteout() {
    lower("f").file("");
    mount();
    merged("f").unlink();
    assertFalse(merged("f").exists());
    assertTrue(upper("f").stat().isWhiteout());
    assertTrue(lower("f").exists());
    remount();
    assertFalse(merged("f").exists());
  }

  @Test
  default void unlinkOfFileInBothLayersLeavesAWhiteout() {
    lower("f").file("");
    upper("f").file("");
    mount();
    merged("f").unlink();
    assertTrue(upper("f").stat().isWhiteout());
  }

  @Test
  default void unlinkOfUpperFileLeavesNothing() {
    upper("f").file("");
    lower("d").mkdir();
    mount();
    merged("d/new").file("");
    merged("f").unlink();
    merged("d/new").unlink();
    assertEquals(List.of("d"), overlay().upper().list());
    assertEquals(List.of(), upper("d").list());
  }

  @Test
  default void unlinkOverLowerWhiteoutLeavesNothing() {
    lower(0, "f").whiteout();
    lower(1, "f").file("");
    mount();
    merged("f").file("new");
    merged("f").unlink();
    assertFalse(upper("f").exists());
    assertFalse(merged("f").exists());
  }

  @Test
  default void unlinkInOpaqueDirectoryLeavesNothing() {
    lower("d").mkdir().at("f").file("lower");
    upper("d").mkdir().setXattr(OPAQUE, "y").at("f").file("upper");
    mount();
    merged("d/f").unlink();
    assertFalse(upper("d/f").exists());
    assertFalse(merged("d/f").exists());
  }

  @Test
  default void nameCanComeAndGoManyTimes() {
    lower("f").file("lower");
    mount();
    for (int i = 0; i < 5; i++) {
      merged("f").unlink();
      assertFalse(merged("f").exists());
      merged("f").file("round " + i);
      assertEquals("round " + i, merged("f").text());
    }
    merged("f").unlink();
    assertTrue(upper("f").stat().isWhiteout());
  }

  @Test
  default void unlinkOfSymlinksAndSpecialFiles() {
    lower("link").symlink("f");
    lower("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0);
    lower("char").mknod(Linux.S_IFCHR | 0600, 5, 1);
    lower("f").file("");
    mount();
    for (String name : List.of("link", "fifo", "char")) {
      merged(name).unlink();
      assertTrue(upper(name).stat().isWhiteout());
    }
    assertEquals(List.of("f"), overlay().merged().list());
  }

  @Test
  default void unlinkOfADirectoryAndRmdirOfAFileAreRefused() {
    lower("d").mkdir();
    lower("f").file("");
    mount();
    assertErrno(Errno.EISDIR, () -> merged("d").unlink());
    assertErrno(Errno.ENOTDIR, () -> merged("f").rmdir());
    assertErrno(Errno.ENOENT, () -> merged("none").unlink());
    assertErrno(Errno.ENOENT, () -> merged("none").rmdir());
    assertEquals(List.of(), overlay().upper().list());
  }

  @Test
  default void rmdirOfEmptyLowerDirectoryLeavesAWhiteout() {
    lower("d").mkdir();
    mount();
    merged("d").rmdir();
    assertFalse(merged("d").exists());
    assertTrue(upper("d").stat().isWhiteout());
  }

  @Test
  default void rmdirOfNonEmptyDirectoriesIsRefused() {
    lower("low").mkdir().at("f").file("");
    upper("up").mkdir().at("f").file("");
    lower("mixed").mkdir().at("f").file("");
    upper("mixed").mkdir();
    mount();
    for (String name : List.of("low", "up", "mixed")) {
      assertErrno(Errno.ENOTEMPTY, () -> merged(name).rmdir());
    }
    assertFalse(upper("low").exists());
  }

  @Test
  default void rmdirThatIsRefusedCopiesNothingUp() {
    lower("d").mkdir().at("e").mkdir().at("f").file("");
    mount();
    assertErrno(Errno.ENOTEMPTY, () -> merged("d/e").rmdir());
    assertEquals(List.of(), overlay().upper().list());
  }

  @Test
  default void rmdirOfMergedDirectoryWhoseEntriesAreAllRemoved() {
    lower(0, "d").mkdir().at("a").file("");
    lower(1, "d").mkdir().at("b").file("");
    upper("d").mkdir().at("c").file("");
    mount();
    for (String name : List.of("a", "b", "c")) {
      merged("d").at(name).unlink();
    }
    merged("d").rmdir();
    assertTrue(upper("d").stat().isWhiteout());
    remount();
    assertEquals(List.of(), overlay().merged().list());
  }

  @Test
  default void rmdirOfDirectoryThatHoldsOnlyWhiteoutsOfLayers() {
    lower(0, "d").mkdir().at("a").whiteout();
    lower(1, "d").mkdir().at("a").file("");
    mount();
    assertEquals(List.of(), merged("d").list());
    merged("d").rmdir();
    assertFalse(merged("d").exists());
  }

  @Test
  default void rmdirOfUpperDirectoryLeavesNothing() {
    lower("p").mkdir();
    mount();
    merged("p/d").mkdir();
    merged("p/d").rmdir();
    assertEquals(List.of(), upper("p").list());
  }

  @Test
  default void rmdirOfOpaqueDirectoryLeavesAWhiteout() {
    lower("d").mkdir().at("f").file("");
    upper("d").mkdir().setXattr(OPAQUE, "y");
    mount();
    merged("d").rmdir();
    assertTrue(upper("d").stat().isWhiteout());
    assertFalse(merged("d").exists());
  }

  @Test
  default void removalTakesTheMtimeOfTheDirectoryOnward() {
    lower("d").mkdir().at("f").file("");
    lower("d").mtime(2_000_000_000L);
    mount();
    merged("d/f").unlink();
    assertTrue(merged("d").stat().mtime() > 2_000_000_000L);
  }

  @Test
  default void wholeTreesCanBeRemovedAndMadeAgain() {
    for (int i = 0; i < 10; i++) {
      FsPath low = lower(i % 2, "tree/d" + i).mkdirs();
      FsPath up = upper("tree/d" + (i * 7 % 13)).mkdirs();
      for (int j = 0; j < 20; j++) {
        low.at("low" + j).file("x");
        up.at("up" + j).file("y");
      }
      low.at("link").symlink("low1");
    }
    mount();
    merged("tree").removeTree();
    assertEquals(List.of(), overlay().merged().list());
    assertEquals(List.of("tree"), overlay().upper().list());
    assertTrue(upper("tree").stat().isWhiteout());
    merged("tree/d1").mkdirs().at("f").file("again");
    remount();
    assertEquals(List.of("d1"), merged("tree").list());
    assertEquals(List.of("f"), merged("tree/d1").list());
  }
}
