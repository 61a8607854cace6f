package ovl.overlay;

/**
 * The kernel's option {@code redirect_dir}: whether lower and merged directories can be renamed.
 */
public enum RedirectDir {
  /** They can, and what was renamed is found again. */
  ON,
  /** Renaming is EXDEV; redirects in the layers are followed. */
  FOLLOW,
  /** Renaming is EXDEV, and so is EPERM a directory that carries a redirect. */
  NOFOLLOW,
  /** As {@link #FOLLOW}: the kernel's default for {@code redirect_always_follow} is yes. */
  OFF,
  /** {@link #ON} where the mount has trusted.* attributes, which users cannot forge. */
  AUTO;

  boolean follows() {
    return this != NOFOLLOW;
  }

  boolean creates() {
    return this == ON;
  }
}
