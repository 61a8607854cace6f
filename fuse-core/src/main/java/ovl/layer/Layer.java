package ovl.layer;

import ovl.sys.Fd;

/**
 * One directory tree of the stack: its place in the order, a descriptor of its root and the
 * filesystem it lies on. The path is for messages; nothing is opened by it after the mount.
 */
public final class Layer {
  /** The index of upper; lowers count from 1, top to bottom. */
  public static final int UPPER = 0;

  private final int index;
  private final String path;
  private final Fd root;
  private final long dev;
  private final long rootIno;
  private final boolean bottom;
  private boolean holdsNoXattrs;
  private boolean listsAllXattrs;
  private boolean isAllFlagged;

  /** Address of the name of the attribute that has owner and mode; 0 where the inode has them. */
  private long override;

  Layer(int index, String path, Fd root, long dev, long rootIno, boolean bottom) {
    this.index = index;
    this.path = path;
    this.root = root;
    this.dev = dev;
    this.rootIno = rootIno;
    this.bottom = bottom;
  }

  /** 0 for upper, 1 for the top lower, and so on down. */
  public int index() {
    return index;
  }

  public boolean isUpper() {
    return index == UPPER;
  }

  /** True for the last lower: nothing lies below it that it could hide. */
  public boolean isBottom() {
    return bottom;
  }

  /** An O_PATH descriptor of the layer's root, open as long as the stack. */
  public int rootFd() {
    return root.get();
  }

  /** The device of the root directory, as {@link ovl.sys.Statx#dev}. */
  public long dev() {
    return dev;
  }

  public long rootIno() {
    return rootIno;
  }

  /**
   * True if nothing in the layer has an extended attribute, or can have one: its filesystem says
   * EOPNOTSUPP, and lists none.
   */
  public boolean holdsNoXattrs() {
    return holdsNoXattrs;
  }

  void setHoldsNoXattrs() {
    holdsNoXattrs = true;
  }

  /** True if an attribute that listxattr(2) does not name is not there. */
  boolean listsAllXattrs() {
    return listsAllXattrs;
  }

  void setListsAllXattrs(boolean all) {
    listsAllXattrs = all;
  }

  /**
   * True if statx(2) says of all objects that they are immutable, as erofs has it: they were not
   * marked so, and the kernel's overlayfs, which looks at their inodes, does not take them for it.
   */
  public boolean isAllFlagged() {
    return isAllFlagged;
  }

  void setAllFlagged(boolean all) {
    isAllFlagged = all;
  }

  long override() {
    return override;
  }

  void setOverride(long name) {
    override = name;
  }

  void close() {
    root.close();
  }

  @Override
  public String toString() {
    return path;
  }
}
