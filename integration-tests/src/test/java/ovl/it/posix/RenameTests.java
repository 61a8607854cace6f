package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.OsError;
import ovl.it.os.Stat;
import ovl.it.overlay.Backing;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** rename and renameat2. */
interface RenameTests extends Fixture {
  @Test
  default void renameOfLowerFileLeavesAWhiteoutAtItsSource() {
    lower("a").file("content").chmod(0604).chown(3, 4).mtime(5_000_000_005L);
    mount();
    merged("a").rename(merged("b"));
    assertFalse(merged("a").exists());
    assertEquals("content", merged("b").text());
    Stat stat = merged("b").stat();
    assertEquals(0604, stat.permissions());
    assertEquals(3, stat.uid());
    assertEquals(5_000_000_005L, stat.mtime());
    assertTrue(upper("a").stat().isWhiteout());
    remount();
    assertEquals(List.of("b"), overlay().merged().list());
  }

  @Test
  default void renameOfUpperFileLeavesNothingAtItsSource() {
    lower("d").mkdir();
    mount();
    merged("a").file("content");
    merged("a").rename(merged("d/b"));
    assertEquals(List.of("d"), overlay().upper().list());
    assertEquals("content", upper("d/b").text());
  }

  @Test
  default void renameReplacesALowerFile() {
    lower("a").file("a");
    lower("b").file("b");
    mount();
    merged("a").rename(merged("b"));
    assertEquals("a", merged("b").text());
    remount();
    assertEquals(List.of("b"), overlay().merged().list());
    assertEquals("a", merged("b").text());
  }

  @Test
  default void renameOverWhiteoutKeepsLowerHidden() {
    lower("old").file("old");
    mount();
    merged("old").unlink();
    merged("new").file("new");
    merged("new").rename(merged("old"));
    merged("old").rename(merged("away"));
    assertFalse(merged("old").exists());
    remount();
    assertEquals(List.of("away"), overlay().merged().list());
  }

  @Test
  default void renameOfLowerFileOverWhiteoutLeavesAWhiteout() {
    lower("a").file("a");
    lower("b").file("b");
    mount();
    merged("b").unlink();
    merged("a").rename(merged("b"));
    assertTrue(upper("a").stat().isWhiteout());
    assertEquals("a", upper("b").text());
  }

  @Test
  default void whiteoutThatChangesPlacesKeepsItsGroup() {
    lower("d").mkdir().at("a").file("a");
    lower("d/b").file("b");
    lower("d").chown(0, 77).chmod(02777);
    mount();
    merged("d/b").unlink();
    merged("d/a").rename(merged("d/b"));
    assertEquals(0, upper("d/a").stat().gid());
  }

  @Test
  default void noreplaceRefusesExistingNamesOnly() {
    lower("a").file("a");
    lower("b").file("b");
    lower("gone").file("");
    mount();
    assertErrno(Errno.EEXIST, () -> merged("a").rename(merged("b"), Linux.RENAME_NOREPLACE));
    merged("gone").unlink();
    merged("a").rename(merged("gone"), Linux.RENAME_NOREPLACE);
    merged("b").rename(merged("new"), Linux.RENAME_NOREPLACE);
    assertEquals(List.of("gone", "new"), overlay().merged().list());
    assertEquals("a", merged("gone").text());
  }

  @Test
  default void exchangeSwapsFilesOfDifferentLayers() {
    lower("a").file("a");
    upper("b").file("b");
    mount();
    merged("a").rename(merged("b"), Linux.RENAME_EXCHANGE);
    assertEquals("b", merged("a").text());
    assertEquals("a", merged("b").text());
    remount();
    assertEquals("b", merged("a").text());
    assertEquals("a", merged("b").text());
  }

  @Test
  default void exchangeSwapsFileAndDirectory() {
    lower("f").file("file");
    mount();
    merged("p").mkdir().at("d").mkdir().at("x").file("x");
    merged("f").rename(merged("p/d"), Linux.RENAME_EXCHANGE);
    assertEquals("file", merged("p/d").text());
    assertEquals(List.of("x"), merged("f").list());
    remount();
    assertEquals("file", merged("p/d").text());
    assertEquals(List.of("x"), merged("f").list());
  }

  @Test
  default void exchangeNeedsBothNames() {
    lower("a").file("");
    mount();
    assertErrno(Errno.ENOENT, () -> merged("a").rename(merged("none"), Linux.RENAME_EXCHANGE));
  }

  @Test
  default void whiteoutFlagIsNotForUsers() {
    lower("a").file("");
    upper("u").file("");
    mount();
    assertErrno(Errno.EINVAL, () -> merged("a").rename(merged("b"), Linux.RENAME_WHITEOUT));
    assertErrno(Errno.EINVAL, () -> merged("u").rename(merged("b"), Linux.RENAME_WHITEOUT));
    assertEquals(List.of("a", "u"), overlay().merged().list());
  }

  @Test
  default void withoutRedirectsRenameOfLowerDirectoriesIsCrossDevice() {
    lower("low").mkdir().at("f").file("");
    lower("both").mkdir();
    upper("both").mkdir();
    overlay().feature("redirect_dir=off");
    mount();
    assertErrno(Errno.EXDEV, () -> merged("low").rename(merged("new")));
    assertErrno(Errno.EXDEV, () -> merged("both").rename(merged("new")));
    merged("up").mkdir();
    assertErrno(Errno.EXDEV, () -> merged("low").rename(merged("up"), Linux.RENAME_EXCHANGE));
    assertErrno(Errno.EXDEV, () -> merged("up").rename(merged("both"), Linux.RENAME_EXCHANGE));
    assertEquals(List.of("both", "low", "up"), overlay().merged().list());
    assertEquals(List.of("f"), merged("low").list());
  }

  @Test
  default void mvOfLowerDirectoryWorksAllTheSame() {
    lower("low/sub").mkdirs().at("f").file("content").chmod(0604);
    mount();
    Exec.ok("mv", merged("low").toString(), merged("new").toString());
    assertFalse(merged("low").exists());
    assertEquals("content", merged("new/sub/f").text());
    assertEquals(0604, merged("new/sub/f").stat().permissions());
    assertTrue(upper("low").stat().isWhiteout());
  }

  @Test
  default void upperDirectoryMovesWithItsContent() {
    lower("p").mkdir();
    mount();
    merged("d/e").mkdirs().at("f").file("deep");
    merged("d").rename(merged("p/moved"));
    assertEquals("deep", merged("p/moved/e/f").text());
    assertFalse(merged("d").exists());
    remount();
    assertEquals("deep", merged("p/moved/e/f").text());
  }

  @Test
  default void directoryMovedOntoARemovedOneDoesNotMergeWithIt() {
    lower("d").mkdir().at("old").file("");
    mount();
    merged("d").removeTree();
    merged("n").mkdir().at("new").file("");
    merged("n").rename(merged("d"));
    assertEquals(List.of("new"), merged("d").list());
    remount();
    assertEquals(List.of("new"), merged("d").list());
    assertEquals("y", upper("d").xattr(OPAQUE));
  }

  @Test
  default void directoryReplacesAnEmptyMergedOne() {
    lower("d").mkdir().at("old").file("");
    mount();
    merged("d/old").unlink();
    merged("n").mkdir().at("new").file("");
    merged("n").rename(merged("d"));
    assertEquals(List.of("new"), merged("d").list());
    remount();
    assertEquals(List.of("new"), merged("d").list());
  }

  @Test
  default void directoryDoesNotReplaceANonEmptyOne() {
    lower("low").mkdir().at("f").file("");
    upper("up").mkdir().at("f").file("");
    mount();
    merged("n").mkdir();
    assertErrno(Errno.ENOTEMPTY, () -> merged("n").rename(merged("low")));
    // POSIX allows EEXIST too, and xfs says so.
    int errno = assertThrows(OsError.class, () -> merged("n").rename(merged("up"))).errno();
    assertTrue(errno == Errno.ENOTEMPTY || errno == Errno.EEXIST, () -> Errno.name(errno));
  }

  @Test
  default void fileAndDirectoryDoNotReplaceEachOther() {
    lower("f").file("");
    lower("d").mkdir();
    mount();
    merged("n").mkdir();
    assertErrno(Errno.EISDIR, () -> merged("f").rename(merged("d")));
    assertErrno(Errno.ENOTDIR, () -> merged("n").rename(merged("f")));
  }

  @Test
  default void directoryDoesNotMoveIntoItself() {
    mount();
    merged("d/e").mkdirs();
    assertErrno(Errno.EINVAL, () -> merged("d").rename(merged("d/e/x")));
  }

  @Test
  default void renameToItselfOrToAnotherNameOfTheSameFileDoesNothing() {
    mount();
    merged("a").file("x").link(merged("b"));
    merged("a").rename(merged("a"));
    merged("a").rename(merged("b"));
    assertEquals(List.of("a", "b"), overlay().merged().list());
  }

  @Test
  default void renameOfSymlinksAndSpecialFilesKeepsThem() {
    lower("link").symlink("target");
    lower("fifo").mknod(Linux.S_IFIFO | 0640, 0, 0);
    lower("char").mknod(Linux.S_IFCHR | 0600, 5, 1);
    lower("d").mkdir();
    mount();
    for (String name : List.of("link", "fifo", "char")) {
      merged(name).rename(merged("d").at(name));
    }
    assertEquals("target", merged("d/link").readlink());
    assertEquals(0640, merged("d/fifo").stat().permissions());
    assertEquals(5, upper("d/char").stat().rdevMajor());
  }

  @Test
  default void renameKeepsTheInodeNumber() {
    lower("f").file("");
    mount();
    merged("up").mkdir();
    final long file = merged("f").stat().ino();
    final long dir = merged("up").stat().ino();
    merged("f").rename(merged("up/g"));
    merged("up").rename(merged("moved"));
    assertEquals(file, merged("moved/g").stat().ino());
    assertEquals(dir, merged("moved").stat().ino());
    remount();
    assertEquals(file, merged("moved/g").stat().ino());
    assertEquals(dir, merged("moved").stat().ino());
  }

  @Test
  default void chainOfRenamesEndsWithOneName() {
    lower("f0").file("content");
    mount();
    for (int i = 0; i < 20; i++) {
      merged("f" + i).rename(merged("f" + (i + 1)));
    }
    merged("f20").rename(merged("f0"));
    assertEquals(List.of("f0"), overlay().merged().list());
    assertEquals(List.of("f0"), overlay().upper().list());
    assertEquals("content", merged("f0").text());
  }

  @Test
  default void missingSourceIsReported() {
    lower("d").mkdir();
    mount();
    assertErrno(Errno.ENOENT, () -> merged("none").rename(merged("d/x")));
    assertErrno(Errno.ENOENT, () -> merged("d").rename(merged("none/x")));
    assertEquals(List.of(), overlay().upper().list());
  }

  @Test
  default void renameOverADirectoryWithContentFailsAsOnItsFilesystem() {
    upper("full").mkdir().at("f").file("");
    upper("d").mkdir();
    mount();
    int expected = backing() == Backing.XFS ? Errno.EEXIST : Errno.ENOTEMPTY;
    assertErrno(expected, () -> merged("d").rename(merged("full")));
    assertTrue(merged("d").exists());
    assertEquals(List.of("f"), merged("full").list());
  }

  @Test
  default void renameThatIsRefusedCopiesNothingUp() {
    lower("full").mkdir().at("f").file("");
    lower("d").mkdir().at("e").mkdir();
    upper("new").mkdir();
    mount();
    assertErrno(Errno.ENOTEMPTY, () -> merged("new").rename(merged("full")));
    assertEquals(List.of("new"), overlay().upper().list());
  }
}
