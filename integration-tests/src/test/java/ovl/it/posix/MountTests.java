package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.OpenFile;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** The mount as a whole. */
interface MountTests extends Fixture {
  /** A directory in which something is copied up shows its ctime from before. */
  TreeRules UNTIL_REMOUNT = TreeRules.none().ignore("d/e", "ctime");

  long FS_IOC_GETFLAGS = Linux.FS_IOC_GETFLAGS;
  long FS_IOC_SETFLAGS = Linux.FS_IOC_SETFLAGS;
  long FS_NODUMP_FL = 0x40;

  @Test
  default void withoutUpperEverythingIsReadOnly() {
    lower(0, "d").mkdir().at("f").file("content");
    lower(1, "d").mkdir().at("g").file("");
    overlay().useReadOnly();
    mount();
    assertEquals(List.of("f", "g"), merged("d").list());
    assertEquals("content", merged("d/f").text());
    assertErrno(Errno.EROFS, () -> merged("d/f").open(Linux.O_RDWR));
    assertErrno(Errno.EROFS, () -> merged("d/f").chmod(0600));
    assertErrno(Errno.EROFS, () -> merged("d/f").unlink());
    assertErrno(Errno.EROFS, () -> merged("d/f").setXattr("user.a", "b"));
    assertErrno(Errno.EROFS, () -> merged("d/f").rename(merged("x")));
    assertErrno(Errno.EROFS, () -> merged("new").mkdir());
    assertErrno(Errno.EROFS, () -> merged("new").file(""));
    assertErrno(Errno.EROFS, () -> merged("d/f").mtime(1));
  }

  @Test
  default void statfsIsThatOfUpper() {
    mount();
    try (OpenFile dir = overlay().merged().open(Linux.O_RDONLY);
        OpenFile real = overlay().upper().open(Linux.O_RDONLY)) {
      long[] shown = dir.statfs();
      long[] expected = real.statfs();
      assertEquals(expected[2] * expected[1], shown[2] * shown[1], "bytes in all");
      assertTrue(Math.abs(expected[3] * expected[1] - shown[3] * shown[1]) < 1 << 26, "free");
      assertEquals(expected[5], shown[5], "inodes in all");
      assertEquals(expected[8], shown[8], "longest name");
    }
  }

  @Test
  default void remountShowsTheSame() {
    lower("d/e").mkdirs().at("f").file("content").setXattr("user.a", "b");
    lower("d/gone").mkdir().at("x").file("");
    lower("link").symlink("d");
    mount();
    merged("d/e/f").append("+");
    merged("d/gone").removeTree();
    merged("d/gone").mkdir().at("y").file("");
    merged("link").rename(merged("d/link"));
    merged("a").file("a").link(merged("b"));
    TreeSnapshot before = TreeSnapshot.of(overlay().merged(), TreeSnapshot.WRITE_TIMES);
    remount();
    TreeSnapshot after = TreeSnapshot.of(overlay().merged(), TreeSnapshot.WRITE_TIMES);
    before.assertEqualTo(after, UNTIL_REMOUNT, "before | after a remount");
  }

  @Test
  default void otherSideCanMountWhatWasWritten() {
    lower("d/e").mkdirs().at("f").file("content");
    lower("d/gone").mkdir().at("x").file("");
    lower("moved").file("moved");
    mount();
    merged("d/e/f").append("+");
    merged("d/gone").removeTree();
    merged("d/gone").mkdir().at("y").file("");
    merged("moved").rename(merged("d/here"));
    TreeSnapshot ours = TreeSnapshot.of(overlay().merged(), TreeSnapshot.WRITE_TIMES);
    overlay().unmount();
    overlay().mountByKernel();
    TreeSnapshot kernels = TreeSnapshot.of(overlay().merged(), TreeSnapshot.WRITE_TIMES);
    ours.assertEqualTo(kernels, UNTIL_REMOUNT, "this mount | the kernel's");
  }

  @Test
  default void busyMountIsNotUnmounted() {
    lower("f").file("x");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      assertEquals(-Errno.EBUSY, overlay().umount());
      assertEquals("x", file.pread(5, 0));
    }
  }

  @Test
  default void fileFlagsAreKept() {
    lower("f").file("x");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDWR)) {
      long flags = file.ioctl(FS_IOC_GETFLAGS, 0) & 0xffffffffL;
      file.ioctl(FS_IOC_SETFLAGS, flags | FS_NODUMP_FL);
      assertEquals(FS_NODUMP_FL, file.ioctl(FS_IOC_GETFLAGS, 0) & FS_NODUMP_FL);
    }
    try (OpenFile file = upper("f").open(Linux.O_RDONLY)) {
      assertEquals(FS_NODUMP_FL, file.ioctl(FS_IOC_GETFLAGS, 0) & FS_NODUMP_FL);
    }
  }

  @Test
  default void unknownIoctlsAreRefused() {
    lower("f").file("x");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      assertErrno(Errno.ENOTTY, () -> file.ioctl(0x5413, 0)); // TIOCGWINSZ
    }
    assertFalse(upper("f").exists());
  }

  @Test
  default void emptyIncompatDirectoryIsNoHindrance() {
    lower("f").file("x");
    overlay().work().at("work").mkdir().at("incompat").mkdir();
    mount();
    assertEquals("x", merged("f").text());
  }
}
