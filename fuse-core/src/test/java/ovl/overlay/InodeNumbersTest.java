package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.hardLink;
import static ovl.overlay.Layers.layers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.layer.LayerOptions;
import ovl.layer.LayerPaths;
import ovl.layer.LayerStack;
import ovl.testing.Requirements;

final class InodeNumbersTest {
  @TempDir Path tmp;

  @Test
  void oneFilesystemShowsTheRealNumbers() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), dir("d")).upper(file("b"), dir("d")).mount()) {
      assertEquals(m.disk().stat(m.lower(1, "a")).ino(), m.view().stat("a").ino);
      assertEquals(m.disk().stat(m.upper("b")).ino(), m.view().stat("b").ino);
      assertEquals(m.disk().stat(m.lower(1, "d")).ino(), m.view().stat("d").ino);
    }
  }

  @Test
  void numberSurvivesCopyUpForgetAndTheNextMount() throws Exception {
    Layers layers = layers(tmp).lower(dir("d", file("a")));
    long file;
    long dir;
    try (Merged m = layers.mount()) {
      file = m.view().stat("d/a").ino;
      dir = m.view().stat("d").ino;
      m.view().write("d/a", "new");
      m.view().forgetAll();
      assertEquals(file, m.view().stat("d/a").ino);
      assertEquals(dir, m.view().stat("d").ino);
    }
    try (Merged m = layers.mount()) {
      assertEquals(file, m.view().stat("d/a").ino);
      assertEquals(dir, m.view().stat("d").ino);
    }
  }

  @Test
  void numberSurvivesARenameOfACopiedFile() throws Exception {
    Layers layers = layers(tmp).lower(file("a"), dir("d"));
    long ino;
    try (Merged m = layers.mount()) {
      ino = m.view().stat("a").ino;
      m.view().rename("a", "d/b");
      m.view().forgetAll();
      assertEquals(ino, m.view().stat("d/b").ino);
    }
    try (Merged m = layers.mount()) {
      assertEquals(ino, m.view().stat("d/b").ino);
    }
  }

  @Test
  void namesOfOneFileShowOneNumber() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), hardLink("b", "a")).mount()) {
      assertEquals(m.view().stat("a").ino, m.view().stat("b").ino);
    }
  }

  @Test
  void numbersOfSeveralFilesystemsDoNotMeet() throws Exception {
    Path shm = Path.of("/dev/shm");
    Requirements.require(Files.isWritable(shm), "needs /dev/shm");
    Path other = Files.createTempDirectory(shm, "ovl-inodes");
    Path file = Files.writeString(other.resolve("f"), "x");
    Path lower = Files.createDirectory(tmp.resolve("lower"));
    try (LayerStack stack =
        LayerStack.open(
            Layers.sys(),
            new LayerPaths(List.of(lower, other), null, null, null),
            LayerOptions.KERNEL)) {
      InodeNumbers numbers = new InodeNumbers(stack, OverlayOptions.builder().build());
      long first = stack.lowers().get(0).dev();
      long second = stack.lowers().get(1).dev();
      assertEquals(5, numbers.show(first, 5));
      assertNotEquals(numbers.show(first, 5), numbers.show(second, 5));
      assertEquals(numbers.show(second, 5), numbers.show(second, 5));
      assertNotEquals(numbers.show(first, -1), numbers.show(second, -1));
      assertNotEquals(0, numbers.show(12345, 5), "a filesystem that is none of the layers'");
    } finally {
      Files.delete(file);
      Files.delete(other);
    }
  }
}
