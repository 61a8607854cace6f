package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.device;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.fifo;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.hardLink;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.mode;
import static ovl.overlay.Layers.owner;
import static ovl.overlay.Layers.symlink;
import static ovl.overlay.Layers.times;
import static ovl.overlay.Layers.xattr;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.testing.Disk;

final class CopyUpTest {
  @TempDir Path tmp;

  @Test
  void openForReadingLeavesTheFileOnItsLower() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "x")).mount()) {
      assertEquals("x", m.view().read("a"));
      assertFalse(m.disk().exists(m.upper("a")));
    }
  }

  @Test
  void firstWriteCopiesTheFileAndLeavesTheLowerOneAlone() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abcdef")).mount()) {
      m.view().overwrite("a", "XY");
      assertEquals("XYcdef", m.view().read("a"));
      assertEquals("XYcdef", m.disk().content(m.upper("a")));
      assertEquals("abcdef", m.disk().content(m.lower(1, "a")));
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void ownerModeTimesAndAttributesAreKept() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(
                file("a", "x"),
                owner("a", 1234, 5678),
                mode("a", 06751),
                xattr("a", "user.k", new byte[] {1, 0, 2}),
                times("a", 1_000_000, 123_456_789))
            .mount()) {
      long fh = m.view().open("a", Linux.O_RDWR);
      m.view().release(fh);
      Disk.Stat stat = m.disk().stat(m.upper("a"));
      assertEquals(1234, stat.uid());
      assertEquals(5678, stat.gid());
      assertEquals(06751, stat.permissions());
      assertEquals(1_000_000, stat.mtime());
      assertEquals(123_456_789, stat.mtimeNsec());
      assertArrayEquals(new byte[] {1, 0, 2}, m.disk().xattr(m.upper("a"), "user.k"));
    }
  }

  @Test
  void ancestorsAreCopiedWithTheirAttributesAndWithoutTheirOtherEntries() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(
                dir("d", dir("e", file("a"), file("b"))),
                owner("d/e", 7, 8),
                mode("d/e", 01770),
                times("d/e", 2_000_000, 5),
                times("d", 3_000_000, 6))
            .mount()) {
      m.view().chmod("d/e/a", 0600);
      assertEquals(Set.of("e"), m.disk().names(m.upper("d")));
      assertEquals(Set.of("a"), m.disk().names(m.upper("d/e")));
      Disk.Stat inner = m.disk().stat(m.upper("d/e"));
      assertEquals(7, inner.uid());
      assertEquals(01770, inner.permissions());
      assertEquals(2_000_000, inner.mtime());
      assertEquals(3_000_000, m.disk().stat(m.upper("d")).mtime());
      assertEquals(List.of("a", "b"), m.view().list("d/e"));
      assertFalse(m.isOpaque("d"), "a copied directory goes on merging");
    }
  }

  @Test
  void copyHasAnOriginAndItsParentIsImpure() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"))).mount()) {
      m.view().chmod("d/a", 0600);
      assertNotNull(m.disk().xattr(m.upper("d/a"), Merged.PREFIX + "origin"));
      assertTrue(m.isImpure("d"));
      assertTrue(m.isImpure(""));
    }
  }

  @Test
  void symlinkFifoAndDeviceAreCopiedAsWhatTheyAre() throws Exception {
    try (Merged m =
        layers(tmp).lower(symlink("l", "to/where"), fifo("p"), device("c", 1, 7)).mount()) {
      m.view().link("l", "l2");
      m.view().chmod("p", 0600);
      m.view().chmod("c", 0600);
      assertEquals("to/where", m.view().readlink("l"));
      assertEquals(Linux.S_IFLNK, m.disk().stat(m.upper("l")).type());
      assertEquals(Linux.S_IFIFO, m.disk().stat(m.upper("p")).type());
      Disk.Stat device = m.disk().stat(m.upper("c"));
      assertEquals(Linux.S_IFCHR | 0600, device.mode());
      assertEquals(1, device.rdevMajor());
      assertEquals(7, device.rdevMinor());
    }
  }

  @Test
  void truncatingOpenCopiesNoData() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "long content")).mount()) {
      m.view().release(m.view().open("a", Linux.O_WRONLY | Linux.O_TRUNC));
      assertEquals(0, m.disk().stat(m.upper("a")).size());
      assertEquals(1, m.fs().copyUps().count());
      assertEquals(0, m.fs().copyUps().bytes(), "copied first and truncated then");
      assertEquals("long content", m.disk().content(m.lower(1, "a")));
    }
  }

  @Test
  void nodeidAndInoStayOverACopyUp() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      long id = m.view().id("a");
      long ino = m.view().stat("a").ino;
      m.view().chmod("a", 0600);
      assertEquals(id, m.view().id("a"));
      assertEquals(ino, m.view().stat("a").ino);
    }
  }

  @Test
  void otherKnownNamesOfAHardLinkFollow() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d"), file("a", "old"), hardLink("d/b", "a")).mount()) {
      m.view().id("d/b");
      m.view().write("a", "new");
      assertEquals("new", m.view().read("d/b"));
      assertEquals(m.disk().stat(m.upper("a")).ino(), m.disk().stat(m.upper("d/b")).ino());
      assertEquals(2, m.view().stat("a").nlink);
      assertNull(m.disk().xattr(m.upper("a"), Merged.PREFIX + "origin"));
    }
  }

  @Test
  void unknownNameOfACopiedHardLinkShowsTheNewContent() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "old"), hardLink("b", "a")).mount()) {
      m.view().write("a", "new");
      assertFalse(m.disk().exists(m.upper("b")));
      assertEquals("new", m.view().read("b"));
      assertEquals(2, m.view().stat("b").nlink);
      m.view().overwrite("b", "NEW");
      assertEquals("NEW", m.disk().content(m.upper("b")));
      assertEquals("NEW", m.view().read("a"));
    }
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void nameOfAHardLinkWhoseCopyWasUnlinkedCanBeRenamed() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "old"), hardLink("b", "a")).mount()) {
      m.view().overwrite("a", "new");
      m.view().unlink("a");
      assertEquals("old", m.view().read("b"), "as it is on disk");
      m.view().rename("b", "c");
      assertEquals(List.of("c"), m.view().list(""));
      assertEquals("old", m.disk().content(m.upper("c")));
      m.assertWhiteout("b");
    }
  }

  @Test
  void nodeOfAHardLinkGoesWhenItsLastNameIsGone() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "old"), hardLink("b", "a")).mount()) {
      Set<String> before = Disk.descriptors();
      m.view().id("b");
      m.view().write("a", "new");
      m.view().unlink("a");
      m.view().unlink("b");
      m.view().forgetAll();
      assertEquals(1, m.fs().nodeCount());
      assertEquals(before, Disk.descriptors());
    }
  }

  @Test
  void unlinkedOpenFileIsCopiedWithoutAName() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abc")).mount()) {
      long id = m.view().id("a");
      long fh = m.view().open("a", Linux.O_RDONLY);
      m.view().unlink("a");
      long writer = m.view().openId(id, Linux.O_WRONLY);
      m.view().writeFh(writer, 0, "X");
      assertEquals("Xbc", m.view().readFh(fh));
      m.assertWhiteout("a");
      assertEquals("abc", m.disk().content(m.lower(1, "a")));
      assertEquals(0, m.view().stat(id).nlink);
      m.view().release(fh);
      m.view().release(writer);
    }
  }

  @Test
  void concurrentWritersCopyOnce() throws Exception {
    String content = "0123456789".repeat(5000);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (Merged m = layers(tmp).lower(dir("d", file("a", content))).mount()) {
      List<Callable<Void>> writers =
          IntStream.range(0, 4)
              .mapToObj(
                  i ->
                      (Callable<Void>)
                          () -> {
                            try (View view = m.newView()) {
                              long fh = view.open("d/a", Linux.O_WRONLY);
                              view.writeFh(fh, i, "X");
                              view.release(fh);
                            }
                            return null;
                          })
              .toList();
      for (Future<Void> done : pool.invokeAll(writers)) {
        done.get();
      }
      assertEquals("XXXX" + content.substring(4), m.disk().content(m.upper("d/a")));
      assertEquals(Set.of(), m.leftInWork());
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void concurrentCopyUpsLeaveTheTimesOfTheirDirectory() throws Exception {
    int count = 400;
    Layers.Item[] files = new Layers.Item[count];
    for (int i = 0; i < count; i++) {
      files[i] = file("f" + i);
    }
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try (Merged m =
        layers(tmp).lower(dir("d", files), times("d", 1_000_000, 123_456_789)).mount()) {
      List<Callable<Void>> writers =
          IntStream.range(0, 4)
              .mapToObj(thread -> (Callable<Void>) () -> chmodEachFourth(m, thread, count))
              .toList();
      for (Future<Void> done : pool.invokeAll(writers)) {
        done.get();
      }
      Disk.Stat stat = m.disk().stat(m.upper("d"));
      assertEquals(1_000_000, stat.mtime());
      assertEquals(123_456_789, stat.mtimeNsec());
    } finally {
      pool.shutdown();
    }
  }

  private static Void chmodEachFourth(Merged m, int first, int count) throws Exception {
    try (View view = m.newView()) {
      for (int i = first; i < count; i += 4) {
        view.chmod("d/f" + i, 0600);
      }
    }
    return null;
  }

  @Test
  void readOnlyStackRefusesToWrite() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).readOnly().mount()) {
      assertErrno(Errno.EROFS, () -> m.view().open("a", Linux.O_WRONLY));
      assertErrno(Errno.EROFS, () -> m.view().mkdir("d"));
      assertErrno(Errno.EROFS, () -> m.view().unlink("a"));
      assertErrno(Errno.EROFS, () -> m.view().rename("a", "b"));
      assertErrno(Errno.EROFS, () -> m.view().chmod("a", 0600));
    }
  }

  @Test
  void failedCopyUpLeavesNothingBehind() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"))).mount()) {
      long id = m.view().id("d/a");
      m.view().unlink("d/a");
      long dir = m.view().id("d");
      m.view().rmdir("d");
      assertErrno(
          Errno.ENOENT,
          () -> m.fs().mkdir(m.view().caller(), dir, m.view().name("x"), 0755, new ovl.fs.Entry()));
      assertEquals(0, m.view().stat(id).nlink);
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void escapedAttributesOfANestedOverlayAreCopied() throws Exception {
    byte[] y = {'y'};
    String nested = "trusted.overlay.overlay.opaque";
    try (Merged m = layers(tmp).lower(dir("d"), xattr("d", nested, y)).mount()) {
      m.view().chmod("d", 0700);
      assertArrayEquals(y, m.disk().xattr(m.upper("d"), nested));
      assertFalse(m.isOpaque("d"));
    }
  }
}
