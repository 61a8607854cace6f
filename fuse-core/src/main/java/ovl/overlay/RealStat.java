package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.OverrideStat;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * What real objects are: statx(2), with owner, mode and type from where their layer keeps them. The
 * ids are those of the layer.
 */
final class RealStat {
  private final Syscalls sys;
  private final LayerStack stack;
  private final OverrideStat overrides;

  RealStat(Syscalls sys, LayerStack stack) {
    this.sys = sys;
    this.stack = stack;
    this.overrides = stack.overrides();
  }

  /** True if owner, mode and type of new objects go into an attribute. */
  boolean isOverriding() {
    return overrides.isOn(stack.upper());
  }

  /**
   * Fills the record for a pinned object.
   *
   * @return 0, or what statx(2) failed with as -errno
   * @throws ErrnoException as getxattr(2)
   */
  int read(Places.Pinned at, int mask, Statx stat) throws ErrnoException {
    int rc = sys.statx(at.fd(), at.name(), at.flags(), mask, stat);
    if (rc == 0) {
      overrides.apply(at.layer(stack), at.fd(), at.name(), at.nameLength(), stat);
    }
    return rc;
  }

  /** As {@link #read(Places.Pinned, int, Statx)}, for an open object. */
  int read(Layer layer, int fd, Statx stat) throws ErrnoException {
    long empty = Scratch.current(sys).empty();
    int rc = sys.statx(fd, empty, Linux.AT_EMPTY_PATH, Attributes.STATX_MASK, stat);
    if (rc == 0) {
      overrides.apply(layer, fd, 0, 0, stat);
    }
    return rc;
  }

  /** Stores what a record says of owner, mode and type with a pinned object of upper. */
  void write(Places.Pinned at, Statx stat) throws ErrnoException {
    if (at.isSelf()) {
      overrides.write(stack.upper(), at.fd(), stat);
    } else {
      overrides.write(stack.upper(), at.fd(), at.name(), at.nameLength(), stat);
    }
  }

  /**
   * As {@link #write(Places.Pinned, Statx)}, for an open object. A symlink has no attribute to keep
   * its owner in: it belongs to whom the daemon may give it.
   */
  void write(int fd, Statx stat) throws ErrnoException {
    if (!Linux.isSymlink(stat.mode())) {
      overrides.write(stack.upper(), fd, stat);
      return;
    }
    long empty = Scratch.current(sys).empty();
    int rc = sys.fchownat(fd, empty, stat.uid(), stat.gid(), Linux.AT_EMPTY_PATH);
    if (rc != -Errno.EPERM && rc != -Errno.EINVAL) {
      check(rc);
    }
  }
}
