package ovl.it.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import ovl.it.os.FsPath;

/** That programs which mount and start daemons below a directory have cleaned up. */
public final class LeftBehind {
  private LeftBehind() {}

  /** Fails if a daemon serves something below it, or something of FUSE is mounted there. */
  public static void assertNothing(FsPath directory) {
    boolean isGone = Daemons.await(10_000, () -> daemons(directory).isEmpty());
    assertTrue(isGone, () -> "daemons left behind: " + daemons(directory));
    assertEquals(List.of(), Mounts.below(directory).stream().filter(LeftBehind::isMerged).toList());
  }

  private static List<ProcessHandle> daemons(FsPath directory) {
    return Daemons.naming(directory).stream().filter(p -> Daemons.isRunning(p, "java")).toList();
  }

  /** The name that every engine gives to what is mounted. */
  private static boolean isMerged(String mountpoint) {
    return mountpoint.endsWith("/merged");
  }
}
