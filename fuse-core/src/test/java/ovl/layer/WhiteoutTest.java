package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.testing.Errnos.assertErrno;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;
import ovl.testing.Disk;
import ovl.testing.Requirements;

/** Whiteouts and the workdir that they, and all temporary objects, come from. */
final class WhiteoutTest {
  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);

  @TempDir Path tmp;
  private LayerStack stack;
  private Path upper;
  private Path work;

  @BeforeEach
  void open() throws Exception {
    Requirements.needsWhiteouts(sys, tmp);
    Path lower = Files.createDirectory(tmp.resolve("lower"));
    upper = Files.createDirectory(tmp.resolve("upper"));
    Path base = Files.createDirectory(tmp.resolve("work"));
    stack =
        LayerStack.open(
            sys, new LayerPaths(List.of(lower), upper, base, null), LayerOptions.KERNEL);
    work = base.resolve("work");
  }

  @AfterEach
  void close() {
    if (stack != null) {
      stack.close();
    }
  }

  private void make(String name) throws ErrnoException {
    stack
        .whiteout()
        .make(stack.upperRoot(), stack.upper().rootFd(), name.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whiteoutsAreLinksToOneDevice() throws Exception {
    make("a");
    make("b");
    assertTrue(disk.isWhiteout(upper.resolve("a")));
    assertEquals(disk.stat(upper.resolve("a")).ino(), disk.stat(upper.resolve("b")).ino());
    assertEquals(1, disk.names(work).size());
  }

  @Test
  void takenNameIsRefused() throws Exception {
    Files.writeString(upper.resolve("a"), "x");
    assertErrno(Errno.EEXIST, () -> make("a"));
    assertEquals("x", disk.content(upper.resolve("a")));
  }

  @Test
  void anotherDeviceIsSharedWhenTheFirstIsGone() throws Exception {
    make("a");
    for (String shared : disk.names(work)) {
      Files.delete(work.resolve(shared));
    }
    make("b");
    assertTrue(disk.isWhiteout(upper.resolve("b")));
    assertNotEquals(disk.stat(upper.resolve("a")).ino(), disk.stat(upper.resolve("b")).ino());
  }

  @Test
  void anotherDeviceIsSharedWhenTheFirstHasAsManyLinksAsItMay() throws Exception {
    make("0");
    long first = disk.stat(upper.resolve("0")).ino();
    // ext4 allows 65000 links; a filesystem that allows more is not exhausted here.
    int made = 1;
    long last = first;
    while (last == first && made < 65_010) {
      make(Integer.toString(made));
      last = made > 64_990 ? disk.stat(upper.resolve(Integer.toString(made))).ino() : first;
      made++;
    }
    Requirements.require(last != first, "more than 65000 links to one file are allowed here");
    assertTrue(disk.isWhiteout(upper.resolve(Integer.toString(made - 1))));
    assertEquals(1, disk.names(work).size(), "the exhausted one is not kept in work");
  }

  @Test
  void onlyADeviceZeroZeroIsAWhiteout() throws Exception {
    disk.mknod(upper.resolve("null"), Linux.S_IFCHR, 1, 3);
    disk.mknod(upper.resolve("block"), Linux.S_IFBLK, 0, 0);
    disk.whiteout(upper.resolve("w"));
    Scratch scratch = Scratch.current(sys);
    for (String name : new String[] {"null", "block", "w"}) {
      sys.statx(
          stack.upper().rootFd(),
          scratch.path(name),
          Linux.AT_SYMLINK_NOFOLLOW,
          Linux.STATX_BASIC_STATS,
          scratch.statx());
      assertEquals(name.equals("w"), Whiteout.isWhiteout(scratch.statx()), name);
    }
  }

  @Test
  void temporaryNamesAreTheKernelsAndDiffer() {
    String name = text(stack.work().newName());
    assertTrue(name.matches("#[0-9a-f]+"), name);
    assertNotEquals(name, text(stack.work().newName()));
  }

  private static String text(byte[] name) {
    return new String(name, StandardCharsets.US_ASCII);
  }

  @Test
  void temporaryFilesAreMadeOpenedAndRemoved() throws Exception {
    WorkDir dir = stack.work();
    byte[] name = dir.newName();
    try (Fd file = dir.createFile(name);
        Fd path = dir.openPath(name)) {
      assertTrue(file.get() >= 0 && path.get() >= 0);
      assertErrno(Errno.EEXIST, () -> dir.createFile(name));
    }
    assertEquals(0600, disk.stat(work.resolve(text(name))).permissions());
    dir.remove(name, 0);
    assertErrno(Errno.ENOENT, () -> dir.openPath(name));
    assertEquals(Set.of(), disk.names(work));
  }

  @Test
  void treesAreRemovedWithoutFollowingSymlinks() throws Exception {
    Path kept = Files.writeString(upper.resolve("kept"), "x");
    Path tree = Files.createDirectories(work.resolve("#t/a/b"));
    Files.createSymbolicLink(tree.resolve("link"), upper);
    disk.mknod(tree.resolve("fifo"), Linux.S_IFIFO | 0600, 0, 0);
    stack.work().removeTree("#t".getBytes(StandardCharsets.US_ASCII));
    assertFalse(disk.exists(work.resolve("#t")));
    assertTrue(disk.exists(kept));
  }

  @Test
  void unnamedFileLeavesNoName() throws Exception {
    Requirements.require(stack.work().hasTmpfile(), "no O_TMPFILE here");
    try (Fd file = stack.work().openTmpfile()) {
      assertTrue(file.get() >= 0);
      assertEquals(Set.of(), disk.names(work));
    }
  }
}
