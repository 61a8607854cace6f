package ovl.layer;

import ovl.sys.Linux;

/**
 * Whether reading changes the time of access of what lies on upper (mount(2), mount_setattr(2)).
 */
public enum AtimeMode {
  /** As the mount that upper is under has it. */
  INHERITED(0, 0),
  NODIRATIME(Linux.MOUNT_ATTR_NODIRATIME, 0),
  NOATIME(Linux.MOUNT_ATTR_NOATIME, Linux.MOUNT_ATTR_ATIME_MASK);

  private final long set;
  private final long cleared;

  AtimeMode(long set, long cleared) {
    this.set = set;
    this.cleared = cleared;
  }

  /** For attr_set of struct mount_attr. */
  long set() {
    return set;
  }

  /** For attr_clr: the mode is one field, which is cleared before it is set, else EINVAL. */
  long cleared() {
    return cleared;
  }
}
