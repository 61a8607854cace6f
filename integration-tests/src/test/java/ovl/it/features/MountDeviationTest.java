package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;

/** As {@link DeviationTest}: what concerns the mount itself. */
final class MountDeviationTest {
  @Test
  @Deviation("a workdir in which nothing can be made")
  void immutableWork() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> Exec.ok("chattr", "+i", o.work().toString()));
      try {
        assertEquals(1, t.ours().tryMount().status());
        t.kernel().mount();
        OsError e = assertThrows(OsError.class, () -> t.kernel().merged().at("f").file(""));
        assertEquals(Errno.EROFS, e.errno());
      } finally {
        t.both(o -> Exec.ok("chattr", "-i", o.work().toString()));
      }
    }
  }

  @Test
  @Deviation("`mount -o remount,rw` without an upper")
  void writableByRemount() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::useReadOnly).mount();
      t.differ(
          "remount",
          "false",
          "true",
          m -> Exec.run("mount", "-i", "-o", "remount,rw", m.toString()).status() == 0);
      t.step("create", "EROFS", m -> m.at("f").file(""));
    }
  }

  @Test
  @Deviation("upper or work that another mount uses")
  void upperInUse() {
    try (Twins first = new Twins(Backing.EXT4).mount();
        Twins second = new Twins(Backing.EXT4)) {
      second.kernel().useUpper(first.kernel().upper(), second.kernel().work());
      second.ours().useUpper(first.ours().upper(), second.ours().work());
      second.kernel().mount();
      assertEquals(1, second.ours().tryMount().status());
    }
  }

  @Test
  @Deviation("a lower that is upper or work of another mount, with `index=on`")
  void lowerInUse() {
    try (Twins first = new Twins(Backing.EXT4).mount();
        Twins second = new Twins(Backing.EXT4, "index=on").both(Overlay::skipLowerCheck)) {
      second.kernel().lowers().set(1, first.kernel().upper());
      second.ours().lowers().set(1, first.ours().upper());
      assertThrows(AssertionError.class, second.kernel()::mount);
      second.ours().mount();
    }
  }

  @Test
  @Deviation("upper and work inside a lower")
  void upperInsideLower() {
    try (Twins t = new Twins(Backing.EXT4).both(Overlay::skipLowerCheck)) {
      t.both(
          o -> {
            FsPath dir = o.lowers().get(0).at("d").mkdir();
            o.useUpper(dir.at("upper").mkdir(), dir.at("work").mkdir());
          });
      t.kernel().mount();
      assertEquals(1, t.ours().tryMount().status());
    }
  }
}
