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

final class RenameTest {
  @TempDir Path tmp;

  @Test
  void lowerFileIsCopiedAndLeavesAWhiteout() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "x"), dir("d")).mount()) {
      long id = m.view().id("a");
      m.view().rename("a", "d/b");
      assertEquals("x", m.view().read("d/b"));
      assertEquals(id, m.view().id("d/b"));
      assertFalse(m.view().exists("a"));
      m.assertWhiteout("a");
      assertEquals("x", m.disk().content(m.upper("d/b")));
      assertTrue(m.isImpure("d"), "the moved file has an origin");
    }
  }

  @Test
  void upperFileLeavesNothing() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "x")).mount()) {
      m.view().rename("a", "b");
      assertEquals(Set.of("b"), m.disk().names(m.upper("")));
    }
  }

  @Test
  void overAWhiteoutKeepsTheLowerHidden() throws Exception {
    try (Merged m =
        layers(tmp).lower(file("b", "low")).upper(file("a", "x"), whiteout("b")).mount()) {
      m.view().rename("a", "b");
      assertEquals("x", m.view().read("b"));
      m.view().unlink("b");
      assertFalse(m.view().exists("b"));
      m.assertWhiteout("b");
    }
  }

  @Test
  void overALowerFileReplacesIt() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "1"), file("b", "2")).mount()) {
      long replaced = m.view().id("b");
      m.view().rename("a", "b");
      assertEquals("1", m.view().read("b"));
      assertEquals(List.of("b"), m.view().list(""));
      assertEquals(0, m.view().stat(replaced).nlink);
      m.assertWhiteout("a");
    }
  }

  @Test
  void replacedOpenFileStaysReadable() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "1"), file("b", "2")).mount()) {
      long fh = m.view().open("b", Linux.O_RDONLY);
      m.view().rename("a", "b");
      assertEquals("2", m.view().readFh(fh));
      m.view().release(fh);
      assertEquals("1", m.view().read("b"));
    }
  }

  @Test
  void noReplaceRefusesATakenName() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), file("b")).upper(file("c")).mount()) {
      assertErrno(Errno.EEXIST, () -> m.view().rename("c", "a", Linux.RENAME_NOREPLACE));
      m.view().rename("c", "d", Linux.RENAME_NOREPLACE);
      assertEquals(List.of("a", "b", "d"), m.view().list(""));
    }
  }

  @Test
  void noReplaceTakesAWhitedOutName() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).upper(whiteout("a"), file("c", "x")).mount()) {
      m.view().rename("c", "a", Linux.RENAME_NOREPLACE);
      assertEquals("x", m.view().read("a"));
    }
  }

  @Test
  void exchangeSwapsLowerAndUpperFiles() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "1")).upper(dir("d", file("b", "2"))).mount()) {
      m.view().rename("a", "d/b", Linux.RENAME_EXCHANGE);
      assertEquals("2", m.view().read("a"));
      assertEquals("1", m.view().read("d/b"));
      assertEquals("2", m.disk().content(m.upper("a")));
    }
  }

  @Test
  void exchangeOfAFileAndADirectory() throws Exception {
    try (Merged m =
        layers(tmp).lower(dir("merged", file("f", "1"))).upper(dir("d", file("x"))).mount()) {
      m.view().rename("merged/f", "d", Linux.RENAME_EXCHANGE);
      assertEquals("1", m.view().read("d"));
      assertEquals(List.of("x"), m.view().list("merged/f"));
      assertTrue(m.isOpaque("merged/f"), "it must not merge with what a lower has there");
    }
  }

  @Test
  void otherFlagsAreInvalid() throws Exception {
    try (Merged m = layers(tmp).upper(file("a"), file("b")).mount()) {
      for (int flags : new int[] {Linux.RENAME_WHITEOUT, 3, 6, 8}) {
        assertErrno(Errno.EINVAL, () -> m.view().rename("a", "b", flags));
      }
    }
  }

  @Test
  void twoNamesOfOneFileStayAsTheyAre() throws Exception {
    try (Merged m = layers(tmp).upper(file("a")).mount()) {
      m.view().link("a", "b");
      for (int flags : new int[] {0, Linux.RENAME_EXCHANGE, Linux.RENAME_WHITEOUT}) {
        m.view().rename("a", "b", flags);
      }
      assertErrno(Errno.EEXIST, () -> m.view().rename("a", "b", Linux.RENAME_NOREPLACE));
      assertErrno(Errno.ENOENT, () -> m.view().rename("c", "d", 0));
      assertEquals(List.of("a", "b"), m.view().list(""));
    }
  }

  @Test
  void withoutRedirectsLowerOrMergedDirectoryCannotMove() throws Exception {
    try (Merged m =
        layers(tmp)
            .redirectDir(RedirectDir.OFF)
            .lower(dir("low"), dir("mixed"))
            .upper(dir("mixed"), dir("pure"))
            .mount()) {
      assertErrno(Errno.EXDEV, () -> m.view().rename("low", "x"));
      assertErrno(Errno.EXDEV, () -> m.view().rename("mixed", "x"));
      assertErrno(Errno.EXDEV, () -> m.view().rename("pure", "low", Linux.RENAME_EXCHANGE));
      assertEquals(List.of("low", "mixed", "pure"), m.view().list(""));
    }
  }

  @Test
  void pureUpperDirectoryMovesWithItsContent() throws Exception {
    try (Merged m = layers(tmp).upper(dir("d", dir("e", file("f", "x"))), dir("to")).mount()) {
      long inner = m.view().id("d/e");
      m.view().rename("d", "to/d");
      assertEquals("x", m.view().read("to/d/e/f"));
      assertEquals(inner, m.view().id("to/d/e"));
      m.view().createFile("to/d/e/g", 0644);
      assertTrue(m.disk().exists(m.upper("to/d/e/g")));
    }
  }

  @Test
  void directoryMovedToAWhitedOutNameIsOpaque() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("hidden")))
            .upper(whiteout("d"), dir("n", file("x")))
            .mount()) {
      m.view().rename("n", "d");
      assertEquals(List.of("x"), m.view().list("d"));
      assertTrue(m.isOpaque("d"));
      assertFalse(m.disk().exists(m.upper("n")), "no whiteout is left where nothing is below");
    }
  }

  @Test
  void directoryReplacesAnEmptyLowerOne() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).upper(dir("n", file("x"))).mount()) {
      m.view().rename("n", "d");
      assertEquals(List.of("x"), m.view().list("d"));
      assertTrue(m.isOpaque("d"));
    }
  }

  @Test
  void directoryReplacesOneThatHoldsOnlyWhiteouts() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("a"), file("b")))
            .upper(dir("d", whiteout("a"), whiteout("b")), dir("n", file("x")))
            .mount()) {
      m.view().rename("n", "d");
      assertEquals(List.of("x"), m.view().list("d"));
      assertEquals(Set.of("d"), m.disk().names(m.upper("")));
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void directoryDoesNotReplaceAFullOne() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"))).upper(dir("n")).mount()) {
      assertErrno(Errno.ENOTEMPTY, () -> m.view().rename("n", "d"));
      assertEquals(List.of("a"), m.view().list("d"));
    }
  }

  @Test
  void kindsMustMatch() throws Exception {
    try (Merged m = layers(tmp).upper(dir("d"), file("f")).mount()) {
      assertErrno(Errno.ENOTDIR, () -> m.view().rename("d", "f"));
      assertErrno(Errno.EISDIR, () -> m.view().rename("f", "d"));
      assertErrno(Errno.ENOENT, () -> m.view().rename("none", "x"));
      assertErrno(Errno.ENOENT, () -> m.view().rename("f", "none", Linux.RENAME_EXCHANGE));
    }
  }

  @Test
  void directoryCannotMoveBelowItself() throws Exception {
    try (Merged m = layers(tmp).upper(dir("d", dir("e"))).mount()) {
      assertErrno(Errno.EINVAL, () -> m.view().rename("d", "d/e/x"));
      assertEquals(List.of("e"), m.view().list("d"));
    }
  }

  @Test
  void renameBetweenNamesOfOneFileDoesNothing() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "x"), hardLink("b", "a")).mount()) {
      m.view().rename("a", "b");
      assertEquals(List.of("a", "b"), m.view().list(""));
    }
  }

  @Test
  void renamedNameOfAHardLinkLeavesTheOther() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "x"), hardLink("b", "a")).mount()) {
      m.view().id("b");
      m.view().rename("a", "c");
      assertEquals(List.of("b", "c"), m.view().list(""));
      assertEquals(m.view().id("b"), m.view().id("c"));
      assertEquals("x", m.view().read("b"));
      m.assertWhiteout("a");
    }
  }

  @Test
  void renameIntoARemovedDirectoryFails() throws Exception {
    try (Merged m = layers(tmp).upper(file("a"), dir("d")).mount()) {
      long removed = m.view().id("d");
      m.view().rmdir("d");
      assertErrno(
          Errno.ENOENT,
          () ->
              m.fs()
                  .rename(
                      m.view().caller(), 1, m.view().name("a"), removed, m.view().name("a"), 0));
      assertTrue(m.view().exists("a"));
    }
  }

  @Test
  void namesBelowAMovedDirectoryAreFoundAfterItsDescriptorWasClosed() throws Exception {
    try (Merged m = layers(tmp).upper(dir("d", dir("e", dir("f", file("x", "1"))))).mount()) {
      long deep = m.view().id("d/e/f");
      m.fs().nodes().get(deep).real().upper().forget();
      m.fs().nodes().get(m.view().id("d/e")).real().upper().forget();
      m.fs().nodes().get(m.view().id("d")).real().upper().forget();
      m.view().rename("d", "moved");
      assertEquals(Linux.S_IFDIR, m.view().stat(deep).mode & Linux.S_IFMT);
      assertEquals("1", m.view().read("moved/e/f/x"));
    }
  }
}
