package ovl.layer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * The attributes in which fuse-overlayfs, in one version or another and by what it was permitted,
 * kept the state of a layer: three prefixes where the kernel's overlay has one at a time. Where
 * they are understood, all three are read and none is shown.
 */
public final class LegacyXattr {
  private static final List<byte[]> PREFIXES =
      List.of(ascii("trusted.overlay."), ascii("user.overlay."), ascii("user.fuseoverlayfs."));
  private static final byte[] OPAQUE = ascii("opaque");

  private final Syscalls sys;
  private final boolean on;

  LegacyXattr(Syscalls sys, WhiteoutFormat format) {
    this.sys = sys;
    this.on = format.hasAufsNames();
  }

  /** True for a name that no user may see or set. */
  public boolean isPrivate(byte[] name) {
    return on && prefixOf(name) != null;
  }

  private static byte[] prefixOf(byte[] name) {
    for (byte[] prefix : PREFIXES) {
      if (name.length >= prefix.length
          && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length)) {
        return prefix;
      }
    }
    return null;
  }

  /**
   * True if one of the attributes of an open directory says that it hides what is below. One system
   * call if it has none at all.
   */
  boolean isOpaque(int dirFd) throws ErrnoException {
    if (!on) {
      return false;
    }
    Scratch scratch = Scratch.current(sys);
    long length = sys.listxattr(scratch.procFd(dirFd), scratch.list(), Linux.XATTR_LIST_MAX);
    if (length == -Errno.EOPNOTSUPP) {
      return false;
    }
    for (byte[] name : scratch.listNames((int) ErrnoException.check(length))) {
      if (isOpaqueMark(name) && saysYes(dirFd, name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOpaqueMark(byte[] name) {
    byte[] prefix = prefixOf(name);
    return prefix != null
        && Arrays.equals(name, prefix.length, name.length, OPAQUE, 0, OPAQUE.length);
  }

  private boolean saysYes(int dirFd, byte[] name) {
    Scratch scratch = Scratch.current(sys);
    long length = sys.getxattr(scratch.procFd(dirFd), scratch.path2(name), scratch.value(), 16);
    return length > 0 && scratch.valueByte(0) == 'y';
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
