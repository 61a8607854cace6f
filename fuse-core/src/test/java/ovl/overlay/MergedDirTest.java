package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.symlink;
import static ovl.overlay.Layers.whiteout;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.Linux;

final class MergedDirTest {
  @TempDir Path tmp;

  private static List<String> names(List<View.Listed> entries) {
    return entries.stream().map(View.Listed::name).toList();
  }

  @Test
  void dotsAreListedOnceAndEachNameOnce() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("a"), file("b")))
            .lower(dir("d", file("b"), file("c")))
            .upper(dir("d", file("a"), file("d")))
            .mount()) {
      List<String> names = new ArrayList<>(names(m.view().entries("d", 100, false)));
      names.sort(null);
      assertEquals(List.of(".", "..", "a", "b", "c", "d"), names);
    }
  }

  @Test
  void pagesOfAnySizeGiveTheSameEntries() throws Exception {
    Layers layers = layers(tmp).lower(dir("merged"), dir("single"));
    for (int i = 0; i < 40; i++) {
      layers.upper(dir("merged", file("u" + i)), dir("only", file("u" + i)));
    }
    layers.lower(dir("merged", file("l1"), file("l2")));
    try (Merged m = layers.mount()) {
      for (String dir : new String[] {"merged", "only", "single"}) {
        List<String> whole = names(m.view().entries(dir, 1000, false));
        assertEquals(whole.size(), new HashSet<>(whole).size());
        for (int room : new int[] {1, 2, 3, 7}) {
          assertEquals(whole, names(m.view().entries(dir, room, false)), dir + " by " + room);
          assertEquals(whole, names(m.view().entries(dir, room, true)), dir + " plus by " + room);
        }
      }
    }
  }

  @Test
  void whiteoutsAreNeverListed() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("a"), file("b")), dir("low", whiteout("w"), file("x")))
            .upper(dir("d", whiteout("a")), dir("up", whiteout("w"), file("x")))
            .mount()) {
      assertEquals(List.of("b"), m.view().list("d"));
      assertEquals(List.of("x"), m.view().list("low"));
      assertEquals(List.of("x"), m.view().list("up"));
    }
  }

  @Test
  void typesAndNumbersAgreeWithStat() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("f"), dir("e"), symlink("l", "x"), file("g")))
            .upper(dir("d", dir("e"), file("u")))
            .mount()) {
      m.view().chmod("d/f", 0600);
      for (boolean plus : new boolean[] {false, true}) {
        for (View.Listed listed : m.view().entries("d", 100, plus)) {
          String path = listed.name().equals(".") ? "d" : "d/" + listed.name();
          if (!listed.name().equals("..")) {
            assertEquals(m.view().stat(path).ino, listed.ino(), path);
            assertEquals((m.view().stat(path).mode & Linux.S_IFMT) >> 12, listed.type(), path);
          }
        }
      }
    }
  }

  @Test
  void dotDotShowsTheParent() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", dir("e"))).mount()) {
      View.Listed dotDot = m.view().entries("d/e", 100, false).get(1);
      for (View.Listed listed : m.view().entries("d/e", 100, false)) {
        if (listed.name().equals("..")) {
          dotDot = listed;
        }
      }
      assertEquals(m.view().stat("d").ino, dotDot.ino());
    }
  }

  @Test
  void plusGivesOneReferenceForEachEntryButTheDots() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"), dir("b"))).upper(dir("d")).mount()) {
      long id = m.view().id("d");
      m.view().forgetAll();
      for (View.Listed listed : m.view().entries("d", 100, true)) {
        boolean isDots = listed.name().startsWith(".");
        assertEquals(isDots, listed.nodeid() == 0, listed.name());
        if (!isDots) {
          assertEquals(1, m.fs().nodes().get(listed.nodeid()).nlookup, listed.name());
        }
      }
      assertTrue(m.fs().nodes().get(m.view().id("d")).nlookup > 0);
      assertTrue(id > 1);
      m.view().forgetAll();
      assertEquals(1, m.fs().nodeCount());
    }
  }

  /** Reads a directory by parts of ten, then looks at each of its names. */
  private static List<View.Listed> readAndLook(Merged m, String dir) throws Exception {
    List<View.Listed> entries = m.view().entries(dir, 10, true);
    for (String name : names(entries)) {
      if (!name.startsWith(".")) {
        m.view().id(dir + "/" + name);
      }
    }
    return entries;
  }

  /** A mount whose reader is known to look at what it is listed. */
  private static Merged readWithAttributes(Layers layers) throws Exception {
    for (int i = 0; i < 20; i++) {
      layers.lower(dir("read", file("f" + i)));
    }
    Merged m = layers.mount();
    readAndLook(m, "read");
    return m;
  }

  private static long withAttributes(List<View.Listed> entries) {
    return entries.stream().filter(entry -> entry.nodeid() != 0).count();
  }

  @Test
  void onlyTheFirstPartHasAttributesIfNobodyLooks() throws Exception {
    Layers layers = layers(tmp);
    for (int i = 0; i < 50; i++) {
      layers.lower(dir("merged", file("f" + i)), dir("single", file("f" + i)));
    }
    layers.upper(dir("merged"));
    try (Merged m = layers.mount()) {
      for (String dir : new String[] {"merged", "single", "merged", "single"}) {
        List<View.Listed> entries = m.view().entries(dir, 10, true);
        assertEquals(52, entries.size(), dir);
        // Without the dots, and the last one to see whether it is looked up.
        assertTrue(withAttributes(entries) <= 9, dir);
        assertTrue(withAttributes(entries) >= 7, dir);
      }
      m.view().forgetAll();
      assertEquals(1, m.fs().nodeCount());
    }
  }

  @Test
  void whoLooksAtWhatItReadsGetsAttributesFromTheNextDirectoryOn() throws Exception {
    Layers layers = layers(tmp).upper(dir("merged"));
    for (int i = 0; i < 50; i++) {
      layers.lower(dir("first", file("f" + i)), dir("merged", file("f" + i)));
      layers.lower(dir("single", file("f" + i)));
    }
    try (Merged m = layers.mount()) {
      assertTrue(withAttributes(readAndLook(m, "first")) <= 9);
      for (String dir : new String[] {"merged", "single"}) {
        List<View.Listed> entries = readAndLook(m, dir);
        assertEquals(52, entries.size(), dir);
        assertTrue(withAttributes(entries) >= 40, dir);
        assertTrue(withAttributes(entries) < 50, dir);
      }
      m.view().forgetAll();
      assertEquals(1, m.fs().nodeCount());
    }
  }

  @Test
  void whoLooksWhileItReadsGetsAttributesInTheSameDirectory() throws Exception {
    Layers layers = layers(tmp);
    for (int i = 0; i < 50; i++) {
      layers.lower(dir("d", file("f" + i)));
    }
    try (Merged m = layers.mount()) {
      long fh = m.view().opendir("d");
      List<View.Listed> part = m.view().page(fh, 0, 10, true);
      m.view().id("d/" + part.get(9).name());
      part = m.view().page(fh, part.get(9).next(), 10, true);
      assertEquals(9, withAttributes(part));
      // The last name of this part is not looked at, and one in two is still enough.
      part = m.view().page(fh, part.get(9).next(), 10, true);
      assertEquals(9, withAttributes(part));
      m.view().releasedir(fh);
    }
  }

  @Test
  void plainListingLeavesNoNodes() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"))).upper(dir("d", file("b"))).mount()) {
      m.view().list("d");
      m.view().forgetAll();
      assertEquals(1, m.fs().nodeCount());
    }
  }

  @Test
  void removingEverythingWhileListingByPagesMissesNothing() throws Exception {
    Layers layers = layers(tmp).lower(dir("d"));
    Set<String> expected = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      String name = "f" + i;
      expected.add(name);
      if (i % 2 == 0) {
        layers.upper(dir("d", file(name)), dir("p", file(name)));
      }
    }
    try (Merged m = layers.mount()) {
      for (String dir : new String[] {"d", "p"}) {
        Set<String> removed = new HashSet<>();
        long fh = m.view().opendir(dir);
        List<View.Listed> page = m.view().page(fh, 0, 7, false);
        while (!page.isEmpty()) {
          for (View.Listed listed : page) {
            if (!listed.name().startsWith(".")) {
              m.view().unlink(dir + "/" + listed.name());
              removed.add(listed.name());
            }
          }
          page = m.view().page(fh, page.get(page.size() - 1).next(), 7, false);
        }
        m.view().releasedir(fh);
        assertEquals(50, removed.size(), dir);
        assertTrue(expected.containsAll(removed));
        m.view().rmdir(dir);
      }
    }
  }

  @Test
  void rewindSeesNamesMadeSince() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"))).mount()) {
      long fh = m.view().opendir("d");
      assertEquals(3, m.view().page(fh, 0, 100, false).size());
      m.view().createFile("d/b", 0644);
      assertEquals(4, m.view().page(fh, 0, 100, false).size());
      m.view().unlink("d/a");
      assertEquals(3, m.view().page(fh, 0, 100, false).size());
      m.view().releasedir(fh);
    }
  }

  @Test
  void plusListingTellsOfAFileCopiedUpSinceItWasListed() throws Exception {
    try (Merged m =
        readWithAttributes(
            layers(tmp).lower(dir("d", file("a", "old"))).upper(dir("d", file("z"))))) {
      long fh = m.view().opendir("d");
      List<View.Listed> dots = m.view().page(fh, 0, 2, true);
      m.view().write("d/a", "longer than before");
      m.view().forgetAll();
      m.view().page(fh, dots.get(1).next(), 100, true);
      assertEquals("longer than before", m.view().read("d/a"));
      m.view().releasedir(fh);
    }
  }

  @Test
  void nameMovedAwaySinceTheListingIsNotGivenANode() throws Exception {
    try (Merged m =
        readWithAttributes(layers(tmp).lower(dir("d", file("a"))).upper(dir("d", file("z"))))) {
      long fh = m.view().opendir("d");
      List<View.Listed> dots = m.view().page(fh, 0, 2, true);
      m.view().unlink("d/a");
      m.view().forgetAll();
      List<String> rest = names(m.view().page(fh, dots.get(1).next(), 100, true));
      assertFalse(rest.contains("a"));
      m.view().releasedir(fh);
    }
  }

  /**
   * Reads a directory by pages without a handle, while names come and go and more directories are
   * read than streams are kept: what was there all the time is listed once.
   */
  private static void readAmidChanges(Merged m, String dir, int kept) throws Exception {
    List<String> seen = new ArrayList<>();
    List<View.Listed> page = m.view().page(dir, 0, 7, false);
    for (int i = 0; !page.isEmpty(); i++) {
      for (View.Listed listed : page) {
        if (listed.name().startsWith("kept")) {
          seen.add(listed.name());
        }
      }
      m.view().unlink(dir + "/gone" + i);
      m.view().createFile(dir + "/new" + i, 0644);
      for (int other = 0; other < 40; other++) {
        m.view().page("others/o" + other, 0, 1, false);
      }
      page = m.view().page(dir, page.get(page.size() - 1).next(), 7, false);
    }
    assertEquals(kept, seen.size(), seen.toString());
    assertEquals(kept, new HashSet<>(seen).size(), seen.toString());
  }

  @Test
  void changesWhileReadingWithoutAHandleNeitherHideNorRepeat() throws Exception {
    Layers layers = layers(tmp);
    for (int i = 0; i < 40; i++) {
      layers.lower(dir("others", dir("o" + i)));
      layers.lower(dir("merged", file("kept" + i)), dir("pure", file("gone" + i)));
      layers.upper(dir("merged", file("gone" + i), file("kept" + (i + 20))));
      layers.lower(dir("pure", file("kept" + i)));
    }
    try (Merged m = layers.mount()) {
      readAmidChanges(m, "merged", 60);
      readAmidChanges(m, "pure", 40);
    }
  }

  @Test
  void readersWithoutHandlesAreIndependent() throws Exception {
    Layers layers = layers(tmp);
    for (int i = 0; i < 50; i++) {
      layers.lower(dir("d", file("a" + i))).upper(dir("d", file("b" + i)));
    }
    try (Merged m = layers.mount()) {
      long first = 0;
      long second = 0;
      Set<String> byFirst = new HashSet<>();
      Set<String> bySecond = new HashSet<>();
      for (int i = 0; i < 102; i++) {
        View.Listed one = m.view().page("d", first, 1, true).get(0);
        first = one.next();
        assertTrue(byFirst.add(one.name()), one.name());
        if (i % 3 == 0) {
          View.Listed other = m.view().page("d", second, 1, false).get(0);
          second = other.next();
          assertTrue(bySecond.add(other.name()), other.name());
        }
      }
      assertEquals(102, byFirst.size());
      assertTrue(m.view().page("d", first, 1, true).isEmpty());
      assertTrue(byFirst.containsAll(bySecond));
    }
  }

  @Test
  void directoryRemovedWhileReadWithoutAHandleIsEmpty() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a"))).upper(dir("d", file("b"))).mount()) {
      long id = m.view().id("d");
      assertEquals(3, m.view().page("d", 0, 3, false).size());
      m.view().unlink("d/a");
      m.view().unlink("d/b");
      m.view().rmdir("d");
      assertEquals(List.of(), m.view().page(id, 0));
    }
  }

  @Test
  void unknownHandleIsBad() throws Exception {
    try (Merged m = layers(tmp).lower(file("f")).mount()) {
      assertErrno(Errno.EBADF, () -> m.view().page(99, 0, 10, false));
      assertErrno(Errno.ENOTDIR, () -> m.view().opendir("f"));
      m.view().releasedir(99);
    }
  }
}
