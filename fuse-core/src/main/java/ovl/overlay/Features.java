package ovl.overlay;

import ovl.layer.LayerStack;

/**
 * The optional features of the kernel's overlay, which change what is written to upper.
 *
 * @param redirectDir whether lower and merged directories can be renamed
 */
public record Features(RedirectDir redirectDir) {
  /** What a mount has if nothing is said. */
  public static final Features DEFAULT = new Features(RedirectDir.AUTO);

  /**
   * What of this a stack allows: in the user.* namespace anybody could forge a redirect, so there
   * none is written or followed, as in the kernel with {@code userxattr}.
   */
  Features in(LayerStack stack) {
    if (stack.xattr().isUser()) {
      return new Features(RedirectDir.NOFOLLOW);
    }
    return redirectDir == RedirectDir.AUTO ? new Features(RedirectDir.ON) : this;
  }

  /**
   * True if upper can be changed by hand between mounts without surprise: no feature stores in it
   * where something in the layers is (kernel: ovl_allow_offline_changes).
   */
  boolean allowOfflineChanges() {
    return !redirectDir.creates();
  }
}
