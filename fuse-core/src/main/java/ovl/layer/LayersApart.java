package ovl.layer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.MountEntry;

/**
 * Refuses directories of a stack that are the same or inside one another, with one line that names
 * both (kernel: ovl_setup_trap and ovl_check_overlapping_layers in fs/overlayfs/super.c).
 *
 * <p>What counts is where they are in their filesystem: what is mounted inside a layer is no part
 * of it, and a bind mount of a layer is that layer.
 */
final class LayersApart {
  private static final Logger log = LoggerFactory.getLogger(LayersApart.class);

  /**
   * Where a directory is in its filesystem. What a record compares by is generated when it is first
   * used, which would take each start 20 ms.
   *
   * @param device tells filesystems apart
   */
  private record Spot(String device, Path path) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Spot spot && spot.device.equals(device) && spot.path.equals(path);
    }

    @Override
    public int hashCode() {
      return device.hashCode() * 31 + path.hashCode();
    }

    Spot parent() {
      return path.getParent() == null ? null : new Spot(device, path.getParent());
    }
  }

  private LayersApart() {}

  /**
   * @param upper null without one, as is {@code work}
   * @throws LayerException two of them are not apart, or upper and work not under one mount
   */
  static void require(LayerPlace upper, LayerPlace work, List<LayerPlace> lowers)
      throws LayerException {
    List<LayerPlace> all = new ArrayList<>(lowers);
    if (upper != null) {
      requireOneMount(upper, work);
      all.add(upper);
      all.add(work);
    }
    Map<Spot, LayerPlace> bySpot = new HashMap<>();
    List<Spot> spots = spots(all);
    for (int i = 0; i < all.size(); i++) {
      LayerPlace same = bySpot.put(spots.get(i), all.get(i));
      if (same != null) {
        throw new LayerException(all.get(i).label() + " is " + same.label() + " as well");
      }
    }
    for (int i = 0; i < all.size(); i++) {
      for (Spot up = spots.get(i).parent(); up != null; up = up.parent()) {
        LayerPlace above = bySpot.get(up);
        if (above != null) {
          throw new LayerException(all.get(i).label() + " is inside " + above.label());
        }
      }
    }
  }

  /**
   * For layers that are entered as everybody sees them, with what is mounted inside.
   *
   * @throws LayerException upper or work is mounted inside a lower, or around it
   */
  static void requireNoMountsBetween(LayerPlace upper, LayerPlace work, List<LayerPlace> lowers)
      throws LayerException {
    for (LayerPlace lower : lowers) {
      for (LayerPlace writable : List.of(upper, work)) {
        if (writable.real().startsWith(lower.real())) {
          refuseWithoutRoot(writable, lower);
        } else if (lower.real().startsWith(writable.real())) {
          refuseWithoutRoot(lower, writable);
        }
      }
    }
  }

  private static void refuseWithoutRoot(LayerPlace inner, LayerPlace outer) throws LayerException {
    throw new LayerException(inner.label() + " is inside " + outer.label() + ", which needs root");
  }

  private static void requireOneMount(LayerPlace upper, LayerPlace work) throws LayerException {
    if (upper.dev() != work.dev()) {
      throw new LayerException(
          upper.label() + " and " + work.label() + " are on different filesystems");
    }
    if (upper.mntId() != work.mntId()) {
      throw new LayerException(
          upper.label() + " and " + work.label() + " are under different mounts");
    }
  }

  private static List<Spot> spots(List<LayerPlace> places) {
    Map<Long, MountEntry> mounts = isOneMount(places) ? Map.of() : mounts();
    List<Spot> spots = new ArrayList<>(places.size());
    for (LayerPlace place : places) {
      MountEntry mount = mounts.get(place.mntId());
      Path seen = mount == null ? null : Path.of(mount.mountpoint());
      spots.add(
          seen != null && place.real().startsWith(seen)
              ? new Spot(
                  mount.device(), Path.of(mount.root()).resolve(seen.relativize(place.real())))
              : new Spot("", place.real()));
    }
    return spots;
  }

  private static boolean isOneMount(List<LayerPlace> places) {
    for (LayerPlace place : places) {
      if (place.mntId() != places.get(0).mntId()) {
        return false;
      }
    }
    return true;
  }

  /** Without /proc, where they are seen has to do: more is refused than need be. */
  private static Map<Long, MountEntry> mounts() {
    Map<Long, MountEntry> byId = new HashMap<>();
    try {
      for (MountEntry mount : MountEntry.all()) {
        byId.put(mount.id(), mount);
      }
    } catch (IOException e) {
      log.debug("/proc/self/mountinfo: {}", e.toString());
      return Map.of();
    }
    return byId;
  }
}
