package ovl.layer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Opens the directories of a stack and refuses what cannot work, each with one line that names the
 * directory and the reason. The rules are those of ovl_get_upper, ovl_get_workdir and
 * ovl_check_overlapping_layers in the kernel's fs/overlayfs/super.c.
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
    if (upper != null) {
      checkUpperAndWork(upper, work);
    }
    List<LayerPlace> places = new ArrayList<>(count);
    for (Path lower : lowers) {
      places.add(place("lower layer", lower));
    }
    for (Path lower : paths.dataLowers()) {
      places.add(place("lower layer", lower));
    }
    checkApart(places);
    for (int i = 0; i < count; i++) {
      boolean isData = i >= lowers.size();
      boolean isBottom = isData || i == lowers.size() - 1;
      Path given = isData ? paths.dataLowers().get(i - lowers.size()) : lowers.get(i);
      Layer layer = openLower(given, places.get(i), i + 1, isBottom, upper, work);
      (isData ? parts.dataLayers : parts.lowers).add(layer);
    }
    if (upper == null) {
      boolean trusted = !options.userXattr() && mayUseTrusted();
      parts.xattr = new OverlayXattr(sys, trusted ? OverlayXattr.TRUSTED : OverlayXattr.USER, true);
    } else {
      allPrivate &= new UpperOpening(sys, options, paths.upper(), upper, work).open(parts);
    }
    parts.lowersAreProtected = lowersAreProtected;
    parts.namesFilesystems = options.uuid() != UuidMode.OFF;
    checkMountpointApart();
  }

  private Layer openLower(
      Path lower, LayerPlace place, int index, boolean isBottom, LayerPlace upper, LayerPlace work)
      throws LayerException {
    if (upper != null) {
      checkApart(place, upper);
      checkApart(place, work);
    }
    Fd root = openLayer(place);
    Layer layer = new Layer(index, lower.toString(), root, place.dev(), place.ino(), isBottom);
    XattrListing listing = new XattrListing(sys);
    if (listing.isAlwaysEmpty(root.get())) {
      layer.setHoldsNoXattrs();
    }
    layer.setListsAllXattrs(!listing.mayLackNames(root.get()));
    return layer;
  }

  private static void checkUpperAndWork(LayerPlace upper, LayerPlace work) throws LayerException {
    if (upper.dev() != work.dev()) {
      throw new LayerException(
          upper.label() + " and " + work.label() + " are on different filesystems");
    }
    if (upper.mntId() != work.mntId()) {
      throw new LayerException(
          upper.label() + " and " + work.label() + " are under different mounts");
    }
    if (work.isInside(upper)) {
      throw new LayerException(work.label() + " is inside " + upper.label());
    }
    if (upper.isInside(work)) {
      throw new LayerException(upper.label() + " is inside " + work.label());
    }
  }

  /** One object in two layers would be two objects with one number. */
  private static void checkApart(List<LayerPlace> lowers) throws LayerException {
    Map<Path, LayerPlace> byPath = new HashMap<>();
    for (LayerPlace lower : lowers) {
      LayerPlace same = byPath.put(lower.real(), lower);
      if (same != null) {
        throw new LayerException(lower.label() + " is " + same.label() + " as well");
      }
    }
    for (LayerPlace lower : lowers) {
      for (Path up = lower.real().getParent(); up != null; up = up.getParent()) {
        LayerPlace above = byPath.get(up);
        // What is mounted inside a layer is not part of it.
        if (above != null && above.mntId() == lower.mntId()) {
          throw new LayerException(lower.label() + " is inside " + above.label());
        }
      }
    }
  }

  private static void checkApart(LayerPlace lower, LayerPlace writable) throws LayerException {
    if (writable.isInside(lower)) {
      throw new LayerException(writable.label() + " is inside " + lower.label());
    }
    if (lower.isInside(writable)) {
      throw new LayerException(lower.label() + " is inside " + writable.label());
    }
  }

  private LayerPlace place(String label, Path path) throws LayerException {
    return LayerPlace.of(sys, label, path);
  }

  private Fd openLayer(LayerPlace place) throws LayerException {
    PrivateMount.Opened opened =
        PrivateMount.of(sys, LayerPlace.openPath(sys, place.label(), place.real()), true);
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
