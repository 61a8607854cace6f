package ovl.overlay;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import ovl.fs.NameKey;

/** The merged names of one directory at one moment; an entry's position is its offset. */
final class Listing {
  /**
   * @param type a DT_ constant
   * @param ino the real number in the layer that shows the entry
   * @param layer the index of that layer
   */
  record Item(NameKey name, int type, long ino, int layer) {}

  private final List<Item> items = new ArrayList<>();
  private final Set<NameKey> seen = new HashSet<>();
  private final long version;

  /**
   * @param version the directory's, read before its layers are
   */
  Listing(long version) {
    this.version = version;
  }

  /** Adds a name unless a layer above has shown or hidden it. */
  void add(Item item) {
    if (seen.add(item.name())) {
      items.add(item);
    }
  }

  /** A whiteout: the layers below do not show this name. */
  void hide(NameKey name) {
    seen.add(name);
  }

  boolean hasSeen(NameKey name) {
    return seen.contains(name);
  }

  List<Item> items() {
    return items;
  }

  long version() {
    return version;
  }

  /** The set of names is of no use once the listing is complete. */
  void complete() {
    seen.clear();
  }
}
