package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Syscalls;
import ovl.transport.MountException;

/** The setuid program mounts for root as well, so that the way through it can be tested as root. */
final class FusermountTest {
  private static final String OPTIONS = "rw,fsname=a\\,b,subtype=ovltest";

  private final Fusermount fusermount = new Fusermount(Syscalls.load());

  @TempDir Path point;

  @BeforeEach
  void needsProgram() {
    boolean there =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(dir -> Files.isExecutable(Path.of(dir, "fusermount3")));
    boolean usable = there && Files.isWritable(Path.of("/dev/fuse"));
    if (!usable) {
      System.err.println("FusermountTest skipped: needs fusermount3 and /dev/fuse");
    }
    assumeTrue(usable, "needs fusermount3 and /dev/fuse");
  }

  @Test
  void mountsAndUnmounts() throws Exception {
    try (FuseDevice device = fusermount.mount(point.toString(), OPTIONS)) {
      assertTrue(device.awaitRequest(10_000), "no INIT");
      String mounts = Files.readString(Path.of("/proc/self/mounts"));
      assertTrue(mounts.contains("a,b " + point + " fuse.ovltest rw,"), mounts);
    } finally {
      assertEquals("", fusermount.unmount(point.toString(), true));
    }
  }

  @Test
  void saysWhatTheProgramSays() throws Exception {
    Path absent = point.resolve("absent");
    MountException e =
        assertThrows(MountException.class, () -> fusermount.mount(absent.toString(), OPTIONS));
    assertTrue(e.getMessage().startsWith("cannot mount on " + absent + ": fusermount3: "));
    assertTrue(e.getMessage().endsWith("No such file or directory"), e.getMessage());
    assertTrue(fusermount.unmount(point.toString(), false).startsWith("fusermount3: "));
  }
}
