package ovl.it.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.DirEntry;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** What the listing of large directories asks of the daemon, and leaves in its memory. */
final class ListingRequestsTest {
  private static final int ENTRIES = 1000;
  private static final List<String> DIRS = List.of("lower", "merged", "upper");

  private final Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4);

  @BeforeEach
  void mountLargeDirectories() {
    FsPath lower = stack.lowers().get(0);
    fill(lower.at("first").mkdir(), 1);
    fill(lower.at("lower").mkdir(), 1);
    fill(lower.at("merged").mkdir(), 2);
    fill(stack.upper().at("merged").mkdir(), 3);
    fill(stack.upper().at("upper").mkdir(), 1);
    stack.mount();
  }

  @AfterEach
  void removeStack() {
    stack.close();
  }

  private static void fill(FsPath dir, int step) {
    for (int i = 0; i < ENTRIES; i += step) {
      dir.at("name" + i).file("");
    }
  }

  private FsPath merged(String name) {
    return stack.merged().at(name);
  }

  private static void lookAt(FsPath dir, List<DirEntry> entries) {
    for (DirEntry entry : entries) {
      if (!entry.isDots()) {
        assertEquals(entry.ino(), dir.at(entry.name()).stat().ino(), entry.name());
      }
    }
  }

  /** As find -ls and du do. */
  private static int readThenLook(FsPath dir) {
    List<DirEntry> entries = dir.entries();
    lookAt(dir, entries);
    return entries.size();
  }

  @Test
  void whoLooksAtWhatItReadPaysNoLookupPerEntryFromTheNextDirectoryOn() {
    readThenLook(merged("first"));
    for (String dir : DIRS) {
      long before = stack.status("operation LOOKUP");
      int size = readThenLook(merged(dir));
      long lookups = stack.status("operation LOOKUP") - before;
      assertTrue(size > ENTRIES / 2, dir + ": " + size);
      assertTrue(lookups < size / 10, lookups + " lookups in " + dir);
    }
  }

  @Test
  void whoLooksWhileItReadsPaysNoLookupPerEntryFromTheStart() {
    long before = stack.status("operation LOOKUP");
    FsPath dir = merged("first");
    try (OpenFile open = dir.open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      List<DirEntry> part = new ArrayList<>();
      while (open.entryBlock(1 << 15, part)) {
        lookAt(dir, part);
        part.clear();
      }
    }
    long lookups = stack.status("operation LOOKUP") - before;
    assertTrue(lookups < ENTRIES / 10, lookups + " lookups");
  }

  @Test
  void whoReadsNamesOnlyMakesNodesOfFewOfThem() {
    for (String name : DIRS) {
      long before = stack.status("nodes");
      int size = merged(name).entries().size();
      long nodes = stack.status("nodes") - before;
      // With a buffer of 64 KiB, which older kernels ignore, the first part is of 400 entries.
      assertTrue(nodes < size * 2L / 3, nodes + " nodes of " + size + " entries in " + name);
    }
  }
}
