package ovl.mount;

/** Who may use a FUSE mount besides the user who made it. */
public enum Access {
  /** Everybody if root mounts, else only the mounting user. */
  DEFAULT,
  /** Everybody: fuse option allow_other. */
  ALLOW_OTHER,
  /** Root as well: fuse option allow_root. */
  ALLOW_ROOT
}
