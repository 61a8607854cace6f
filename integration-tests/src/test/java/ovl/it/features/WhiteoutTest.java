package ovl.it.features;

import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** What is a whiteout in which layer, and what only looks like one. */
final class WhiteoutTest {
  private static final String OPAQUE = "trusted.overlay.opaque";
  private static final String WHITEOUT = "trusted.overlay.whiteout";
  private static final String[] NAMES = {"f", "any", "big", "dir", "link", "fifo", "plain"};

  /** Things that carry the attribute; only empty regular files can be whiteouts. */
  private static void marked(FsPath dir) {
    dir.at("f").file("").setXattr(WHITEOUT, "y");
    dir.at("any").file("").setXattr(WHITEOUT, "");
    dir.at("big").file("text").setXattr(WHITEOUT, "y");
    dir.at("dir").mkdir().setXattr(WHITEOUT, "y");
    dir.at("link").symlink("f").setXattr(WHITEOUT, "y");
    dir.at("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0).setXattr(WHITEOUT, "y");
    dir.at("plain").file("");
  }

  private static void below(FsPath dir) {
    for (String name : NAMES) {
      dir.at(name).file("below");
    }
    dir.at("other").file("below");
  }

  private static void layers(Overlay overlay) {
    FsPath top = overlay.lowers().get(0);
    FsPath low = overlay.lowers().get(2);
    top.setXattr(OPAQUE, "x");
    low.setXattr(OPAQUE, "x");
    marked(top.at("told").mkdir().setXattr(OPAQUE, "x"));
    below(low.at("told").mkdir());
    marked(top.at("untold").mkdir());
    below(low.at("untold").mkdir());
    top.at("lowest").mkdir();
    marked(low.at("lowest").mkdir().setXattr(OPAQUE, "x"));
    marked(low.at("alone").mkdir().setXattr(OPAQUE, "x"));
  }

  @Test
  void attributeMakesAWhiteoutOfAnEmptyFileAboveTheLowestLayer() {
    try (Twins t = new Twins(Backing.EXT4).both(WhiteoutTest::layers).mount()) {
      // In "untold" the kernel lists what a look at does not find; in the lowest layer it may.
      for (String dir : new String[] {"told", "lowest", "alone"}) {
        t.step("names in " + dir, m -> m.at(dir).list());
      }
      for (String dir : new String[] {"told", "untold"}) {
        for (String name : NAMES) {
          t.step(dir + "/" + name, m -> m.at(dir).at(name).stat().type());
        }
      }
      t.step("a name that is hidden", "ENOENT", m -> m.at("told/f").stat());
      t.step("and where nothing tells of it", "ENOENT", m -> m.at("untold/f").stat());
    }
  }

  @Test
  void deviceIsAWhiteoutWhateverElseItHas() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(
          o -> {
            FsPath top = o.lowers().get(0);
            FsPath low = o.lowers().get(2);
            for (String name : new String[] {"mode", "owner", "first", "second", "block"}) {
              low.at(name).file("below");
            }
            top.at("mode").whiteout().chmod(06777);
            top.at("owner").whiteout().chown(5, 6);
            top.at("first").whiteout().link(top.at("second"));
            top.at("block").mknod(Linux.S_IFBLK | 0600, 0, 0);
          });
      t.mount();
      t.step("names", m -> m.list());
      for (String name : new String[] {"mode", "owner", "first", "second"}) {
        t.step(name, "ENOENT", m -> m.at(name).stat());
      }
      t.step("a block device is none", m -> m.at("block").stat().type());
    }
  }
}
