package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** New names, in new and old directories, over whiteouts and over what is there. */
interface CreateTests extends Fixture {
  @Test
  default void newFileIsInUpper() {
    mount();
    merged("f").file("new");
    assertEquals("new", upper("f").text());
    assertEquals(0644, upper("f").stat().permissions());
  }

  @Test
  default void newFileBringsItsDirectoriesToUpper() {
    lower("a").mkdir().chmod(0711).chown(5, 6).at("b").mkdir().chmod(0750).chown(7, 8);
    lower("a").setXattr("user.x", "kept");
    mount();
    merged("a/b/f").file("new");
    assertEquals("new", upper("a/b/f").text());
    assertEquals(0711, upper("a").stat().permissions());
    assertEquals(5, upper("a").stat().uid());
    assertEquals("kept", upper("a").xattr("user.x"));
    assertEquals(0750, upper("a/b").stat().permissions());
    assertEquals(8, upper("a/b").stat().gid());
  }

  @Test
  default void creatingTakesTheMtimeOfTheDirectoryOnward() {
    lower("d").mkdir().utimes(1_000_000_000L, 2_000_000_000L);
    mount();
    assertEquals(2_000_000_000L, merged("d").stat().mtime());
    merged("d/f").file("");
    assertTrue(merged("d").stat().mtime() > 2_000_000_000L);
    assertEquals(upper("d").stat().mtime(), merged("d").stat().mtime());
  }

  @Test
  default void createOverWhiteoutReplacesIt() {
    lower("f").file("old");
    mount();
    merged("f").unlink();
    assertTrue(upper("f").stat().isWhiteout());
    try (OpenFile file = merged("f").open(Linux.O_CREAT | Linux.O_RDWR, 0600)) {
      assertEquals("", file.pread(10, 0));
      file.write("new");
    }
    assertEquals("new", merged("f").text());
    assertEquals(0600, upper("f").stat().permissions());
    remount();
    assertEquals("new", merged("f").text());
  }

  @Test
  default void everyTypeCanReplaceAWhiteout() {
    for (String name : List.of("link", "fifo", "socket", "char", "hard", "dir", "moved")) {
      lower(name).file("old");
    }
    mount();
    overlay().merged().list().forEach(name -> merged(name).unlink());
    merged("link").symlink("target");
    merged("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0);
    merged("socket").mknod(Linux.S_IFSOCK | 0600, 0, 0);
    merged("char").mknod(Linux.S_IFCHR | 0600, 1, 7);
    merged("plain").file("x").link(merged("hard"));
    merged("dir").mkdir();
    merged("tmp").file("moved");
    merged("tmp").rename(merged("moved"));
    remount();
    assertEquals("target", merged("link").readlink());
    assertEquals(Linux.S_IFIFO, merged("fifo").stat().type());
    assertEquals(Linux.S_IFSOCK, merged("socket").stat().type());
    assertEquals(7, merged("char").stat().rdevMinor());
    assertEquals("x", merged("hard").text());
    assertTrue(merged("dir").stat().isDirectory());
    assertEquals("moved", merged("moved").text());
  }

  @Test
  default void mkdirOverRemovedDirectoryIsOpaqueAndEmpty() {
    lower("d").mkdir().at("old").file("");
    mount();
    merged("d/old").unlink();
    merged("d").rmdir();
    merged("d").mkdir(0700);
    assertEquals(List.of(), merged("d").list());
    assertEquals("y", upper("d").xattr(OPAQUE));
    assertEquals(0700, merged("d").stat().permissions());
    merged("d/new").file("");
    remount();
    assertEquals(List.of("new"), merged("d").list());
  }

  @Test
  default void mkdirOverWhiteoutOfAFileIsOpaque() {
    lower("n").file("");
    mount();
    merged("n").unlink();
    merged("n").mkdir();
    assertEquals("y", upper("n").xattr(OPAQUE));
  }

  @Test
  default void withoutRedirectsMkdirOfANewNameIsNotOpaque() {
    lower("d").mkdir();
    overlay().feature("redirect_dir=off");
    mount();
    merged("d/new").mkdir();
    assertNull(upper("d/new").xattr(OPAQUE));
  }

  @Test
  default void existingNamesOfAnyLayerAreRefused() {
    lower("low").file("");
    upper("up").file("");
    lower("dir").mkdir();
    mount();
    for (String name : List.of("low", "up", "dir")) {
      assertErrno(Errno.EEXIST, () -> merged(name).mkdir());
      assertErrno(Errno.EEXIST, () -> merged(name).symlink("x"));
      assertErrno(Errno.EEXIST, () -> merged(name).mknod(Linux.S_IFIFO | 0600, 0, 0));
      int exclusive = Linux.O_CREAT | Linux.O_EXCL | Linux.O_WRONLY;
      assertErrno(Errno.EEXIST, () -> merged(name).open(exclusive, 0600));
    }
    assertFalse(upper("low").exists());
  }

  @Test
  default void openWithCreateOfALowerFileKeepsItsContentAndMode() {
    lower("f").file("kept").chmod(0640);
    mount();
    try (OpenFile file = merged("f").open(Linux.O_CREAT | Linux.O_RDWR, 0777)) {
      assertEquals("kept", file.pread(10, 0));
    }
    assertEquals(0640, merged("f").stat().permissions());
  }

  @Test
  default void exclusiveCreateWorksWhereANameWasRemoved() {
    lower("f").file("");
    mount();
    merged("f").unlink();
    merged("f").open(Linux.O_CREAT | Linux.O_EXCL | Linux.O_WRONLY, 0600).close();
    int exclusive = Linux.O_CREAT | Linux.O_EXCL | Linux.O_WRONLY;
    assertErrno(Errno.EEXIST, () -> merged("f").open(exclusive, 0600));
  }

  @Test
  default void whiteoutDeviceCannotBeMade() {
    mount();
    assertErrno(Errno.EPERM, () -> merged("w").whiteout());
    assertFalse(upper("w").exists());
  }

  @Test
  default void readOnlyCreationCanStillBeWrittenThroughItsDescriptor() {
    mount();
    try (OpenFile file = merged("f").open(Linux.O_CREAT | Linux.O_WRONLY, 0400)) {
      file.write("content");
    }
    assertEquals("content", merged("f").text());
    assertEquals(0400, merged("f").stat().permissions());
  }

  @Test
  default void specialFilesAreMadeInUpper() {
    lower("d").mkdir();
    mount();
    merged("d/fifo").mknod(Linux.S_IFIFO | 0640, 0, 0);
    merged("d/socket").mknod(Linux.S_IFSOCK | 0600, 0, 0);
    merged("d/block").mknod(Linux.S_IFBLK | 0660, 259, 300);
    merged("d/link").symlink("\u00e9/target");
    assertEquals(Linux.S_IFIFO, upper("d/fifo").stat().type());
    assertEquals(0640, upper("d/fifo").stat().permissions());
    assertEquals(Linux.S_IFSOCK, upper("d/socket").stat().type());
    Stat block = upper("d/block").stat();
    assertEquals(259, block.rdevMajor());
    assertEquals(300, block.rdevMinor());
    assertEquals("\u00e9/target", upper("d/link").readlink());
    assertEquals(0777, merged("d/link").stat().permissions());
  }

  @Test
  default void longSymlinkTargetsAreKept() {
    String target = "t/".repeat(500) + "end"; // xfs takes 1024
    mount();
    merged("link").symlink(target);
    assertEquals(target, merged("link").readlink());
    assertEquals(target, upper("link").readlink());
  }

  @Test
  default void unixSocketsCanBeBoundAndFifosWrittenThrough() {
    lower("d").mkdir();
    mount();
    FsPath socket = merged("d/s");
    assertTrue(BoundSocket.echoes(socket), "no echo over " + socket);
    assertEquals(Linux.S_IFSOCK, upper("d/s").stat().type());
  }

  @Test
  default void nothingIsLeftInTheWorkDirectory() {
    lower("f").file("old");
    lower("d").mkdir().at("x").file("");
    mount();
    merged("f").append("new");
    merged("d/x").unlink();
    merged("d").rmdir();
    merged("d").mkdir();
    merged("f").unlink();
    merged("f").file("again");
    overlay().unmount();
    List<String> left = overlay().leftInWork();
    // Kernels keep the whiteout that they share among names.
    left.removeIf(name -> overlay().work().at("work").at(name).stat().isWhiteout());
    assertEquals(List.of(), left);
  }
}
