package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.User;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** As {@link DeviationTest}: what a process may do, and what it is told at once. */
final class CallerDeviationTest {
  private static final Syscalls SYS = Syscalls.load();

  /** Version 2, CAP_NET_RAW. */
  private static final byte[] CAPABILITY = {
    1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  private static FsPath top(Overlay overlay) {
    return overlay.lowers().get(0);
  }

  @Test
  @Deviation("a copy-up of more than the process may write (`RLIMIT_FSIZE`)")
  void limitOfFileSize() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x".repeat(100_000))).mount();
      t.differ(
          "open",
          "false",
          "true",
          m ->
              Exec.run("bash", "-c", "trap '' XFSZ; ulimit -f 4; : >>\"$1\"", "bash", m + "/f")
                      .status()
                  == 0);
    }
  }

  @Test
  @Deviation("`chown` to no owner that is refused")
  void refusedChown() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x").chmod(04755));
      t.both(o -> top(o).at("f").setXattr("security.capability", CAPABILITY, 0)).mount();
      t.step(
          "chown",
          m -> {
            User.ALICE.run(() -> m.at("f").chown(-1, -1));
            return "done";
          });
      assertEquals("EPERM", t.lastOutcome());
      t.differ(
          "capability is gone",
          "false",
          "true",
          m -> m.at("f").xattr("security.capability") == null);
    }
  }

  @Test
  @Deviation("`stx_attributes` (statx(2))")
  void attributesOfStatx() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x"));
      t.mount().both(o -> Exec.ok("chattr", "+i", o.merged().at("f").toString()));
      t.differ("immutable", "true", "false", m -> isImmutable(m.at("f")));
      t.both(o -> Exec.ok("chattr", "-i", o.merged().at("f").toString()));
    }
  }

  private static boolean isImmutable(FsPath file) {
    Scratch scratch = Scratch.current(SYS);
    Statx stat = scratch.statx();
    int rc =
        SYS.statx(Linux.AT_FDCWD, scratch.path(file.toString()), 0, Linux.STATX_BASIC_STATS, stat);
    assertEquals(0, rc);
    return (stat.attributes() & Linux.FS_IMMUTABLE_FL) != 0;
  }

  @Test
  @Deviation("`st_mtime` after a store through a mapping, without passthrough")
  void storesOfAMapping() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.ours().option("--passthrough=off");
      t.both(o -> o.upper().at("f").file("before")).mount();
      t.differ(
          "st_mtime",
          "true",
          "false",
          m -> {
            FsPath file = m.at("f");
            try (OpenFile open = file.open(Linux.O_RDWR);
                OpenFile.Mapping mapping = open.map(6, true)) {
              file.mtime(0);
              mapping.store("Store!");
              return file.stat().mtime() > 0;
            }
          });
    }
  }
}
