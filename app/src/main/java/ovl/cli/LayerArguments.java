package ovl.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import ovl.mount.OverlayMountBuilder;

/** The layers of a mount, collected from our own options and from those of {@code -o}. */
final class LayerArguments {
  private final WorkingDirectory directory;
  private final boolean knowsDataOnly;
  private final List<Path> lowers = new ArrayList<>();
  private final List<Path> dataLowers = new ArrayList<>();
  private final List<Path> lowerdirs = new ArrayList<>();
  private final List<Path> dataLowerdirs = new ArrayList<>();
  private boolean hasLowerdir;
  private Path upper;
  private Path work;
  private Path workdir;

  /**
   * @param knowsDataOnly {@code ::} in {@code lowerdir=} begins data-only layers, as for the
   *     kernel; fuse-overlayfs takes it for an empty item
   */
  LayerArguments(WorkingDirectory directory, boolean knowsDataOnly) {
    this.directory = directory;
    this.knowsDataOnly = knowsDataOnly;
  }

  /** {@code --lower}: layers below those named so far; after {@code ::} data-only ones. */
  void addLower(String list) throws UsageException {
    List<String> layers = Escapes.layers(list);
    boolean isDataOnly = false;
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).isEmpty() && i > 0 && i < layers.size() - 1) {
        isDataOnly = true;
      } else {
        (isDataOnly ? dataLowers : lowers).add(directory.resolve("--lower", layers.get(i)));
      }
    }
  }

  /** {@code datadir+=}: one data-only layer. */
  void addDatadir(String layer) throws UsageException {
    dataLowerdirs.add(directory.resolve("datadir+", layer));
  }

  /**
   * {@code lowerdir=}: takes the place of an earlier one; empty items at either end are left out.
   */
  void setLowerdir(String list) throws UsageException {
    hasLowerdir = true;
    lowerdirs.clear();
    dataLowerdirs.clear();
    boolean isDataOnly = false;
    for (String layer : Escapes.layers(list)) {
      if (layer.isEmpty()) {
        isDataOnly = knowsDataOnly && !lowerdirs.isEmpty();
      } else {
        (isDataOnly ? dataLowerdirs : lowerdirs).add(directory.resolve("lowerdir", layer));
      }
    }
  }

  /** {@code lowerdir+=}: one layer below those named so far, as it stands. */
  void addLowerdir(String layer) throws UsageException {
    hasLowerdir = true;
    lowerdirs.add(directory.resolve("lowerdir+", layer));
  }

  /** {@code --upper} and {@code upperdir=}. */
  void setUpper(String name, String path) throws UsageException {
    upper = directory.resolve(name, path);
  }

  /** {@code --work}. */
  void setWork(String path) throws UsageException {
    work = directory.resolve("--work", path);
  }

  /** {@code workdir=}, which without an upper says nothing. */
  void setWorkdir(String path) throws UsageException {
    workdir = directory.resolve("workdir", path);
  }

  /** Whether layers were named in the way of the kernel and of fuse-overlayfs. */
  boolean hasLowerdir() {
    return hasLowerdir;
  }

  /** Hands the layers over, those of {@code --lower} on top. */
  void describe(OverlayMountBuilder mount) {
    // Loops: of equal lambdas the class data archive has one, and to make the other takes 20 ms.
    for (List<Path> paths : List.of(lowers, lowerdirs)) {
      paths.forEach(mount::lower);
    }
    for (List<Path> paths : List.of(dataLowers, dataLowerdirs)) {
      paths.forEach(mount::dataLower);
    }
    mount.upper(upper);
    mount.work(work == null && upper != null ? workdir : work);
  }
}
