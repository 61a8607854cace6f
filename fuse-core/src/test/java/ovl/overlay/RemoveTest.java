package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.hardLink;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.whiteout;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.Linux;

final class RemoveTest {
  @TempDir Path tmp;

  @Test
  void unlinkOfALowerFileLeavesAWhiteout() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      m.view().unlink("a");
      assertFalse(m.view().exists("a"));
      m.assertWhiteout("a");
      assertTrue(m.disk().exists(m.lower(1, "a")));
    }
  }

  @Test
  void unlinkOfAnUpperFileLeavesNothing() throws Exception {
    try (Merged m = layers(tmp).upper(file("a")).mount()) {
      m.view().unlink("a");
      assertFalse(m.disk().exists(m.upper("a")));
    }
  }

  @Test
  void unlinkOfAnUpperFileOverALowerOneLeavesAWhiteout() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).upper(file("a")).mount()) {
      m.view().unlink("a");
      assertFalse(m.view().exists("a"));
      m.assertWhiteout("a");
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void noWhiteoutOverAWhiteoutOfALower() throws Exception {
    try (Merged m = layers(tmp).lower(whiteout("a")).lower(file("a")).upper(file("a")).mount()) {
      m.view().unlink("a");
      assertFalse(m.view().exists("a"));
      assertFalse(m.disk().exists(m.upper("a")), "the lower whiteout hides enough");
    }
  }

  @Test
  void whiteoutsShareOneInode() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), file("b"), dir("d")).mount()) {
      m.view().unlink("a");
      m.view().unlink("b");
      m.view().rmdir("d");
      long ino = m.disk().stat(m.upper("a")).ino();
      assertEquals(ino, m.disk().stat(m.upper("b")).ino());
      assertEquals(ino, m.disk().stat(m.upper("d")).ino());
    }
  }

  @Test
  void unlinkedFileStaysUsableThroughItsHandleAndNode() throws Exception {
    try (Merged m = layers(tmp).lower(file("low", "1")).upper(file("up", "2")).mount()) {
      for (String name : new String[] {"low", "up"}) {
        long id = m.view().id(name);
        long fh = m.view().open(name, Linux.O_RDONLY);
        m.view().unlink(name);
        assertEquals(name.equals("low") ? "1" : "2", m.view().readFh(fh));
        assertEquals(0, m.view().stat(id).nlink);
        m.view().release(fh);
        long again = m.view().openId(id, Linux.O_RDONLY);
        assertEquals(name.equals("low") ? "1" : "2", m.view().readFh(again));
        m.view().release(again);
      }
    }
  }

  @Test
  void otherNameOfAnUnlinkedFileStays() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "x"), hardLink("b", "a")).mount()) {
      long id = m.view().id("a");
      assertEquals(id, m.view().id("b"));
      m.view().unlink("a");
      assertEquals("x", m.view().read("b"));
      assertEquals(id, m.view().id("b"));
      assertEquals(1, m.view().stat(id).nlink);
      m.view().unlink("b");
      assertEquals(0, m.view().stat(id).nlink);
    }
  }

  @Test
  void lowerHardLinkCountsDownWithEachName() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "x"), hardLink("b", "a")).mount()) {
      long id = m.view().id("a");
      m.view().id("b");
      m.view().unlink("a");
      assertEquals(1, m.view().stat(id).nlink);
      assertEquals("x", m.view().read("b"));
      m.view().unlink("b");
      assertEquals(0, m.view().stat(id).nlink);
      m.assertWhiteout("a");
      m.assertWhiteout("b");
    }
  }

  @Test
  void rmdirOfALowerDirectoryLeavesAWhiteout() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).mount()) {
      m.view().rmdir("d");
      m.assertWhiteout("d");
      assertEquals(List.of(), m.view().list(""));
    }
  }

  @Test
  void directoryWithVisibleNamesIsNotEmpty() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("low", file("x")), dir("mixed", file("x")))
            .upper(dir("up", file("x")), dir("mixed"))
            .mount()) {
      for (String name : new String[] {"low", "up", "mixed"}) {
        assertErrno(Errno.ENOTEMPTY, () -> m.view().rmdir(name));
        assertTrue(m.view().exists(name + "/x"));
      }
    }
  }

  @Test
  void directoryThatHoldsOnlyWhiteoutsIsEmpty() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("x"), dir("y")))
            .upper(dir("d", whiteout("x"), whiteout("y")))
            .mount()) {
      m.view().rmdir("d");
      m.assertWhiteout("d");
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void pureUpperDirectoryWithStrayWhiteoutsCanBeRemoved() throws Exception {
    try (Merged m = layers(tmp).upper(dir("d", whiteout("x"))).mount()) {
      m.view().rmdir("d");
      assertFalse(m.disk().exists(m.upper("d")));
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void removedTreeCanBeMadeAnewAndIsEmpty() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("x"))).mount()) {
      m.view().unlink("d/x");
      m.view().rmdir("d");
      m.view().mkdir("d");
      assertEquals(List.of(), m.view().list("d"));
      assertTrue(m.isOpaque("d"));
      assertFalse(m.view().exists("d/x"));
    }
  }

  @Test
  void wrongKindIsRefused() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), dir("d")).mount()) {
      assertErrno(Errno.EISDIR, () -> m.view().unlink("d"));
      assertErrno(Errno.ENOTDIR, () -> m.view().rmdir("a"));
      assertErrno(Errno.ENOENT, () -> m.view().unlink("none"));
      assertErrno(Errno.ENOENT, () -> m.view().rmdir("none"));
      assertEquals(Set.of(), m.disk().names(m.upper("")));
    }
  }

  @Test
  void removedDirectoryCanStillBeLookedAt() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).mount()) {
      long low = m.view().id("d");
      long up = m.view().mkdir("e", 0751);
      long fh = m.view().opendir("e");
      m.view().rmdir("d");
      m.view().rmdir("e");
      assertEquals(Linux.S_IFDIR | 0751, m.view().stat(up).mode);
      assertEquals(Linux.S_IFDIR, m.view().stat(low).mode & Linux.S_IFMT);
      assertEquals(List.of(), m.view().page(fh, 0, 100, false));
      m.view().releasedir(fh);
    }
  }
}
