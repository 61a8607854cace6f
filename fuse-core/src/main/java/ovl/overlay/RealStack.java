package ovl.overlay;

import ovl.layer.RealDir;
import ovl.layer.Redirect;

/**
 * The real objects behind a node, immutable: copy-up replaces it by one write of {@link Node#real}.
 * A directory has its real directories here; a leaf (anything else) is addressed by its place, so
 * that leaves of one layer share one instance.
 */
final class RealStack {
  private static final RealDir[] NONE = {};

  /** A leaf that exists on upper only. */
  static final RealStack UPPER_LEAF = new RealStack(null, NONE, true, false, null, null);

  /** A leaf on upper that was copied up and keeps the st_ino of its origin. */
  static final RealStack UPPER_LEAF_WITH_ORIGIN = new RealStack(null, NONE, true, true, null, null);

  /** A leaf in a lower layer. */
  static final RealStack LOWER_LEAF = new RealStack(null, NONE, false, true, null, null);

  private final RealDir upper;
  private final RealDir[] lowers;
  private final boolean onUpper;
  private final boolean origin;
  private final Redirect redirect;
  private final LowerData data;

  private RealStack(
      RealDir upper,
      RealDir[] lowers,
      boolean onUpper,
      boolean origin,
      Redirect redirect,
      LowerData data) {
    this.upper = upper;
    this.lowers = lowers;
    this.onUpper = onUpper;
    this.origin = origin;
    this.redirect = redirect;
    this.data = data;
  }

  /**
   * The stack of a directory.
   *
   * @param upper null if it is not on upper
   * @param lowers top to bottom; may be empty if upper is not null
   * @param redirect the mark on upper; null if there is none
   */
  static RealStack directory(RealDir upper, RealDir[] lowers, Redirect redirect) {
    return new RealStack(upper, lowers, upper != null, lowers.length > 0, redirect, null);
  }

  /** As {@link #directory(RealDir, RealDir[], Redirect)}, without a mark. */
  static RealStack directory(RealDir upper, RealDir[] lowers) {
    return directory(upper, lowers, null);
  }

  /** A directory that is on upper only. */
  static RealStack upperDirectory(RealDir upper) {
    return directory(upper, NONE);
  }

  /**
   * A file whose data is not where its metadata is.
   *
   * @param redirect the mark on upper; null if there is none
   */
  static RealStack metacopy(boolean onUpper, Redirect redirect, LowerData data) {
    return new RealStack(null, NONE, onUpper, true, redirect, data);
  }

  /** The same directory after copy-up. */
  RealStack withUpper(RealDir copied) {
    return directory(copied, lowers);
  }

  /** The same object after it was marked on upper. */
  RealStack withRedirect(Redirect mark) {
    return new RealStack(upper, lowers, onUpper, origin, mark, data);
  }

  /** The directory on upper; null for a leaf and before copy-up. */
  RealDir upper() {
    return upper;
  }

  /** The directories on lowers, top to bottom; not to be changed. */
  RealDir[] lowers() {
    return lowers;
  }

  /** The directory whose attributes the node shows. */
  RealDir top() {
    return upper != null ? upper : lowers[0];
  }

  /** The mark on upper that says where the lowers are; null if that is where the name says. */
  Redirect redirect() {
    return redirect;
  }

  /** Where the data of a metacopy file is; null for anything else. */
  LowerData data() {
    return data;
  }

  /** True if all there is to read is on upper. */
  boolean hasDataOnUpper() {
    return onUpper && data == null;
  }

  boolean onUpper() {
    return onUpper;
  }

  /** True if there is, or was when it was copied up, an object in a lower layer behind the node. */
  boolean hasOrigin() {
    return origin;
  }

  /** True for a directory that shows more than one real directory (kernel: OVL_TYPE_MERGE). */
  boolean isMerged() {
    return lowers.length > (upper != null ? 0 : 1);
  }

  /** How many real directories there are. */
  int depth() {
    return lowers.length + (upper != null ? 1 : 0);
  }

  /** The i-th real directory from the top. */
  RealDir at(int i) {
    return upper == null ? lowers[i] : i == 0 ? upper : lowers[i - 1];
  }
}
