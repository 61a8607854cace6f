package ovl.overlay;

import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.layer.RealDir.Impurity;
import ovl.sys.ErrnoException;
import ovl.sys.Statx;

/**
 * Whether a file may have marks of the overlay that a lookup has to know, told from its directory:
 * whatever puts a copied-up object into a directory of upper marks that as impure (kernel:
 * ovl_set_impure). Directories are not judged by it, as the kernel takes the mark away where a
 * listing shows no lower's inode number, and those of directories are not shown with layers on
 * several filesystems: one may have a redirect all the same.
 */
final class Purity {
  private static final int BLOCK = 512;

  private final LayerStack stack;
  private final boolean isTold;

  Purity(LayerStack stack, Features features, Index index) {
    this.stack = stack;
    // The numbers of lower hard links are not shown either: one may have data below, or an entry of
    // the index, in a directory that has lost its mark.
    this.isTold = !features.metacopy() && !index.isOn() && stack.dataLayers().isEmpty();
  }

  /**
   * True if the file in an open directory, which is not merged with others, has no origin and all
   * of its data. One with fewer blocks than its size needs may be a metacopy made by hand.
   *
   * @throws ErrnoException as getxattr(2)
   */
  boolean isPure(RealDir dir, int fd, Statx stat) throws ErrnoException {
    return isTold
        && dir.layer().tellsImpurity()
        && !stat.isDirectory()
        && (!stat.isRegular() || stat.size() <= stat.blocks() * BLOCK)
        && of(dir, fd) == Impurity.PURE;
  }

  /** Asked of an open directory once. */
  Impurity of(RealDir dir, int fd) throws ErrnoException {
    if (dir.impurity() == Impurity.UNKNOWN) {
      dir.learnImpurity(!dir.layer().holdsNoXattrs() && stack.xattr().isImpure(fd));
    }
    return dir.impurity();
  }
}
