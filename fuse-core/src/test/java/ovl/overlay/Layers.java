package ovl.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import ovl.layer.LayerException;
import ovl.layer.LayerOptions;
import ovl.layer.LayerPaths;
import ovl.layer.LayerStack;
import ovl.layer.WhiteoutFormat;
import ovl.layer.XattrPermissions;
import ovl.sys.Linux;
import ovl.sys.Syscalls;
import ovl.testing.Disk;
import ovl.testing.Requirements;

/**
 * Builds the layers of a test in a directory and mounts them without a kernel: {@code
 * layers(tmp).lower(file("a")).upper(whiteout("a")).mount()}. The first lower is the top one; upper
 * is empty if nothing is said.
 */
final class Layers {
  private static final Syscalls SYS = Syscalls.load();

  private final Path base;
  private final Disk disk = new Disk(SYS);
  private final List<Path> lowers = new ArrayList<>();
  private boolean readOnly;
  private LayerOptions format = LayerOptions.KERNEL;
  private final OverlayOptions.Builder options = OverlayOptions.builder();

  private Layers(Path base) {
    this.base = base;
  }

  /** One thing in a layer. */
  interface Item {
    void make(Disk disk, Path dir) throws IOException;
  }

  static Layers layers(Path base) throws IOException {
    Requirements.needsWhiteouts(SYS, base);
    Requirements.needsXattrs(SYS, base, "trusted.overlay.");
    return bare(base);
  }

  /** On whatever filesystem it is. */
  static Layers bare(Path base) throws IOException {
    Files.createDirectories(base.resolve("upper"));
    Files.createDirectories(base.resolve("work"));
    return new Layers(base);
  }

  static Syscalls sys() {
    return SYS;
  }

  Layers lower(Item... items) throws IOException {
    Path layer = Files.createDirectory(base.resolve("lower" + (lowers.size() + 1)));
    fill(layer, items);
    lowers.add(layer);
    return this;
  }

  Layers upper(Item... items) throws IOException {
    fill(base.resolve("upper"), items);
    return this;
  }

  Layers readOnly() {
    readOnly = true;
    return this;
  }

  Layers isVolatile() {
    options.isVolatile(true);
    return format(new LayerOptions(true, WhiteoutFormat.KERNEL, XattrPermissions.NONE));
  }

  Layers format(LayerOptions layers) {
    format = layers;
    return this;
  }

  /** The options that the mount will have, to be changed. */
  Layers options(Consumer<OverlayOptions.Builder> change) {
    change.accept(options);
    return this;
  }

  Layers redirectDir(RedirectDir mode) {
    options.features(new Features(mode, false, false, false, false));
    return this;
  }

  private void fill(Path dir, Item... items) throws IOException {
    for (Item item : items) {
      item.make(disk, dir);
    }
  }

  Merged mount() throws LayerException, IOException {
    if (lowers.isEmpty()) {
      lower();
    }
    Path upper = readOnly ? null : base.resolve("upper");
    Path work = readOnly ? null : base.resolve("work");
    LayerStack stack = LayerStack.open(SYS, new LayerPaths(lowers, upper, work, null), format);
    return new Merged(SYS, stack, options.build(), base, lowers);
  }

  static Item file(String path) {
    return file(path, "content of " + path);
  }

  static Item file(String path, String content) {
    return (disk, dir) -> Files.writeString(dir.resolve(path), content);
  }

  static Item dir(String path, Item... items) {
    return (disk, dir) -> {
      Path made = Files.createDirectories(dir.resolve(path));
      for (Item item : items) {
        item.make(disk, made);
      }
    };
  }

  static Item opaque(String path, Item... items) {
    return (disk, dir) -> {
      dir(path, items).make(disk, dir);
      disk.setXattr(dir.resolve(path), Merged.PREFIX + "opaque", new byte[] {'y'});
    };
  }

  static Item whiteout(String path) {
    return (disk, dir) -> disk.whiteout(dir.resolve(path));
  }

  static Item symlink(String path, String target) {
    return (disk, dir) -> Files.createSymbolicLink(dir.resolve(path), Path.of(target));
  }

  static Item hardLink(String path, String existing) {
    return (disk, dir) -> Files.createLink(dir.resolve(path), dir.resolve(existing));
  }

  static Item fifo(String path) {
    return (disk, dir) -> disk.mknod(dir.resolve(path), Linux.S_IFIFO | 0644, 0, 0);
  }

  static Item device(String path, int major, int minor) {
    return (disk, dir) -> disk.mknod(dir.resolve(path), Linux.S_IFCHR | 0640, major, minor);
  }

  static Item mode(String path, int mode) {
    return (disk, dir) -> disk.chmod(dir.resolve(path), mode);
  }

  static Item owner(String path, int uid, int gid) {
    return (disk, dir) -> disk.chown(dir.resolve(path), uid, gid);
  }

  static Item times(String path, long seconds, int nanos) {
    return (disk, dir) -> disk.setTimes(dir.resolve(path), seconds, nanos);
  }

  static Item xattr(String path, String name, byte[] value) {
    return (disk, dir) -> disk.setXattr(dir.resolve(path), name, value);
  }
}
