package ovl.it.overlay;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import ovl.sys.Syscalls;

/** What mounting needs. Where it is missing tests skip and say so; in CI they fail. */
public final class Requirements {
  private Requirements() {}

  public static void check(MountKind kind) {
    require(Syscalls.load().geteuid() == 0, "not root: loop devices cannot be mounted");
    require(Files.exists(Path.of("/dev/loop-control")), "no /dev/loop-control");
    if (kind.isOurs()) {
      require(Files.exists(Path.of("/dev/fuse")), "no /dev/fuse");
      require(Files.isExecutable(Launcher.PATH), "no launcher at " + Launcher.PATH);
    }
  }

  private static void require(boolean condition, String missing) {
    if (condition) {
      return;
    }
    if ("true".equals(System.getenv("CI"))) {
      Assertions.fail("mount tests must run in CI: " + missing);
    }
    System.err.println("mount tests skipped: " + missing);
    Assumptions.abort(missing);
  }
}
