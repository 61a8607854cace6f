package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.fs.Entry;
import ovl.fs.NameKey;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.overlay.Node.RealKey;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Finds what a name in a merged directory stands for: the node that is known, or a new one for what
 * a {@link Search} through the layers finds.
 */
final class Lookup {

  private final VerbContext context;
  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final InodeNumbers numbers;
  private final Places places;
  private final Attributes attributes;
  private final MissingOrigin missingOrigin;
  private final Index index;
  private final Object hardLinkLock = new Object();

  Lookup(VerbContext context, Attributes attributes, MissingOrigin missingOrigin) {
    this.context = context;
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.numbers = context.numbers();
    this.places = context.places();
    this.attributes = attributes;
    this.index = context.index();
    this.missingOrigin = missingOrigin;
  }

  /** What upper holds under a name. */
  enum UpperState {
    ABSENT,
    /** A whiteout in the place of the name itself. */
    WHITEOUT,
    /** A whiteout beside it; the name itself is free. */
    AUFS_WHITEOUT,
    PRESENT;

    boolean isWhiteout() {
      return this == WHITEOUT || this == AUFS_WHITEOUT;
    }
  }

  /** Makes the node of the root directory. */
  Node root() {
    RealStack real = RealStack.directory(stack.upperRoot(), stack.lowerRoots());
    // The kernel takes upper's here, and the topmost lower's for any other merged directory.
    Layer shown = stack.upper() != null ? stack.upper() : stack.lowers().get(0);
    return nodes.create(Linux.S_IFDIR, numbers.show(shown.dev(), shown.rootIno()), real, null);
  }

  /**
   * The child of a directory, with one reference for the caller ({@link NodeTable#unref}).
   *
   * @return null if there is no such name
   */
  Node child(Node dir, NameKey name) throws ErrnoException {
    return child(dir, name, null);
  }

  /**
   * As {@link #child(Node, NameKey)}.
   *
   * @param out filled, nodeid included, if the attributes are known from the search itself
   */
  Node child(Node dir, NameKey name, Entry out) throws ErrnoException {
    try (NameLocks names = NameLocks.shared(dir)) {
      return childLocked(dir, name, 0, out);
    }
  }

  /**
   * As {@link #child(Node, NameKey)}, for a name that a listing found.
   *
   * @param layer the index of the topmost layer that had the name
   * @param version the directory's when it was listed: only if it is the same, the layers above
   *     need not be asked again
   */
  Node child(Node dir, NameKey name, int layer, long version, Entry out) throws ErrnoException {
    try (NameLocks names = NameLocks.shared(dir)) {
      return childLocked(dir, name, dir.dir().version() == version ? layer : 0, out);
    }
  }

  /** As {@link #child(Node, NameKey)}. Requires: dirLock(dir), shared or exclusive. */
  Node childLocked(Node dir, NameKey name) throws ErrnoException {
    return childLocked(dir, name, 0, null);
  }

  private Node childLocked(Node dir, NameKey name, int firstLayer, Entry out)
      throws ErrnoException {
    Node known = dir.dir().children.get(name);
    if (known != null && nodes.ref(known)) {
      return known;
    }
    if (dir.isRemoved() || stack.aufs().isMark(name.bytes())) {
      return null;
    }
    Found found = new Search(context, attributes, name).in(dir.real(), firstLayer, out);
    if (found == null) {
      return null;
    }
    Node node = insert(dir, name, found);
    if (found.isNew) {
      missingOrigin.note(dir, node);
      if (out != null && found.isOnUpper() == found.layer.isUpper()) {
        attributes.completeEntry(node, out);
      }
    }
    return node;
  }

  /**
   * Makes a node for what was found, or takes the one that is there already: another thread may
   * have been faster, another name may lead to the same real object.
   */
  private Node insert(Node dir, NameKey name, Found found) throws ErrnoException {
    synchronized (dir.dir()) {
      Node known = dir.dir().children.get(name);
      if (known != null && nodes.ref(known)) {
        // These may be open by now; nobody would close them when the directory is removed.
        for (RealDir extra : found.dirs) {
          extra.forget();
        }
        return known;
      }
      Place place = new Place(dir, name, found.layer.isUpper() ? null : found.parent);
      boolean isHardLink = !found.isDirectory() && found.nlink > 1;
      Node node = isHardLink ? hardLink(place, found) : create(found, place);
      dir.dir().children.put(name, node);
      return node;
    }
  }

  private Node create(Found found, Place place) {
    found.isNew = true;
    RealKey origin = claimedOrigin(found);
    Node node = nodes.create(found.type, number(found), found.realStack(), place);
    if (origin != null) {
      nodes.addCopy(origin, node, found.ino);
    }
    if (found.isOnUpper() == found.layer.isUpper()) {
      node.setProtection(found.protection);
    }
    if (found.index != null) {
      node.setIndexEntryLocked(found.index.name());
      node.addNlinkDeltaLocked(found.index.nlinkDelta());
    } else if (found.isUnasked) {
      node.setMayBeMetacopy();
    }
    return node;
  }

  /**
   * What a file of upper is the copy of; null if it is none. Somebody may have copied a copy, its
   * attributes too: of two different files with one origin the second does without, as whoever
   * compares files takes those with one number for the same.
   */
  private RealKey claimedOrigin(Found found) {
    if (found.origin == null || found.isDirectory()) {
      return null;
    }
    RealKey origin = new RealKey(found.origin.dev(), found.origin.ino());
    if (nodes.hasOtherCopy(origin, found.ino)) {
      found.origin = null;
      return null;
    }
    return origin;
  }

  /** Two names of one file can be looked up at once, in two directories: they are one node. */
  private Node hardLink(Place place, Found found) throws ErrnoException {
    boolean isCopy = found.index != null;
    // Names on upper and on lowers that are one by the index are known by the lower file.
    RealKey key =
        isCopy
            ? new RealKey(found.origin.dev(), found.origin.ino())
            : new RealKey(found.dev, found.ino);
    synchronized (hardLinkLock) {
      Node node = takeHardLink(key, place);
      if (node == null) {
        if (!found.layer.isUpper()) {
          // Not before: it may have been copied up since, by a node that is forgotten already.
          findCopy(place, found);
        }
        node = create(found, place);
        nodes.addHardLink(key, node);
      }
      return node;
    }
  }

  private void findCopy(Place place, Found found) throws ErrnoException {
    found.index = index.ofLower(found, place.name().bytes());
    if (found.index == null) {
      return;
    }
    if (!index.isMetacopy(found.index)) {
      // What the lower name has, or leads to, is no longer what is read.
      found.data = null;
    } else if (found.data == null) {
      found.data = LowerData.in(sys, stack, found.parent, place.name().bytes(), true);
    }
  }

  private Node takeHardLink(RealKey key, Place place) {
    Node node = nodes.hardLink(key);
    if (node == null || !nodes.ref(node)) {
      return null;
    }
    boolean isStillTheOne;
    try (Places.Held held = places.lock(node)) {
      isStillTheOne = nodes.hardLink(key) == node;
      if (isStillTheOne && node.placeAtLocked(place.parent(), place.name()) == null) {
        nodes.addPlaceLocked(node, place);
      }
    }
    if (!isStillTheOne) {
      nodes.unref(node);
      return null;
    }
    return node;
  }

  private long number(Found found) {
    return found.origin != null
        ? numbers.show(found.origin.dev(), found.origin.ino())
        : numbers.show(found.dev, found.ino);
  }

  /** What upper itself holds under a name. Requires: dirLock(dir), and dir on upper. */
  UpperState upperStateLocked(Node dir, NameKey name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    RealDir upper = dir.real().upper();
    int fd = upper.acquire();
    try {
      Statx stat = scratch.statx();
      long path = scratch.path(name.bytes());
      int rc = Search.statx(sys, fd, path, stat);
      if (Search.isAbsent(rc)) {
        return stack.aufs().hides(upper, fd, name.bytes())
            ? UpperState.AUFS_WHITEOUT
            : UpperState.ABSENT;
      }
      check(rc);
      return Search.isWhiteout(stack, upper, fd, path, name.bytes().length, stat)
          ? UpperState.WHITEOUT
          : UpperState.PRESENT;
    } finally {
      upper.release();
    }
  }

  /**
   * True if a name would be seen if upper did not have it: then its removal needs a whiteout
   * (kernel: ovl_lower_positive).
   */
  boolean isLowerPositive(Node dir, NameKey name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long path = scratch.path(name.bytes());
    Statx stat = scratch.statx();
    for (RealDir lower : dir.real().lowers()) {
      int fd = lower.acquire();
      try {
        int rc = Search.statx(sys, fd, path, stat);
        if (Search.isAbsent(rc)) {
          if (stack.aufs().hides(lower, fd, name.bytes())) {
            return false;
          }
          continue;
        }
        check(rc);
        return !Search.isWhiteout(stack, lower, fd, path, name.bytes().length, stat);
      } finally {
        lower.release();
      }
    }
    return false;
  }
}
