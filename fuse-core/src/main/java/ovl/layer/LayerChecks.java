package ovl.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Opens the directories of a stack and refuses what cannot work, each with one line that names the
 * directory and the reason. The rules are those of ovl_get_upper and ovl_get_workdir in the
 * kernel's fs/overlayfs/super.c.
 */
final class LayerChecks {
  private static final Logger log = LoggerFactory.getLogger(LayerChecks.class);

  /** Of the initial user namespace. */
  private static final String WHOLE_ID_RANGE = "0 0 4294967295";

  private final Syscalls sys;
  private final LayerPaths paths;
  private final LayerOptions options;

  /** Whether each layer that contains the mountpoint is shielded from it by a private mount. */
  private boolean allPrivate = true;

  private boolean lowersAreProtected = true;

  LayerChecks(Syscalls sys, LayerPaths paths, LayerOptions options) {
    this.sys = sys;
    this.paths = paths;
    this.options = options;
  }

  void open(LayerStack.Parts parts) throws LayerException {
    List<Path> lowers = paths.lowers();
    if (lowers.isEmpty()) {
      throw new LayerException("no lower layer given");
    }
    int count = lowers.size() + paths.dataLowers().size();
    if (count > paths.maxLowers()) {
      throw new LayerException(
          count + " lower layers given, no more than " + paths.maxLowers() + " work");
    }
    if ((paths.upper() == null) != (paths.work() == null)) {
      throw new LayerException(
          paths.upper() == null
              ? "work directory given without an upper"
              : "upper given without a work directory");
    }
    LayerPlace upper = paths.upper() == null ? null : place("upper", paths.upper());
    LayerPlace work = paths.work() == null ? null : place("work directory", paths.work());
    List<Path> given = new ArrayList<>(lowers);
    given.addAll(paths.dataLowers());
    List<LayerPlace> places = new ArrayList<>(count);
    for (Path lower : given) {
      places.add(place("lower layer", lower));
    }
    LayersApart.require(upper, work, places);
    for (int i = 0; i < count; i++) {
      boolean isBottom = i >= lowers.size() - 1;
      Layer layer = openLower(given.get(i), places.get(i), i + 1, isBottom);
      (i < lowers.size() ? parts.lowers : parts.dataLayers).add(layer);
    }
    if (upper == null) {
      boolean trusted = !options.userXattr() && mayUseTrusted();
      parts.xattr = new OverlayXattr(sys, trusted ? OverlayXattr.TRUSTED : OverlayXattr.USER, true);
    } else {
      allPrivate &= new UpperOpening(sys, options, paths.upper(), upper, work).open(parts);
      if (!allPrivate) {
        LayersApart.requireNoMountsBetween(upper, work, places);
      }
    }
    parts.lowersAreProtected = lowersAreProtected;
    parts.namesFilesystems = options.uuid() != UuidMode.OFF;
    checkMountpointApart();
  }

  private Layer openLower(Path lower, LayerPlace place, int index, boolean isBottom)
      throws LayerException {
    Fd root = openLayer(place);
    Layer layer = new Layer(index, lower.toString(), root, place.dev(), place.ino(), isBottom);
    XattrListing listing = new XattrListing(sys);
    if (listing.isAlwaysEmpty(root.get())) {
      layer.setHoldsNoXattrs();
    }
    layer.setListsAllXattrs(!listing.mayLackNames(root.get()));
    layer.setAllFlagged(FilesystemKind.of(sys, root.get()) == Linux.EROFS_SUPER_MAGIC_V1);
    return layer;
  }

  private LayerPlace place(String label, Path path) throws LayerException {
    return LayerPlace.of(sys, label, path);
  }

  private Fd openLayer(LayerPlace place) throws LayerException {
    PrivateMount.Opened opened =
        PrivateMount.of(
            sys, LayerPlace.openPath(sys, place.label(), place.real()), true, AtimeMode.NOATIME);
    allPrivate &= opened.isPrivate();
    lowersAreProtected &= opened.isPrivate();
    // A directory that cannot be searched is of no use as a layer; say so now, not at each lookup.
    long dot = Scratch.current(sys).path(".");
    int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    int rc = sys.openat(opened.fd().get(), dot, flags, 0);
    if (rc < 0) {
      opened.fd().close();
      throw new LayerException(place.label() + ": " + Errno.text(-rc));
    }
    sys.close(rc);
    return opened.fd();
  }

  /**
   * Without upper there is nothing to try it on: trusted.* is for root of the initial user
   * namespace, to anybody else such attributes seem absent.
   */
  private boolean mayUseTrusted() {
    if (sys.geteuid() != 0) {
      return false;
    }
    try {
      String map = Files.readString(Path.of("/proc/self/uid_map"));
      return map.trim().replaceAll(" +", " ").equals(WHOLE_ID_RANGE);
    } catch (IOException e) {
      log.debug("/proc/self/uid_map: {}", e.toString());
      return true;
    }
  }

  private void checkMountpointApart() throws LayerException {
    if (allPrivate || paths.mountpoint() == null) {
      return;
    }
    Path mountpoint;
    try {
      mountpoint = paths.mountpoint().toRealPath();
    } catch (IOException e) {
      // The transport says what is wrong with the mountpoint.
      log.debug("mountpoint {} not resolved: {}", paths.mountpoint(), e.toString());
      return;
    }
    for (Path layer : paths.lowers()) {
      checkNotAbove(layer, mountpoint);
    }
    if (paths.upper() != null) {
      checkNotAbove(paths.upper(), mountpoint);
    }
  }

  private void checkNotAbove(Path layer, Path mountpoint) throws LayerException {
    LayerPlace place = place("layer", layer);
    if (mountpoint.startsWith(place.real()) && !mountpoint.equals(place.real())) {
      throw new LayerException(
          "mountpoint " + mountpoint + " is inside " + place.label() + ", which needs root");
    }
  }
}
