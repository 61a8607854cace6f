package ovl.overlay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import ovl.fs.NameKey;

/**
 * The merged names of one directory at one moment. The offset of a name follows from its bytes
 * alone, as with a hashed directory of ext4: whoever goes on from an offset in a later listing
 * meets each name that was there all the time once.
 */
final class Listing {
  /** Offsets below are of no name, but of the dots. */
  static final long FIRST = 16;

  private static final long FNV_BASIS = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  /**
   * @param type a DT_ constant
   * @param ino the real number in the layer that shows the entry
   * @param layer the index of that layer
   * @param hash where it stands
   */
  record Item(NameKey name, int type, long ino, int layer, long hash) implements Comparable<Item> {
    Item(NameKey name, int type, long ino, int layer) {
      this(name, type, ino, layer, hash(name.bytes()));
    }

    /** By the place alone: items of one listing have different names. */
    @Override
    public int compareTo(Item other) {
      return Long.compare(hash, other.hash);
    }

    /** Positive with room for what is added to it: 62 bits. */
    private static long hash(byte[] name) {
      long hash = FNV_BASIS;
      for (byte b : name) {
        hash = (hash ^ b & 0xff) * FNV_PRIME;
      }
      return FIRST + (hash >>> 2);
    }
  }

  private final List<Item> items = new ArrayList<>();
  private Set<NameKey> seen = new HashSet<>();
  private final long version;
  private long[] offsets;

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

  /** In the order of their offsets, once the listing is complete. */
  List<Item> items() {
    return items;
  }

  long version() {
    return version;
  }

  /** To be called once, when every name is in. */
  void complete() {
    seen = Set.of();
    items.sort(null);
    offsets = new long[items.size()];
    for (int i = 0; i < offsets.length; i++) {
      long hash = items.get(i).hash();
      offsets[i] = i == 0 ? hash : Math.max(hash, offsets[i - 1] + 1);
    }
  }

  /** The offset after which an item is the next. */
  long offsetAfter(int index) {
    return offsets[index];
  }

  /** The first item after an offset; as many as there are items if there is none. */
  int indexAfter(long offset) {
    int found = Arrays.binarySearch(offsets, offset);
    return found < 0 ? -found - 1 : found + 1;
  }
}
