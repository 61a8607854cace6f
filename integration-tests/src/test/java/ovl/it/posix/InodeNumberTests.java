package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.sys.Linux;

/** st_ino: stable, unique, and what the kernel shows. */
interface InodeNumberTests extends Fixture {
  private Map<String, Long> numbers() {
    Map<String, Long> numbers = new TreeMap<>();
    collect(overlay().merged(), "", numbers);
    return numbers;
  }

  private static void collect(FsPath dir, String prefix, Map<String, Long> numbers) {
    numbers.put(prefix + ".", dir.stat().ino());
    for (String name : dir.list()) {
      FsPath child = dir.at(name);
      if (child.stat().isDirectory()) {
        collect(child, prefix + name + "/", numbers);
      } else {
        numbers.put(prefix + name, child.stat().ino());
      }
    }
  }

  private void fillLayers() {
    lower(0, "both").mkdir().at("f").file("");
    lower(1, "both").mkdir().at("g").file("");
    upper("both").mkdir().at("u").file("");
    lower(0, "low/sub").mkdirs().at("f").file("");
    lower(1, "low/sub").mkdirs().at("deep").symlink("x");
    lower(2, "low/sub").mkdirs().at("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0);
    upper("up/sub").mkdirs().at("f").file("");
    lower(2, "a").file("").link(lower(2, "b"));
  }

  @Test
  default void numbersAreThoseOfTheKernel() {
    fillLayers();
    mount();
    merged("low/sub/f").chmod(0600);
    merged("low/sub/deep").chown(1, 1);
    merged("up/sub").rename(merged("both/moved"));
    Map<String, Long> shown = numbers();
    overlay().unmount();
    overlay().mountByKernel();
    Map<String, Long> expected = numbers();
    expected.remove(".");
    shown.remove(".");
    assertEquals(expected, shown);
  }

  @Test
  default void numbersStayOverCopyUpAndRemount() {
    lower("d").mkdir().at("f").file("content");
    lower("d/link").symlink("x");
    lower("d/fifo").mknod(Linux.S_IFIFO | 0600, 0, 0);
    mount();
    Map<String, Long> before = numbers();
    merged("d/f").append("x");
    merged("d/link").chown(1, 1);
    merged("d/fifo").chmod(0644);
    merged("d").chmod(0700);
    assertEquals(before, numbers());
    remount();
    assertEquals(before, numbers());
  }

  @Test
  default void openDescriptorShowsTheSameNumber() {
    lower("f").file("content");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      final long ino = file.stat().ino();
      merged("f").append("x");
      assertEquals(ino, file.stat().ino());
      assertEquals(ino, merged("f").stat().ino());
    }
  }

  @Test
  default void numbersAreUnique() {
    fillLayers();
    mount();
    for (int i = 0; i < 50; i++) {
      merged("both/n" + i).file("");
    }
    merged("both/f").append("x");
    merged("low/sub/f").unlink();
    merged("low/sub/f").file("another");
    Map<String, Long> shown = numbers();
    shown.remove("b"); // a second name of a
    Set<Long> distinct = new HashSet<>(shown.values());
    assertEquals(shown.size(), distinct.size(), shown::toString);
  }

  @Test
  default void newFileInPlaceOfARemovedOneIsAnotherObject() {
    lower("f").file("");
    mount();
    final long before = merged("f").stat().ino();
    merged("f").unlink();
    merged("f").file("");
    assertNotEquals(before, merged("f").stat().ino());
  }

  @Test
  default void everythingIsOnOneDevice() {
    fillLayers();
    mount();
    long device = overlay().merged().stat().dev();
    assertEquals(device, merged("both").stat().dev());
    assertEquals(device, merged("both/f").stat().dev());
    assertEquals(device, merged("up/sub/f").stat().dev());
    assertTrue(device != lower("both").stat().dev());
  }

  @Test
  default void mountpointShowsTheRootOfTheStack() {
    lower("f").file("");
    mount();
    assertEquals(overlay().merged().stat().ino(), overlay().merged().at(".").stat().ino());
    assertNotEquals(0, overlay().merged().stat().ino());
  }

  @Test
  default void linkOfACopiedFileKeepsItsNumberWhereverItIs() {
    lower("f").file("content");
    long ino = lower("f").stat().ino();
    mount();
    merged("f").chmod(0600);
    overlay().unmount();
    // As link(2) on the kernel's overlayfs leaves it: the directory is not marked impure.
    upper("d").mkdir();
    upper("f").link(upper("d/f"));
    mount();
    assertEquals(ino, merged("d/f").stat().ino());
    assertEquals(ino, merged("f").stat().ino());
  }
}
