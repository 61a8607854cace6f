package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.Entry;
import ovl.fs.NameKey;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.Origin;
import ovl.layer.RealDir;
import ovl.layer.Whiteout;
import ovl.overlay.Node.RealKey;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Finds what a name in a merged directory stands for (kernel: fs/overlayfs/namei.c, ovl_lookup):
 * the layers are asked from the top; a whiteout or a file ends the search, directories are
 * collected until one is opaque.
 */
final class Lookup {
  private static final Logger log = LoggerFactory.getLogger(Lookup.class);
  private static final int STATX_FLAGS = Linux.AT_SYMLINK_NOFOLLOW | Linux.AT_NO_AUTOMOUNT;
  private static final RealDir[] NO_DIRS = {};

  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final InodeNumbers numbers;
  private final Places places;
  private final Attributes attributes;
  private final Object hardLinkLock = new Object();

  Lookup(VerbContext context, Attributes attributes) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.numbers = context.numbers();
    this.places = context.places();
    this.attributes = attributes;
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

  /** The real objects behind a name, before there is a node for them. */
  private static final class Found {
    int type;
    int nlink;
    boolean isNew;
    long dev;
    long ino;
    Layer layer;

    /** The real directory that has the topmost object. */
    RealDir parent;

    final List<RealDir> dirs = new ArrayList<>(2);

    /** The number to show, where an origin says otherwise than the object itself. */
    Origin.Found origin;
  }

  /** Makes the node of the root directory. */
  Node root() {
    RealStack real = RealStack.directory(stack.upperRoot(), stack.lowerRoots());
    Layer shown = stack.lowers().get(0);
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
    Found found = find(dir.real(), name, firstLayer, out);
    if (found == null) {
      return null;
    }
    Node node = insert(dir, name, found);
    if (found.isNew && out != null) {
      attributes.completeEntry(node, out);
    }
    return node;
  }

  private Found find(RealStack real, NameKey name, int firstLayer, Entry out)
      throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    long path = scratch.path(name.bytes());
    Statx stat = scratch.statx();
    Found found = null;
    for (int i = 0; i < real.depth(); i++) {
      RealDir dir = real.at(i);
      if (dir.layer().index() < firstLayer) {
        continue;
      }
      int fd = dir.acquire();
      try {
        int rc = statx(fd, path, stat);
        if (isAbsent(rc)) {
          if (hidesBelow(real, i, fd, name)) {
            return found;
          }
          continue;
        }
        check(rc);
        if (found != null && isOpaque(found.dirs.get(found.dirs.size() - 1))
            || isWhiteout(dir, fd, path, name, stat)
            || found != null && !stat.isDirectory()) {
          return found;
        }
        checkUnderstood(dir, fd, path, name, stat);
        if (found == null) {
          found = new Found();
          if (out != null) {
            attributes.fillReal(stat, out.attr);
          }
          fill(found, dir, fd, path, name, stat);
        }
        if (!stat.isDirectory()) {
          return found;
        }
        found.dirs.add(dir.child(name.bytes(), stat.ino()));
        showTopLower(found, dir, stat);
        if (hidesBelow(real, i, fd, name)) {
          return found;
        }
      } finally {
        dir.release();
      }
    }
    return found;
  }

  /** By an AUFS whiteout, which hides nothing in its own layer. */
  private boolean hidesBelow(RealStack real, int i, int fd, NameKey name) throws ErrnoException {
    return i < real.depth() - 1 && stack.aufs().hides(real.at(i), fd, name.bytes());
  }

  private int statx(int fd, long path, Statx stat) {
    return sys.statx(fd, path, STATX_FLAGS, Attributes.STATX_MASK, stat.address());
  }

  /** A filesystem with shorter names than upper's does not have a long one. */
  private static boolean isAbsent(int rc) {
    return rc == -Errno.ENOENT || rc == -Errno.ENAMETOOLONG;
  }

  private boolean isOpaque(RealDir dir) throws ErrnoException {
    int fd = dir.acquire();
    try {
      return stack.isOpaque(fd);
    } finally {
      dir.release();
    }
  }

  private boolean isWhiteout(RealDir dir, int fd, long path, NameKey name, Statx stat) {
    return Whiteout.isWhiteout(stat)
        || stat.isRegular()
            && stat.size() == 0
            && !dir.layer().isUpper()
            && !dir.layer().isBottom()
            && stack.xattr().isWhiteout(fd, path, name.bytes().length);
  }

  /**
   * Refuses objects whose content stands elsewhere, by a redirect or as metacopy, which the kernel
   * writes on request only: shown as they are they would be empty.
   *
   * @throws ErrnoException EPERM, as the kernel with these features off
   */
  private void checkUnderstood(RealDir dir, int fd, long path, NameKey name, Statx stat)
      throws ErrnoException {
    boolean mayBeMetacopy = stat.isRegular() && stat.size() > 0 && stat.blocks() == 0;
    if (dir.layer().isBottom() || !mayBeMetacopy && !stat.isDirectory()) {
      return;
    }
    int length = name.bytes().length;
    if (stat.isDirectory()
        ? stack.xattr().isRedirected(fd, path, length)
        : stack.xattr().isMetacopy(fd, path, length)) {
      log.warn("{} in {}: redirect and metacopy are not supported", name, dir.layer());
      throw ErrnoException.of(Errno.EPERM);
    }
  }

  private void fill(Found found, RealDir dir, int fd, long path, NameKey name, Statx stat)
      throws ErrnoException {
    found.type = stat.mode() & Linux.S_IFMT;
    found.nlink = stat.nlink();
    found.dev = stat.dev();
    found.ino = stat.ino();
    found.layer = dir.layer();
    found.parent = dir;
    if (dir.layer().isUpper() && !stat.isDirectory() && isImpure(dir, fd)) {
      found.origin = origin(fd, path, name, found.type);
    }
  }

  /** Only an impure directory has entries with an origin: asked once for each directory. */
  private boolean isImpure(RealDir dir, int fd) throws ErrnoException {
    if (dir.impurity() == RealDir.Impurity.UNKNOWN) {
      dir.setImpurity(stack.xattr().isImpure(fd) ? RealDir.Impurity.IMPURE : RealDir.Impurity.PURE);
    }
    return dir.impurity() == RealDir.Impurity.IMPURE;
  }

  /** As ovl_check_origin_fh and ovl_getattr: a lower hard link's number is not shown for a copy. */
  private Origin.Found origin(int fd, long path, NameKey name, int type) {
    byte[] handle = stack.xattr().origin(fd, path, name.bytes().length);
    Origin.Found origin = handle == null ? null : stack.origin().decode(handle);
    return origin == null || origin.type() != type || origin.nlink() != 1 ? null : origin;
  }

  /** A merged directory shows the number of its topmost lower (kernel: ovl_getattr). */
  private static void showTopLower(Found found, RealDir dir, Statx stat) {
    boolean isFirstLower =
        !dir.layer().isUpper() && found.layer.isUpper() && found.dirs.size() == 2;
    if (isFirstLower) {
      found.dev = stat.dev();
      found.ino = stat.ino();
    }
  }

  /**
   * Makes a node for what was found, or takes the one that is there already: another thread may
   * have been faster, another name may lead to the same real object.
   */
  private Node insert(Node dir, NameKey name, Found found) {
    synchronized (dir.dir()) {
      Node known = dir.dir().children.get(name);
      if (known != null && nodes.ref(known)) {
        // These may be open by now; nobody would close them when the directory is removed.
        found.dirs.forEach(RealDir::forget);
        return known;
      }
      Place place = new Place(dir, name, found.layer.isUpper() ? null : found.parent);
      boolean isHardLink = found.type != Linux.S_IFDIR && found.nlink > 1;
      RealKey key = isHardLink ? new RealKey(found.dev, found.ino) : null;
      Node node = isHardLink ? hardLink(key, place, found) : create(found, place);
      dir.dir().children.put(name, node);
      return node;
    }
  }

  private Node create(Found found, Place place) {
    found.isNew = true;
    return nodes.create(found.type, number(found), realStack(found), place);
  }

  /** Two names of one file can be looked up at once, in two directories: they are one node. */
  private Node hardLink(RealKey key, Place place, Found found) {
    synchronized (hardLinkLock) {
      Node node = takeHardLink(key, place);
      if (node == null) {
        node = create(found, place);
        nodes.addHardLink(key, node);
      }
      return node;
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

  private RealStack realStack(Found found) {
    if (found.type != Linux.S_IFDIR) {
      if (!found.layer.isUpper()) {
        return RealStack.LOWER_LEAF;
      }
      return found.origin != null ? RealStack.UPPER_LEAF_WITH_ORIGIN : RealStack.UPPER_LEAF;
    }
    boolean onUpper = found.layer.isUpper();
    List<RealDir> lowers = onUpper ? found.dirs.subList(1, found.dirs.size()) : found.dirs;
    return RealStack.directory(onUpper ? found.dirs.get(0) : null, lowers.toArray(NO_DIRS));
  }

  /** What upper itself holds under a name. Requires: dirLock(dir), and dir on upper. */
  UpperState upperStateLocked(Node dir, NameKey name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    RealDir upper = dir.real().upper();
    int fd = upper.acquire();
    try {
      Statx stat = scratch.statx();
      int rc = statx(fd, scratch.path(name.bytes()), stat);
      if (isAbsent(rc)) {
        return stack.aufs().hides(upper, fd, name.bytes())
            ? UpperState.AUFS_WHITEOUT
            : UpperState.ABSENT;
      }
      check(rc);
      return Whiteout.isWhiteout(stat) ? UpperState.WHITEOUT : UpperState.PRESENT;
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
        int rc = statx(fd, path, stat);
        if (isAbsent(rc)) {
          if (stack.aufs().hides(lower, fd, name.bytes())) {
            return false;
          }
          continue;
        }
        check(rc);
        return !isWhiteout(lower, fd, path, name, stat);
      } finally {
        lower.release();
      }
    }
    return false;
  }
}
