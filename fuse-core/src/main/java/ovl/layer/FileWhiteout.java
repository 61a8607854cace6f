package ovl.layer;

import ovl.layer.OverlayXattr.Opaque;
import ovl.sys.ErrnoException;
import ovl.sys.Statx;

/**
 * Whiteouts that are empty regular files with an attribute, in directories whose opaque mark has
 * the value {@code x} (kernel document overlayfs.rst, "Nesting overlayfs mounts"). The kernel's
 * overlay reads them and makes none. We make them where upper's filesystem allows no device 0:0,
 * which to another overlay, the kernel's or ours, would be a whiteout of its own.
 */
public final class FileWhiteout {
  private final OverlayXattr xattr;

  FileWhiteout(OverlayXattr xattr) {
    this.xattr = xattr;
  }

  /**
   * True if a listing has to ask files in this directory whether they are whiteouts.
   *
   * @param fd the directory's descriptor
   */
  public boolean mayBeIn(RealDir dir, int fd) throws ErrnoException {
    if (dir.layer().isBottom()) {
      return false;
    }
    if (dir.fileWhiteouts() == RealDir.Marks.UNKNOWN) {
      dir.learnFileWhiteouts(xattr.opaque(fd) == Opaque.HAS_XATTR_WHITEOUTS);
    }
    return dir.fileWhiteouts() == RealDir.Marks.SOME;
  }

  /**
   * True if what was found under a name is one. In a lower any such file is, as for the kernel; on
   * upper only where the directory says so, which spares all other directories the question.
   *
   * @param stat of the name itself
   */
  public boolean isOne(RealDir dir, int fd, long name, int nameLength, Statx stat)
      throws ErrnoException {
    return stat.isRegular()
        && stat.size() == 0
        && !dir.layer().isBottom()
        && (!dir.layer().isUpper() || mayBeIn(dir, fd))
        && xattr.isWhiteout(fd, name, nameLength);
  }

  /** Makes a directory of upper say that there will be one in it. */
  void announce(RealDir dir, int fd) throws ErrnoException {
    // An opaque one needs no whiteouts, and must not lose its mark.
    if (!mayBeIn(dir, fd) && xattr.opaque(fd) == Opaque.NO) {
      ErrnoException.check(xattr.setHasXattrWhiteouts(fd));
      dir.learnFileWhiteouts(true);
    }
  }

  /** As a directory of upper says it of itself, for a whiteout that goes from there to another. */
  public void announceAsIn(RealDir from, int fromFd, RealDir to, int toFd) throws ErrnoException {
    if (mayBeIn(from, fromFd)) {
      announce(to, toFd);
    }
  }
}
