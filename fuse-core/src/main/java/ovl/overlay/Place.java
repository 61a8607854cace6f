package ovl.overlay;

import ovl.fs.NameKey;
import ovl.layer.Layer;
import ovl.layer.RealDir;

/**
 * One name of a node, and where the real object under that name is.
 *
 * @param lower the directory in the lower layer, which never moves; null if the object is on upper,
 *     in the upper directory of {@code parent}
 */
record Place(Node parent, NameKey name, RealDir lower) {
  static Place onUpper(Node parent, NameKey name) {
    return new Place(parent, name, null);
  }

  boolean isUpper() {
    return lower == null;
  }

  Layer layer() {
    return realParent().layer();
  }

  /** The real directory in which the real object stands. */
  RealDir realParent() {
    return lower != null ? lower : parent.real().upper();
  }

  /** The same name after copy-up. */
  Place copiedUp() {
    return onUpper(parent, name);
  }

  boolean is(Node otherParent, NameKey otherName) {
    return parent == otherParent && name.equals(otherName);
  }
}
