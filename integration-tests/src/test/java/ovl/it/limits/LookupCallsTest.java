package ovl.it.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/** What a lookup costs in a directory that one layer has: one system call for each name. */
final class LookupCallsTest {
  private static final int FILES = 20;

  @BeforeEach
  void need() {
    Injection.need();
  }

  /**
   * @param name what to look up: there is f0, and so on
   */
  @ParameterizedTest
  @CsvSource({"up, f", "up, missing", "middle, f", "middle, missing", "bottom, f"})
  void nameInADirectoryOfOneLayerTakesOneCall(String directory, String name) {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      FsPath middle = stack.lowers().get(1);
      FsPath bottom = stack.lowers().get(stack.lowers().size() - 1);
      for (FsPath dir : List.of(stack.upper().at("up"), middle.at("middle"), bottom.at("bottom"))) {
        dir.mkdir();
        for (int i = 0; i < FILES; i++) {
          dir.at("f" + i).file("content");
        }
        dir.at("first").file("content");
      }
      stack.option("--io-uring=off"); // whose workers Injection does not know
      stack.mount();
      // What is asked of a directory is asked once.
      stack.merged().at(directory).at("first").stat();
      try (Injection watch = new Injection(stack.daemon(), null)) {
        for (int i = 0; i < FILES; i++) {
          stack.merged().at(directory).at(name + i).exists();
        }
        List<String> calls = watch.possible("EIO").stream().map(Injection.Fault::call).toList();
        assertEquals(Set.of("statx"), Set.copyOf(calls));
        // Fewer if a worker that was made meanwhile, and is not watched, has answered some.
        assertTrue(calls.size() <= FILES, calls.toString());
      }
    }
  }
}
