package ovl.overlay;

import ovl.fs.Entry;
import ovl.sys.Fd;

/**
 * A directory that is being read: of a merged one its listing, of any other a descriptor of the one
 * real directory, whose own offsets are passed through.
 */
final class OpenDir {
  private Node node;
  private final Entry entry = new Entry();
  private Listing listing;
  private Fd fd;
  private int layer;
  private boolean givesAttributes;
  private int named;

  OpenDir(Node node) {
    this.node = node;
  }

  Node node() {
    return node;
  }

  /** Null for one that nobody reads at present: nothing else tells when a node is forgotten. */
  void setNode(Node read) {
    node = read;
  }

  /** For one answer after the other. */
  Entry entry() {
    return entry;
  }

  Listing listing() {
    return listing;
  }

  void setListing(Listing made) {
    close();
    listing = made;
  }

  Fd fd() {
    return fd;
  }

  /** The index of the layer that {@link #fd} is in. */
  int layer() {
    return layer;
  }

  void setFd(Fd opened, int inLayer) {
    close();
    fd = opened;
    layer = inLayer;
  }

  /**
   * Begins a part of the listing.
   *
   * @param withAttributes whether its entries should have them
   */
  void beginPart(boolean withAttributes) {
    givesAttributes = withAttributes;
    named = 0;
  }

  boolean givesAttributes() {
    return givesAttributes;
  }

  /** An entry of the part has a name only. */
  void countNamed() {
    named++;
  }

  /** How many entries of the part have a name only, where attributes were possible. */
  int named() {
    return named;
  }

  /** Gives back what it holds; a later read begins anew. */
  void close() {
    listing = null;
    if (fd != null) {
      fd.close();
      fd = null;
    }
  }
}
