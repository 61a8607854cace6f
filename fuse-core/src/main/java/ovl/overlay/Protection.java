package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.fs.SetAttr;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.MarkList;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * What chattr +i and +a forbid. A lower object has the flags themselves; on upper they are in an
 * attribute, as they would forbid the overlay's own work too (kernel: ovl_set_protattr). So nobody
 * but us can refuse what they forbid. The rules are those of the kernel's VFS (fs/namei.c:
 * inode_permission, may_delete, may_open; fs/attr.c: may_setattr).
 */
final class Protection {
  /** The same bit as STATX_ATTR_IMMUTABLE. */
  static final int IMMUTABLE = Linux.FS_IMMUTABLE_FL;

  /** The same bit as STATX_ATTR_APPEND. */
  static final int APPEND = Linux.FS_APPEND_FL;

  static final int ANY = IMMUTABLE | APPEND;

  private final Syscalls sys;
  private final LayerStack stack;
  private final Places places;

  Protection(Syscalls sys, LayerStack stack, Places places) {
    this.sys = sys;
    this.stack = stack;
    this.places = places;
  }

  /** Which of the two flags a node has; asked of the layers once. */
  int of(Node node) throws ErrnoException {
    int known = node.protection();
    if (known != Node.PROTECTION_UNKNOWN) {
      return known;
    }
    node.learnProtection(mayHave(node) ? read(node) : 0);
    return node.protection();
  }

  private static boolean mayHave(Node node) {
    return node.isDirectory() || node.type() == Linux.S_IFREG;
  }

  private int read(Node node) throws ErrnoException {
    try (Places.Pinned at = places.pin(node)) {
      Scratch scratch = Scratch.current(sys);
      if (node.isOnUpper()) {
        return mayBeMarked(at) ? stack.xattr().protection(at.procPath(scratch)) : 0;
      }
      Statx stat = scratch.statx();
      int mask = Linux.STATX_BASIC_STATS;
      check(sys.statx(at.fd(), at.name(), at.flags(), mask, stat));
      return ofLower(at.layer(stack), stat);
    }
  }

  /** The flags of an object in a lower. */
  static int ofLower(Layer layer, Statx stat) {
    return layer.isAllFlagged() ? 0 : (int) stat.attributes() & ANY;
  }

  private boolean mayBeMarked(Places.Pinned at) {
    return at.isSelf()
        || (stack.marks().of(stack.upper(), at.fd(), at.name(), at.nameLength())
                & MarkList.PROTECTION)
            != 0;
  }

  /**
   * Stores the flags of a node on upper.
   *
   * @throws ErrnoException EPERM if upper has no attributes; as setxattr(2)
   */
  void set(Node node, int flags) throws ErrnoException {
    try (Places.Pinned at = places.pin(node)) {
      check(stack.xattr().setProtection(at.procPath(Scratch.current(sys)), flags));
    }
    node.setProtection(flags);
  }

  /**
   * Refuses a change of a node that has one of these flags.
   *
   * @throws ErrnoException EPERM
   */
  void refuse(Node node, int flags) throws ErrnoException {
    if ((of(node) & flags) != 0) {
      throw ErrnoException.of(Errno.EPERM);
    }
  }

  /** Before a name is taken from a directory. */
  void refuseRemoval(Node dir, Node child) throws ErrnoException {
    refuse(dir, ANY);
    refuse(child, ANY);
  }

  /**
   * Before a file is opened.
   *
   * @param flags O_ flags
   */
  void refuseOpen(Node node, int flags) throws ErrnoException {
    boolean truncates = (flags & Linux.O_TRUNC) != 0;
    if (truncates || (flags & Linux.O_ACCMODE) != Linux.O_RDONLY) {
      boolean appends = (flags & Linux.O_APPEND) != 0 && !truncates;
      refuse(node, appends ? IMMUTABLE : ANY);
    }
  }

  /**
   * Before attributes are changed.
   *
   * @param isOpen it is by an open descriptor, which may be older than the flag
   */
  void refuseChange(Node node, boolean isOpen, SetAttr set) throws ErrnoException {
    boolean setsTime = set.setAtime && !set.atimeNow || set.setMtime && !set.mtimeNow;
    if (set.setSize) {
      refuse(node, isOpen ? APPEND : ANY);
    } else if (set.setMode || set.setUid || set.setGid || setsTime) {
      refuse(node, ANY);
    } else if (set.setAtime || set.setMtime) {
      refuse(node, IMMUTABLE);
    }
  }
}
