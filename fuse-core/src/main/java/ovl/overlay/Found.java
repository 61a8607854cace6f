package ovl.overlay;

import java.util.ArrayList;
import java.util.List;
import ovl.layer.Layer;
import ovl.layer.Origin;
import ovl.layer.RealDir;
import ovl.layer.Redirect;
import ovl.sys.Linux;

/** The real objects behind a name, before there is a node for them. */
final class Found {
  private static final RealDir[] NO_DIRS = {};

  int type;
  int nlink;
  boolean isNew;
  long dev;
  long ino;
  Layer layer;

  /** The real directory that has the topmost object. */
  RealDir parent;

  /** Of a directory: all that are merged, from the top. */
  final List<RealDir> dirs = new ArrayList<>(2);

  /** Of a metacopy file; null for anything else. */
  LowerData data;

  /** The mark of a directory or a metacopy file on upper; null if it has none. */
  Redirect redirect;

  /** The number to show, where an origin says otherwise than the object itself. */
  Origin.Found origin;

  /** It was not asked for its marks; see {@link Purity}. */
  boolean isUnasked;

  /** What is known of the topmost object by {@link Protection}. */
  int protection = Node.PROTECTION_UNKNOWN;

  /** Of a lower file with several names that was copied up; null for anything else. */
  Index.Entry index;

  boolean isDirectory() {
    return type == Linux.S_IFDIR;
  }

  /** True if the topmost object is on upper, under the name or through the index. */
  boolean isOnUpper() {
    return layer.isUpper() || index != null;
  }

  RealStack realStack() {
    if (data != null) {
      return RealStack.metacopy(isOnUpper(), redirect, data);
    }
    if (!isDirectory()) {
      if (!isOnUpper()) {
        return RealStack.LOWER_LEAF;
      }
      return origin != null || index != null
          ? RealStack.UPPER_LEAF_WITH_ORIGIN
          : RealStack.UPPER_LEAF;
    }
    boolean onUpper = layer.isUpper();
    List<RealDir> lowers = onUpper ? dirs.subList(1, dirs.size()) : dirs;
    return RealStack.directory(onUpper ? dirs.get(0) : null, lowers.toArray(NO_DIRS), redirect);
  }
}
