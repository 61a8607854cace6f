package ovl.overlay;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.LayerStack;
import ovl.layer.MarkList;
import ovl.layer.RealDir;
import ovl.layer.RealDir.Impurity;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Statx;

/**
 * Whether a lookup has to ask a file for marks of the overlay, told from its directory: whatever
 * puts a copied-up object into a directory of upper marks that as impure (kernel: ovl_set_impure).
 *
 * <p>The kernel takes that mark away when a listing shows no lower's inode number. Those of lower
 * hard links are not shown, so one may be a metacopy file all the same, or have an entry of the
 * index: with these features all are asked, without them at the first use of their data.
 * Directories are always asked: who overlooks a redirect hides what lies below.
 */
final class Purity {
  private static final Logger log = LoggerFactory.getLogger(Purity.class);
  private static final int BLOCK = 512;

  private final LayerStack stack;
  private final Places places;
  private final boolean isTold;
  private final boolean followsMetacopy;

  Purity(LayerStack stack, Places places, Features features, Index index) {
    this.stack = stack;
    this.places = places;
    this.followsMetacopy = features.metacopy();
    this.isTold = !followsMetacopy && !index.isOn() && stack.dataLayers().isEmpty();
  }

  /**
   * False for what is asked at once. The kernel links a copied-up file into a directory that it
   * does not mark, and all names are to show one number.
   */
  boolean mayBeTold(Statx stat) {
    return isTold
        && !stat.isDirectory()
        && stat.nlink() == 1
        && (!stat.isRegular() || hasItsBlocks(stat));
  }

  /** False for most metacopy files. */
  static boolean hasItsBlocks(Statx stat) {
    return stat.size() <= stat.blocks() * BLOCK;
  }

  /** True if nothing says that an open directory has entries that were copied up; asked once. */
  boolean isPure(RealDir dir, int fd) {
    if (dir.impurity() == Impurity.UNKNOWN) {
      dir.learnImpurity(!dir.layer().holdsNoXattrs() && stack.xattr().mayBeImpure(fd));
    }
    return dir.impurity() == Impurity.PURE;
  }

  /**
   * Before data of a file is used that was not asked for its marks.
   *
   * @throws ErrnoException for a metacopy file EPERM, or EIO with metacopy=on, as a lookup gives it
   */
  void requireData(Node node) throws ErrnoException {
    if (!node.mayBeMetacopy()) {
      return;
    }
    try (Places.Pinned at = places.pin(node)) {
      if (at.isSelf() ? stack.xattr().isMetacopy(at.fd()) : isMetacopy(node, at)) {
        log.warn("{}: metacopy without data, or not followed", node);
        throw ErrnoException.of(followsMetacopy ? Errno.EIO : Errno.EPERM);
      }
    }
    node.setHasItsData();
  }

  private boolean isMetacopy(Node node, Places.Pinned at) throws ErrnoException {
    int marks = stack.marks().of(at.layer(stack), at.fd(), at.name(), at.nameLength());
    if (node.isOnUpper() && (marks & MarkList.PROTECTION) == 0) {
      node.learnProtection(0);
    }
    return (marks & MarkList.METACOPY) != 0
        && stack.xattr().isMetacopy(at.fd(), at.name(), at.nameLength());
  }
}
