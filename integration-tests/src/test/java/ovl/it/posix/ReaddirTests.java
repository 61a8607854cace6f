package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import ovl.it.os.DirEntry;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Listings: what is in them, in which order, and what seeking in them does. */
interface ReaddirTests extends Fixture {
  int SUBDIRECTORIES = Boolean.getBoolean("ovl.long") ? 66_000 : 500;

  private OpenFile openDir(String path) {
    return merged(path).open(Linux.O_RDONLY | Linux.O_DIRECTORY);
  }

  private void fill(int count) {
    lower("d").mkdir();
    upper("d").mkdir();
    for (int i = 0; i < count; i++) {
      (i % 2 == 0 ? lower("d") : upper("d")).at("name" + i).file("");
    }
  }

  @Test
  default void listingHasEachNameOnce() {
    upper("d").mkdir().at("both").file("");
    lower(0, "d").mkdir().at("both").file("");
    lower(1, "d").mkdir().at("both").file("");
    lower(1, "d/one").file("");
    mount();
    assertEquals(List.of("both", "one"), merged("d").list());
  }

  @Test
  default void listingHasTheDotsOnce() {
    upper("d").mkdir();
    lower("d").mkdir().at("f").file("");
    mount();
    List<String> names = merged("d").entries().stream().map(DirEntry::name).sorted().toList();
    assertEquals(List.of(".", "..", "f"), names);
  }

  @Test
  default void entryTypesAndInodesAreThoseOfStat() {
    lower("d/dir").mkdirs();
    lower("d/file").file("");
    lower("d/symlink").symlink("x");
    lower("d/fifo").mknod(Linux.S_IFIFO | 0600, 0, 0);
    lower("d/socket").mknod(Linux.S_IFSOCK | 0600, 0, 0);
    lower("d/char").mknod(Linux.S_IFCHR | 0600, 1, 3);
    lower("d/block").mknod(Linux.S_IFBLK | 0600, 7, 99);
    lower("d/copied").file("");
    upper("d").mkdir().at("upper").file("");
    lower("d/both").mkdir();
    upper("d/both").mkdir();
    mount();
    merged("d/copied").chmod(0600);
    merged("d/new").file("");
    merged("d/newdir").mkdir();
    assertEntriesMatchStat(merged("d"), 12);
    remount();
    assertEntriesMatchStat(merged("d"), 12);
  }

  private static void assertEntriesMatchStat(FsPath dir, int count) {
    int seen = 0;
    for (DirEntry entry : dir.entries()) {
      if (!entry.isDots()) {
        Stat stat = dir.at(entry.name()).stat();
        assertEquals(stat.direntType(), entry.type(), "d_type of " + entry.name());
        assertEquals(stat.ino(), entry.ino(), "d_ino of " + entry.name());
        seen++;
      }
    }
    assertEquals(count, seen);
  }

  @Test
  default void entryInodesOfUnmergedDirectoriesAreThoseOfStat() {
    lower("low").mkdir().at("f").file("");
    lower("low/d").mkdir();
    upper("up").mkdir().at("f").file("");
    upper("up/d").mkdir();
    mount();
    assertEntriesMatchStat(merged("low"), 2);
    assertEntriesMatchStat(merged("up"), 2);
    assertEntriesMatchStat(overlay().merged(), 2);
  }

  @Test
  default void listingGoesOnAtEveryOffset() {
    fill(300);
    mount();
    try (OpenFile dir = openDir("d")) {
      List<DirEntry> all = dir.entries();
      assertEquals(302, all.size());
      for (int i = 0; i < all.size() - 1; i++) {
        dir.seek(all.get(i).offset(), Linux.SEEK_SET);
        List<DirEntry> next = new ArrayList<>();
        dir.entryBlock(280, next);
        assertEquals(all.get(i + 1).name(), next.get(0).name(), "after entry " + i);
      }
      dir.seek(all.get(301).offset(), Linux.SEEK_SET);
      assertEquals(List.of(), dir.entries());
    }
  }

  @Test
  default void listingInSmallBlocksIsTheSame() {
    fill(500);
    mount();
    try (OpenFile dir = openDir("d");
        OpenFile again = openDir("d")) {
      assertEquals(dir.entries(), again.entries(300));
    }
  }

  @Test
  default void rewindShowsWhatIsThereNow() {
    fill(10);
    mount();
    try (OpenFile dir = openDir("d")) {
      assertEquals(12, dir.entries().size());
      merged("d/late").file("");
      merged("d/name1").unlink();
      merged("d/name2").unlink();
      dir.seek(0, Linux.SEEK_SET);
      Set<String> names = new TreeSet<>();
      dir.entries().forEach(e -> names.add(e.name()));
      assertEquals(11, names.size());
      assertTrue(names.contains("late") && !names.contains("name1"), names::toString);
    }
  }

  @Test
  default void removalWhileListingSkipsAndRepeatsNothing() {
    fill(1000);
    mount();
    Set<String> seen = new HashSet<>();
    try (OpenFile dir = openDir("d")) {
      List<DirEntry> block = new ArrayList<>();
      while (dir.entryBlock(1000, block)) {
        for (DirEntry entry : block) {
          if (!entry.isDots()) {
            assertTrue(seen.add(entry.name()), () -> "twice: " + entry.name());
            dir.unlinkat(entry.name(), 0);
          }
        }
        block.clear();
      }
    }
    assertEquals(1000, seen.size());
    merged("d").rmdir();
  }

  @Test
  default void creationWhileListingRepeatsNothing() {
    fill(300);
    mount();
    Set<String> seen = new HashSet<>();
    try (OpenFile dir = openDir("d")) {
      List<DirEntry> block = new ArrayList<>();
      for (int i = 0; dir.entryBlock(500, block); i++) {
        for (DirEntry entry : block) {
          assertTrue(seen.add(entry.name()), () -> "twice: " + entry.name());
        }
        block.clear();
        merged("d/extra" + i).file("");
      }
    }
    for (int i = 0; i < 150; i++) {
      assertTrue(seen.contains("name" + i), "not listed: name" + i);
    }
  }

  @Test
  default void largeDirectoryIsListedWhole() {
    fill(5000);
    mount();
    Set<String> names = new HashSet<>(merged("d").list());
    assertEquals(5000, names.size());
    merged("d/name0").unlink();
    merged("d/name1").unlink();
    assertEquals(4998, merged("d").list().size());
  }

  @Test
  default void twoListingsOfOneDirectoryAreIndependent() {
    fill(100);
    mount();
    try (OpenFile a = openDir("d");
        OpenFile b = openDir("d")) {
      List<DirEntry> first = new ArrayList<>();
      a.entryBlock(400, first);
      assertEquals(102, b.entries().size());
      first.addAll(a.entries(400));
      assertEquals(102, first.size());
    }
  }

  @Test
  default void manyListingsAtOnceAreIndependent() {
    fill(100);
    mount();
    List<OpenFile> open = new ArrayList<>();
    List<List<DirEntry>> seen = new ArrayList<>();
    try {
      for (int i = 0; i < 150; i++) {
        open.add(openDir("d"));
        seen.add(new ArrayList<>());
      }
      for (int going = open.size(); going > 0; ) {
        going = 0;
        for (int i = 0; i < open.size(); i++) {
          going += open.get(i).entryBlock(1024, seen.get(i)) ? 1 : 0;
        }
      }
    } finally {
      open.forEach(OpenFile::close);
    }
    seen.forEach(entries -> assertEquals(102, entries.size()));
  }

  /** Beyond what the link count of ext4 can say, which is one then. */
  @Test
  default void directoriesOfAnyNumberFitIntoOne() {
    overlay().skipLowerCheck();
    FsPath dir = lower("d").mkdir();
    for (int i = 0; i < SUBDIRECTORIES; i++) {
      dir.at("lower" + i).mkdir();
    }
    mount();
    for (int i = 0; i < 10; i++) {
      merged("d/lower" + i).rmdir();
      merged("d/upper" + i).mkdir();
    }
    assertEquals(SUBDIRECTORIES, merged("d").list().size());
    assertTrue(merged("d/lower" + (SUBDIRECTORIES - 1)).stat().isDirectory());
    assertErrno(Errno.ENOTEMPTY, () -> merged("d").rmdir());
  }

  @Test
  default void removedDirectoryThatIsOpenListsNothing() {
    lower("d").mkdir().at("f").file("");
    mount();
    try (OpenFile dir = openDir("d")) {
      merged("d/f").unlink();
      merged("d").rmdir();
      assertErrno(Errno.ENOENT, dir::entries);
    }
  }

  @Test
  default void parentEntryOfDirectoriesIsTheirParent() {
    lower("d/e").mkdirs();
    mount();
    long dotdot =
        merged("d/e").entries().stream()
            .filter(e -> e.name().equals(".."))
            .findFirst()
            .orElseThrow()
            .ino();
    assertEquals(merged("d").stat().ino(), dotdot);
    assertEquals(merged("d").stat().ino(), merged("d/e/..").stat().ino());
  }
}
