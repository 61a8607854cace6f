package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Where the data of a metacopy file is: in a lower file that the search found, or under a path in
 * the data-only layers, which is looked for when the file is opened (kernel: fs/overlayfs/namei.c,
 * ovl_maybe_lookup_lowerdata).
 */
final class LowerData {
  private static final Logger log = LoggerFactory.getLogger(LowerData.class);
  private static final int BLOCK = 512;

  private final Syscalls sys;
  private final LayerStack stack;
  private final RealDir dir;
  private final byte[] path;
  private final boolean hasOtherNames;

  private LowerData(
      Syscalls sys, LayerStack stack, RealDir dir, byte[] path, boolean hasOtherNames) {
    this.sys = sys;
    this.stack = stack;
    this.dir = dir;
    this.path = path;
    this.hasOtherNames = hasOtherNames;
  }

  /** A file in a lower directory. */
  static LowerData in(
      Syscalls sys, LayerStack stack, RealDir dir, byte[] name, boolean hasOtherNames) {
    return new LowerData(sys, stack, dir, name, hasOtherNames);
  }

  /** A file in the first data-only layer that has this absolute path. */
  static LowerData under(Syscalls sys, LayerStack stack, byte[] path, boolean hasOtherNames) {
    return new LowerData(sys, stack, null, path, hasOtherNames);
  }

  /** True if the topmost lower object was a hard link: a name says not enough to find it then. */
  boolean hasOtherNames() {
    return hasOtherNames;
  }

  /**
   * Opens the file for reading.
   *
   * @throws ErrnoException ENOENT if no data-only layer has such a file
   */
  Fd open() throws ErrnoException {
    return new Fd(sys, dir != null ? openInLower() : openInDataLayers());
  }

  private int openInLower() throws ErrnoException {
    int dirFd = dir.acquire();
    try {
      int flags = Linux.O_RDONLY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
      long name = Scratch.current(sys).path2(path);
      int fd = sys.openat(dirFd, name, flags | Linux.O_NOATIME, 0);
      // O_NOATIME is for owners and root only.
      return check(fd == -Errno.EPERM ? sys.openat(dirFd, name, flags, 0) : fd);
    } finally {
      dir.release();
    }
  }

  private int openInDataLayers() throws ErrnoException {
    for (Layer layer : stack.dataLayers()) {
      int fd = openIn(layer);
      if (fd >= 0) {
        return fd;
      }
    }
    throw ErrnoException.of(Errno.ENOENT);
  }

  private int openIn(Layer layer) {
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_CLOEXEC);
    scratch.word(1, 0);
    scratch.word(2, Linux.RESOLVE_BENEATH | Linux.RESOLVE_NO_SYMLINKS | Linux.RESOLVE_NO_XDEV);
    // The path from the layer's own root: without the slash.
    int fd = sys.openat2(layer.rootFd(), scratch.path2(path) + 1, scratch.words(), 24);
    if (fd >= 0 && !isRegular(fd)) {
      sys.close(fd);
      return -Errno.ENOENT;
    }
    return fd;
  }

  /** The layer that has the file; null if none of the data-only layers does. */
  Layer layer() {
    if (dir != null) {
      return dir.layer();
    }
    for (Layer layer : stack.dataLayers()) {
      int fd = openIn(layer);
      if (fd >= 0) {
        sys.close(fd);
        return layer;
      }
    }
    return null;
  }

  /** True for a file in a lower directory that is this one, under this name. */
  boolean isAt(RealDir lower, byte[] name) {
    return dir != null
        && dir.layer() == lower.layer()
        && Arrays.equals(dir.path(), lower.path())
        && Arrays.equals(path, name);
  }

  /** Where the file is in its layer, beginning with a slash. */
  byte[] pathInLayer() {
    return dir == null ? path : Which.path(dir, path);
  }

  private boolean isRegular(int fd) {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx2();
    int mask = Linux.STATX_BASIC_STATS;
    return sys.statx(fd, scratch.empty(), Linux.AT_EMPTY_PATH, mask, stat) == 0 && stat.isRegular();
  }

  /**
   * The 512-byte blocks that the data takes; as if it had no holes where there is none.
   *
   * @param size in bytes
   * @param blockSize what the filesystem gives space in
   */
  long blocks(long size, int blockSize) {
    try (Fd fd = open()) {
      Scratch scratch = Scratch.current(sys);
      Statx stat = scratch.statx2();
      int mask = Linux.STATX_BASIC_STATS;
      check(sys.statx(fd.get(), scratch.empty(), Linux.AT_EMPTY_PATH, mask, stat));
      return stat.blocks();
    } catch (ErrnoException e) {
      log.debug("data of a metacopy file: {}", e.getMessage());
      return (size + blockSize - 1) / blockSize * (blockSize / BLOCK);
    }
  }
}
