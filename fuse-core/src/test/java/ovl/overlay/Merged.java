package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import ovl.layer.LayerStack;
import ovl.sys.Syscalls;
import ovl.testing.Disk;

/** A mounted overlay under test: its merged view by {@link View}, its layers by path. */
final class Merged implements AutoCloseable {
  static final String PREFIX = "trusted.overlay.";

  private final Syscalls sys;
  private final LayerStack stack;
  private final OverlayFs fs;
  private final Path base;
  private final List<Path> lowers;
  private final Disk disk;
  private final View view;

  Merged(Syscalls sys, LayerStack stack, OverlayOptions options, Path base, List<Path> lowers) {
    this.sys = sys;
    this.stack = stack;
    this.base = base;
    this.lowers = List.copyOf(lowers);
    this.disk = new Disk(sys);
    this.fs = new OverlayFs(sys, stack, options);
    this.view = new View(sys, fs);
  }

  OverlayFs fs() {
    return fs;
  }

  LayerStack stack() {
    return stack;
  }

  /** What root sees; for one thread. */
  View view() {
    return view;
  }

  /** Another user of the same mount, for one thread. */
  View newView() {
    return new View(sys, fs);
  }

  Disk disk() {
    return disk;
  }

  /** A path in upper; "" is its root. */
  Path upper(String path) {
    return base.resolve("upper").resolve(path);
  }

  /**
   * @param layer counted from 1, the top one
   */
  Path lower(int layer, String path) {
    return lowers.get(layer - 1).resolve(path);
  }

  /** What is being prepared at the moment. */
  Set<String> workNames() {
    return disk.names(base.resolve("work/work"));
  }

  /** The temporary objects other than the one whiteout that all whiteouts are links to. */
  Set<String> leftInWork() {
    Set<String> left = new TreeSet<>(workNames());
    left.removeIf(name -> disk.isWhiteout(base.resolve("work/work").resolve(name)));
    return left;
  }

  boolean isOpaque(String path) {
    byte[] value = disk.xattr(upper(path), PREFIX + "opaque");
    return value != null && value.length == 1 && value[0] == 'y';
  }

  boolean isImpure(String path) {
    return disk.xattr(upper(path), PREFIX + "impure") != null;
  }

  void assertWhiteout(String path) {
    assertTrue(disk.isWhiteout(upper(path)), "upper/" + path + " is a whiteout");
  }

  @Override
  public void close() {
    view.close();
    fs.destroy();
  }
}
