package ovl.layer;

import ovl.sys.Errno;
import ovl.sys.ErrnoException;

/**
 * The redirect mark of a directory that was renamed, or of a metacopy file: under which name the
 * layers below have it (kernel: Documentation/filesystems/overlayfs.rst, "redirect_dir"). Either
 * one name in the same parent, or a path from the root of the overlay.
 */
public final class Redirect {
  /** The kernel's default for redirect_max: a longer path is not written. */
  public static final int MAX_LENGTH = 256;

  private final byte[] mark;

  private Redirect(byte[] mark) {
    this.mark = mark;
  }

  /**
   * Reads a mark as it is on disk.
   *
   * @throws ErrnoException EINVAL for an empty one, an empty component, or a relative path of
   *     several; EACCES for one that goes through "." or "..", as the kernel's lookup answers
   */
  public static Redirect of(byte[] mark) throws ErrnoException {
    boolean isAbsolute = mark.length > 0 && mark[0] == '/';
    int start = isAbsolute ? 1 : 0;
    boolean climbs = false;
    for (int i = start; i <= mark.length; i++) {
      boolean ends = i == mark.length || mark[i] == '/';
      if (ends && (i == start || i < mark.length && !isAbsolute)) {
        throw ErrnoException.of(Errno.EINVAL);
      }
      if (ends) {
        climbs |= isDots(mark, start, i);
        start = i + 1;
      }
    }
    if (climbs) {
      throw ErrnoException.of(Errno.EACCES);
    }
    return new Redirect(mark);
  }

  private static boolean isDots(byte[] path, int start, int end) {
    return end - start <= 2 && path[start] == '.' && path[end - 1] == '.';
  }

  /** As it is on disk; not to be changed. */
  public byte[] bytes() {
    return mark;
  }

  /** True for a path from the overlay's root. */
  public boolean isAbsolute() {
    return mark[0] == '/';
  }

  /**
   * What to look for in the layers below, when the mark was found on one component of a path.
   *
   * @param start the first byte of the component
   * @param end after its last byte; what follows is kept
   */
  public byte[] follow(byte[] path, int start, int end) {
    int kept = isAbsolute() ? 0 : start;
    byte[] followed = new byte[kept + mark.length + path.length - end];
    System.arraycopy(path, 0, followed, 0, kept);
    System.arraycopy(mark, 0, followed, kept, mark.length);
    System.arraycopy(path, end, followed, kept + mark.length, path.length - end);
    return followed;
  }
}
