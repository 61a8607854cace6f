package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.hardLink;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.opaque;
import static ovl.overlay.Layers.whiteout;
import static ovl.overlay.Layers.xattr;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.Entry;
import ovl.fs.NodeFs;
import ovl.sys.Errno;
import ovl.sys.Linux;

final class LookupTest {
  @TempDir Path tmp;

  @Test
  void upperFileHidesLowerFile() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "lower")).upper(file("a", "upper")).mount()) {
      assertEquals("upper", m.view().read("a"));
    }
  }

  @Test
  void topLowerFileHidesTheOneBelow() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "top")).lower(file("a", "below")).mount()) {
      assertEquals("top", m.view().read("a"));
    }
  }

  @Test
  void whiteoutHidesLowerFile() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).upper(whiteout("a")).mount()) {
      assertErrno(Errno.ENOENT, () -> m.view().id("a"));
      assertEquals(List.of(), m.view().list(""));
    }
  }

  @Test
  void whiteoutInALowerHidesOnlyWhatIsBelowIt() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(file("a", "top"))
            .lower(whiteout("a"), whiteout("b"))
            .lower(file("a"), file("b"))
            .mount()) {
      assertEquals("top", m.view().read("a"));
      assertFalse(m.view().exists("b"));
    }
  }

  @Test
  void directoriesOfAllLayersMerge() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("b")))
            .lower(dir("d", file("c")))
            .upper(dir("d", file("a")))
            .mount()) {
      assertEquals(List.of("a", "b", "c"), m.view().list("d"));
      assertEquals(1, m.view().stat("d").nlink);
    }
  }

  @Test
  void opaqueDirectoryHidesTheLayersBelow() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(opaque("d", file("b")))
            .lower(dir("d", file("c")))
            .upper(dir("d", file("a")))
            .mount()) {
      assertEquals(List.of("a", "b"), m.view().list("d"));
      assertFalse(m.view().exists("d/c"));
    }
  }

  @Test
  void fileBetweenDirectoriesEndsTheMerge() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("a")))
            .lower(file("d"))
            .lower(dir("d", file("c")))
            .mount()) {
      assertEquals(List.of("a"), m.view().list("d"));
    }
  }

  @Test
  void fileHidesDirectoryBelow() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"))).upper(file("d", "x")).mount()) {
      assertEquals("x", m.view().read("d"));
      assertErrno(Errno.ENOTDIR, () -> m.view().id("d/a"));
    }
  }

  @Test
  void xattrWhiteoutInAMiddleLayerHidesTheFile() throws Exception {
    byte[] x = {'x'};
    try (Merged m =
        layers(tmp)
            .lower(
                dir("d", file("a", ""), xattr("a", Merged.PREFIX + "whiteout", new byte[] {'y'})),
                xattr("d", Merged.PREFIX + "opaque", x))
            .lower(dir("d", file("a"), file("b")))
            .mount()) {
      assertFalse(m.view().exists("d/a"));
      assertEquals(List.of("b"), m.view().list("d"));
    }
  }

  @Test
  void absentNameIsANegativeEntryThatTheKernelMayKeep() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      Entry entry = new Entry();
      m.fs().lookup(m.view().caller(), NodeFs.ROOT_ID, m.view().name("none"), entry);
      assertEquals(0, entry.nodeid);
      assertEquals(CacheTimes.LONG_NANOS, entry.validNanos);
      assertEquals(1, m.fs().nodeCount());
    }
  }

  @Test
  void namesThatLeadElsewhereAreRefused() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      Entry entry = new Entry();
      for (String name : new String[] {"", ".", "..", "a/b"}) {
        assertErrno(
            Errno.EINVAL,
            () -> m.fs().lookup(m.view().caller(), NodeFs.ROOT_ID, m.view().name(name), entry));
      }
      assertErrno(Errno.ENAMETOOLONG, () -> m.view().id("x".repeat(256)));
      assertFalse(m.view().exists("x".repeat(255)));
    }
  }

  @Test
  void unknownNodeidIsStale() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      Entry entry = new Entry();
      for (long id : new long[] {0, 77, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertErrno(
            Errno.ESTALE, () -> m.fs().lookup(m.view().caller(), id, m.view().name("a"), entry));
        assertErrno(Errno.ESTALE, () -> m.view().stat(id));
      }
    }
  }

  @Test
  void lookupInAFileIsNotADirectory() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      assertErrno(Errno.ENOTDIR, () -> m.view().id("a/b"));
    }
  }

  @Test
  void namesThatAreNotUtf8AreFound() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      byte[] bytes = {(byte) 0xff, (byte) 0xfe, 'x'};
      try (ovl.sys.Memory memory = ovl.sys.Memory.map(Layers.sys(), 4096)) {
        ovl.fs.Name name = ovl.fs.Name.copyOf(memory, 0, bytes);
        Entry entry = new Entry();
        m.fs().mkdir(m.view().caller(), NodeFs.ROOT_ID, name, 0755, entry);
        long made = entry.nodeid;
        m.fs().lookup(m.view().caller(), NodeFs.ROOT_ID, name, entry);
        assertEquals(made, entry.nodeid);
        m.fs().forget(made, 2);
      }
    }
  }

  @Test
  void namesOfOneLowerFileLeadToOneNode() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), dir("d"), hardLink("d/b", "a")).mount()) {
      assertEquals(m.view().id("a"), m.view().id("d/b"));
      assertEquals(2, m.view().stat("a").nlink);
    }
  }

  @Test
  void namesOfOneFileLookedUpAtTheSameTimeLeadToOneNode() throws Exception {
    int rounds = 400;
    Layers layers = layers(tmp).lower(dir("d"), dir("e"));
    for (int i = 0; i < rounds; i++) {
      layers.upper(file("a" + i, "x"), dir("d"), dir("e"));
      layers.upper(hardLink("d/" + i, "a" + i), hardLink("e/" + i, "a" + i));
    }
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (Merged m = layers.mount();
        View first = m.newView();
        View second = m.newView()) {
      CyclicBarrier start = new CyclicBarrier(2);
      for (int i = 0; i < rounds; i++) {
        String name = "/" + i;
        Future<Long> one = pool.submit(() -> idAfter(start, first, "d" + name));
        Future<Long> two = pool.submit(() -> idAfter(start, second, "e" + name));
        assertEquals(one.get(), two.get(), "round " + i);
      }
    } finally {
      pool.shutdown();
    }
  }

  private static long idAfter(CyclicBarrier start, View view, String path) throws Exception {
    view.id(path.substring(0, 1));
    start.await();
    return view.id(path);
  }

  @Test
  void differentFilesHaveDifferentNodes() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), file("b")).mount()) {
      assertNotEquals(m.view().id("a"), m.view().id("b"));
    }
  }

  @Test
  void everyTypeIsShownAsItIs() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(Layers.symlink("l", "nowhere"), Layers.fifo("p"), Layers.device("c", 1, 3))
            .mount()) {
      assertEquals(Linux.S_IFLNK, m.view().stat("l").mode & Linux.S_IFMT);
      assertEquals(Linux.S_IFIFO, m.view().stat("p").mode & Linux.S_IFMT);
      assertEquals(3, m.view().stat("c").rdevMinor);
      assertTrue(m.view().exists("c"), "a device other than 0:0 is no whiteout");
      assertEquals("nowhere", m.view().readlink("l"));
    }
  }
}
