package ovl.overlay;

import ovl.layer.LayerStack;

/**
 * The optional features of the kernel's overlay, which change what is written to upper.
 *
 * @param redirectDir whether lower and merged directories can be renamed
 * @param metacopy a change of metadata copies metadata only, and files copied so are followed
 * @param index all names of a lower file lead to its copy; whether the layers allow it is theirs to
 *     say
 * @param xino inode numbers are to stay the same on several filesystems. They do in any case
 * @param syncsAll a copy-up waits for the disk even if it copies no data
 */
public record Features(
    RedirectDir redirectDir, boolean metacopy, boolean index, boolean xino, boolean syncsAll) {
  /** What a mount has if nothing is said. */
  public static final Features DEFAULT = new Features(RedirectDir.AUTO, false, false, false, false);

  /**
   * What of this a stack allows: in the user.* namespace anybody could forge a redirect, so there
   * none is written or followed, and no metacopy, as in the kernel with {@code userxattr}.
   */
  Features in(LayerStack stack) {
    boolean indexes = stack.index() != null;
    if (stack.xattr().isUser()) {
      return new Features(RedirectDir.NOFOLLOW, false, indexes, xino, syncsAll);
    }
    RedirectDir redirects = redirectDir == RedirectDir.AUTO ? RedirectDir.ON : redirectDir;
    return new Features(redirects, metacopy, indexes, xino, syncsAll);
  }

  /**
   * True if upper can be changed by hand between mounts without surprise: no feature stores in it
   * where something in the layers is (kernel: ovl_allow_offline_changes).
   */
  boolean allowOfflineChanges() {
    return !redirectDir.creates() && !metacopy && !index && !xino;
  }
}
