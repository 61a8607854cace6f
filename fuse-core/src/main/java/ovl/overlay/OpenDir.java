package ovl.overlay;

import ovl.sys.Fd;

/**
 * An open directory: of a merged one the listing made at offset 0, of any other a descriptor of the
 * one real directory, whose own offsets are passed through.
 */
final class OpenDir {
  private final Node node;
  private Listing listing;
  private Fd fd;
  private int layer;

  OpenDir(Node node) {
    this.node = node;
  }

  Node node() {
    return node;
  }

  Listing listing() {
    return listing;
  }

  void setListing(Listing made) {
    listing = made;
    closeFd();
  }

  Fd fd() {
    return fd;
  }

  /** The index of the layer that {@link #fd} is in. */
  int layer() {
    return layer;
  }

  void setFd(Fd opened, int inLayer) {
    closeFd();
    fd = opened;
    layer = inLayer;
    listing = null;
  }

  void close() {
    closeFd();
  }

  private void closeFd() {
    if (fd != null) {
      fd.close();
      fd = null;
    }
  }
}
