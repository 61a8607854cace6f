package ovl.layer;

/**
 * Whether owner, mode and type are stored in an extended attribute in place of the inode, for a
 * daemon that may not set the real ones: fuse-overlayfs's option xattr_permissions.
 */
public enum XattrPermissions {
  /** They are in the inode. */
  NONE,
  /** security.fuseoverlayfs.override_stat, which needs privilege (xattr_permissions=1). */
  PRIVILEGED,
  /** user.containers.override_stat (xattr_permissions=2). */
  CONTAINERS
}
