package ovl.layer;

import java.nio.charset.StandardCharsets;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Which of the overlay's attributes an object may have: one listxattr(2) in place of one question
 * for each. Most objects have none, and the list is empty.
 *
 * <p>By listxattrat(2) where the kernel has it (6.13): the way over {@code /proc/self/fd} takes
 * three times as long as the answer.
 */
public final class MarkList {
  /** See {@link OverlayXattr#origin(int, long, int)}. */
  public static final int ORIGIN = 1;

  /** See {@link OverlayXattr#isMetacopy}. */
  public static final int METACOPY = 2;

  /** See {@link OverlayXattr#redirect}. */
  public static final int REDIRECT = 4;

  /** See {@link OverlayXattr#protection}. */
  public static final int PROTECTION = 8;

  private static final int ANY = ORIGIN | METACOPY | REDIRECT | PROTECTION;

  private final Syscalls sys;
  private final PrivateNames privateNames;
  private final boolean hasCall;

  /**
   * @param hasCall see {@link #isKnownToKernel}
   */
  MarkList(Syscalls sys, PrivateNames privateNames, boolean hasCall) {
    this.sys = sys;
    this.privateNames = privateNames;
    this.hasCall = hasCall;
  }

  /** True if there is a listxattrat(2), and no seccomp filter that has not heard of it. */
  static boolean isKnownToKernel(Syscalls sys) {
    return sys.listxattrat(-1, Scratch.current(sys).path("."), 0, 0, 0) == -Errno.EBADF;
  }

  /**
   * The marks that the object under a name in an open directory may have: bits of those above. All
   * of them where the list says nothing, so that each is asked for by its name. Uses the list area.
   */
  public int of(Layer layer, int dirFd, long name, int nameLength) {
    if (layer.holdsNoXattrs()) {
      return 0;
    }
    if (!layer.listsAllXattrs()) {
      return ANY;
    }
    Scratch scratch = Scratch.current(sys);
    long list = scratch.list();
    long length =
        hasCall
            ? sys.listxattrat(dirFd, name, Linux.AT_SYMLINK_NOFOLLOW, list, Linux.XATTR_LIST_MAX)
            : sys.llistxattr(scratch.procFd(dirFd, name, nameLength), list, Linux.XATTR_LIST_MAX);
    if (length <= 0) {
      return length == 0 ? 0 : ANY;
    }
    int marks = 0;
    for (byte[] listed : scratch.listNames((int) length)) {
      marks |= markOf(listed);
    }
    return marks;
  }

  private int markOf(byte[] name) {
    if (!privateNames.isPrivate(name)) {
      return 0;
    }
    return switch (new String(privateNames.withoutPrefix(name), StandardCharsets.ISO_8859_1)) {
      case "origin" -> ORIGIN;
      case "metacopy" -> METACOPY;
      case "redirect" -> REDIRECT;
      case "protattr" -> PROTECTION;
      default -> 0;
    };
  }
}
