package ovl.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** Skips a test, with the reason printed, where the machine lacks what it needs. */
public final class Requirements {
  private Requirements() {}

  /** The test changes owners, makes devices or acts for other users. */
  public static void needsRoot(Syscalls sys) {
    require(sys.geteuid() == 0, "needs root");
  }

  /** The test makes whiteouts or overlay attributes in a directory. */
  public static void needsWhiteouts(Syscalls sys, Path dir) {
    Scratch scratch = Scratch.current(sys);
    long path = scratch.path(dir.resolve("probe").toString());
    int rc = sys.mknodat(Linux.AT_FDCWD, path, Linux.S_IFCHR, 0);
    if (rc == 0) {
      sys.unlinkat(Linux.AT_FDCWD, scratch.path(dir.resolve("probe").toString()), 0);
    }
    require(rc == 0, "no whiteouts in " + dir + ": " + Errno.name(-rc));
  }

  /** The test stores extended attributes whose names begin with {@code prefix}. */
  public static void needsXattrs(Syscalls sys, Path dir, String prefix) {
    Scratch scratch = Scratch.current(sys);
    long path = scratch.path(dir.toString());
    byte[] name = (prefix + "probe").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    int rc = sys.setxattr(path, scratch.path2(name), scratch.value(), 1, 0);
    if (rc == 0) {
      sys.removexattr(path, scratch.path2(name));
    }
    require(rc == 0, "no " + prefix + "* attributes in " + dir + ": " + Errno.name(-rc));
  }

  /** Skips unless the condition holds. */
  public static void require(boolean condition, String reason) {
    if (!condition) {
      System.err.println("SKIPPED: " + reason);
    }
    assumeTrue(condition, reason);
  }
}
