package ovl.overlay;

import ovl.fs.NameKey;
import ovl.sys.Linux;

/** What one rename is to do, filled step by step; it holds a reference to source and target. */
final class RenamePlan implements AutoCloseable {
  private final NodeTable nodes;
  private final Node oldDir;
  private final NameKey oldName;
  private final Node newDir;
  private final NameKey newName;
  private final int flags;
  private Node source;
  private Node target;
  private Place sourcePlace;
  private Place targetPlace;
  private boolean lowerAtSource;
  private final long newDirVersion;

  RenamePlan(
      NodeTable nodes, Node oldDir, NameKey oldName, Node newDir, NameKey newName, int flags) {
    this.nodes = nodes;
    this.oldDir = oldDir;
    this.oldName = oldName;
    this.newDir = newDir;
    this.newName = newName;
    this.flags = flags;
    this.newDirVersion = newDir.dir().version();
  }

  Node oldDir() {
    return oldDir;
  }

  NameKey oldName() {
    return oldName;
  }

  Node newDir() {
    return newDir;
  }

  NameKey newName() {
    return newName;
  }

  boolean isExchange() {
    return (flags & Linux.RENAME_EXCHANGE) != 0;
  }

  boolean isNoReplace() {
    return (flags & Linux.RENAME_NOREPLACE) != 0;
  }

  /** The node to be moved, null if there is none. */
  Node source() {
    return source;
  }

  /**
   * @param node with a reference, which the plan takes over
   */
  void setSource(Node node) {
    source = node;
  }

  /** The node at the new name; null if there is none. */
  Node target() {
    return target;
  }

  /**
   * @param node with a reference, which the plan takes over
   */
  void setTarget(Node node) {
    target = node;
  }

  /** Both names lead to one object: rename(2) does nothing then. */
  boolean isSameObject() {
    return source != null && source == target;
  }

  /** The target loses its name. */
  boolean replaces() {
    return target != null && !isExchange();
  }

  boolean replacesDirectory() {
    return replaces() && target.isDirectory();
  }

  /** True if both names still lead where they did. Requires: both dirLocks. */
  boolean isCurrentLocked() {
    return oldDir.dir().children.get(oldName) == source
        && (target == null
            ? !newDir.dir().children.containsKey(newName)
            : newDir.dir().children.get(newName) == target);
  }

  /** No name in the target directory has changed since the plan was begun. */
  boolean isNewDirUnchanged() {
    return newDir.dir().version() == newDirVersion;
  }

  /** Requires: placeLock of both. */
  void rememberPlacesLocked() {
    sourcePlace = placeOf(source, oldDir, oldName);
    targetPlace = target == null ? null : placeOf(target, newDir, newName);
  }

  private static Place placeOf(Node node, Node dir, NameKey name) {
    return node.isDirectory() ? node.place() : node.placeAtLocked(dir, name);
  }

  /** True if upper has an object at the old name. */
  boolean isSourceOnUpper() {
    return source.isDirectory() ? source.isOnUpper() : sourcePlace.isUpper();
  }

  Place targetPlace() {
    return targetPlace;
  }

  /** True if upper has an object, not only a whiteout or nothing, at the new name. */
  boolean isTargetOnUpper() {
    return target.isDirectory() ? target.isOnUpper() : targetPlace.isUpper();
  }

  /** A lower layer has the old name: without a whiteout it would reappear. */
  boolean lowerAtSource() {
    return lowerAtSource;
  }

  void setLowerAtSource(boolean isPositive) {
    lowerAtSource = isPositive;
  }

  @Override
  public void close() {
    if (source != null) {
      nodes.unref(source);
    }
    if (target != null) {
      nodes.unref(target);
    }
  }
}
