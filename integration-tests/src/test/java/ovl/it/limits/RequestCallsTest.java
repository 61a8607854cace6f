package ovl.it.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** What the most frequent requests cost in system calls, beside those on /dev/fuse. */
final class RequestCallsTest {
  private static final int FILES = 20;

  @BeforeEach
  void need() {
    Injection.need();
  }

  /**
   * In a directory that one layer has.
   *
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

  /** The kernel has its data, and asks the daemon about the handle only. */
  @Test
  void smallLowerFileThatWasReadIsOpenedByNone() {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      for (int i = 0; i < FILES; i++) {
        stack.lowers().get(0).at("f" + i).file("content");
      }
      stack.option("--io-uring=off");
      stack.option("--passthrough=auto");
      stack.mount();
      readAll(stack);
      try (Injection watch = new Injection(stack.daemon(), null)) {
        readAll(stack);
        assertEquals(List.of(), watch.possible("EIO"));
      }
      try (OpenFile open = stack.merged().at("f0").open(Linux.O_RDONLY)) {
        Exec.ok("dd", "if=" + stack.merged().at("f0"), "iflag=nocache", "count=0"); // drops it
        assertEquals("content", open.pread(100, 0));
      }
    }
  }

  private static void readAll(Overlay stack) {
    for (int i = 0; i < FILES; i++) {
      assertEquals("content", stack.merged().at("f" + i).text());
    }
  }
}
