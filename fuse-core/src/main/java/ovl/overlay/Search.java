package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.Entry;
import ovl.fs.NameKey;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.MarkList;
import ovl.layer.Origin;
import ovl.layer.RealDir;
import ovl.layer.Redirect;
import ovl.layer.Whiteout;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * The search of one name through the layers of a merged directory (kernel: fs/overlayfs/namei.c,
 * ovl_lookup): from the top, until a whiteout, a file or an opaque directory ends it. A directory
 * that carries a redirect is looked for under another name in the layers below, or under a path
 * from their roots; so is the data of a metacopy file. For one use.
 */
final class Search {
  private static final Logger log = LoggerFactory.getLogger(Search.class);
  private static final int UNLISTED = -1;
  private static final int STATX_FLAGS = Linux.AT_SYMLINK_NOFOLLOW | Linux.AT_NO_AUTOMOUNT;

  private final Syscalls sys;
  private final LayerStack stack;
  private final boolean followsRedirects;
  private final boolean followsMetacopy;
  private final Attributes attributes;
  private final Index index;
  private final Purity purity;
  private final NameKey name;

  /** Under what to look in the next layer: one name, or a path that begins with a slash. */
  private byte[] path;

  private boolean isEnded;

  /** Nothing lies below the layer that is being asked: its marks mean nothing. */
  private boolean isLast;

  private Found found;

  /** The directory is in one layer only. */
  private boolean isSingle;

  /** What the object that is being looked at may be marked as; {@link #UNLISTED} if not asked. */
  private int marks;

  /** What the object is marked as need not be asked if its directory says that it is pure. */
  private boolean mayBePure;

  /** What was found is a metacopy file, and so were all below it so far. */
  private boolean lacksData;

  /** The link count of the topmost lower object of a metacopy file; 0 if there is none yet. */
  private int topLowerLinks;

  /** The lowest directory so far; whether it is opaque is asked only if there is one below. */
  private RealDir undecided;

  /** On the way of an absolute redirect; their descriptors are not needed afterwards. */
  private final List<RealDir> passed = new ArrayList<>(0);

  Search(VerbContext context, Attributes attributes, NameKey name) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.followsRedirects = context.features().redirectDir().follows();
    this.followsMetacopy = context.features().metacopy();
    this.attributes = attributes;
    this.index = context.index();
    this.purity = context.purity();
    this.name = name;
    this.path = name.bytes();
  }

  /**
   * @param parent the directory
   * @param firstLayer the index of the topmost layer that can have the name
   * @param out filled with the attributes of the topmost object; may be null
   * @return null if there is no such name
   * @throws ErrnoException EPERM for a redirect that is not to be followed; EINVAL for a malformed
   *     one; as statx(2)
   */
  Found in(RealStack parent, int firstLayer, Entry out) throws ErrnoException {
    try {
      RealDir[] dirs = parent.lowers();
      isSingle = !parent.isMerged();
      if (parent.upper() != null && firstLayer == Layer.UPPER) {
        isLast = !followsRedirects && dirs.length == 0;
        inLayer(parent.upper(), out);
        if (isAbsolute()) {
          dirs = stack.lowerRoots();
        }
      }
      inLowers(dirs, firstLayer, out);
      if (lacksData) {
        inDataLayers();
      }
      return found;
    } finally {
      for (RealDir dir : passed) {
        dir.forget();
      }
    }
  }

  private void inLowers(RealDir[] parents, int firstLayer, Entry out) throws ErrnoException {
    RealDir[] dirs = parents;
    boolean wasAbsolute = isAbsolute();
    for (int i = 0; !isEnded && i < dirs.length; i++) {
      Layer layer = dirs[i].layer();
      if (layer.index() < firstLayer) {
        continue;
      }
      isLast = followsRedirects ? layer.isBottom() : i == dirs.length - 1;
      if (!inLayer(dirs[i], out)) {
        continue;
      }
      if (isAbsolute() && !wasAbsolute) {
        wasAbsolute = true;
        dirs = stack.lowerRoots();
        i = layer.index() - 1;
      }
    }
  }

  private boolean isAbsolute() {
    return path[0] == '/';
  }

  /** True if the layer has an object there that counts. */
  private boolean inLayer(RealDir base, Entry out) throws ErrnoException {
    if (!isAbsolute()) {
      return object(base, 0, out);
    }
    RealDir dir = base;
    int start = 1;
    for (int end = endOf(start); end < path.length; end = endOf(start)) {
      int rest = path.length - end;
      dir = ancestor(dir, start, end);
      if (dir == null) {
        return false;
      }
      passed.add(dir);
      // A redirect on the way changes what the layers below are asked for, not what follows here.
      start = path.length - rest + 1;
    }
    return object(dir, start, out);
  }

  private int endOf(int start) {
    int end = start;
    while (end < path.length && path[end] != '/') {
      end++;
    }
    return end;
  }

  /** One step on the way of an absolute redirect; null if it ends here. */
  private RealDir ancestor(RealDir dir, int start, int end) throws ErrnoException {
    marks = UNLISTED;
    byte[] component = Arrays.copyOfRange(path, start, end);
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx();
    int fd = dir.acquire();
    try {
      long address = scratch.path(component);
      int rc = statx(sys, fd, address, stat);
      if (isAbsent(rc)) {
        endIfHidden(dir, fd, component);
        return null;
      }
      check(rc);
      if (isWhiteout(stack, dir, fd, address, component.length, stat) || !stat.isDirectory()) {
        isEnded = true;
        return null;
      }
      refuseUpper(stat);
      RealDir child = dir.child(component, stat.ino());
      if (!isLast && isOpaque(child)) {
        isEnded = true;
      } else if (!isLast) {
        follow(redirect(dir, fd, address, component.length), start, end);
      }
      return child;
    } finally {
      dir.release();
    }
  }

  /** The object itself, the last component of the path. */
  private boolean object(RealDir dir, int start, Entry out) throws ErrnoException {
    marks = UNLISTED;
    byte[] component = start == 0 ? path : Arrays.copyOfRange(path, start, path.length);
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx();
    int fd = dir.acquire();
    try {
      long address = scratch.path(component);
      int rc = statx(sys, fd, address, stat);
      if (isAbsent(rc)) {
        endIfHidden(dir, fd, component);
        return false;
      }
      check(rc);
      boolean fits = found == null || (lacksData ? stat.isRegular() : stat.isDirectory());
      if (undecided != null && isOpaque(undecided)
          || isWhiteout(stack, dir, fd, address, component.length, stat)
          || !fits) {
        isEnded = true;
        return false;
      }
      boolean isFirst = found == null;
      mayBePure = isSingle && isFirst && purity.mayBeTold(stat);
      if (isFirst) {
        first(dir, fd, address, component.length, stat, out);
      }
      if (stat.isRegular()) {
        file(dir, fd, address, start, stat);
      } else if (stat.isDirectory()) {
        refuseUpper(stat);
        RealDir child = dir.child(component, stat.ino());
        found.dirs.add(child);
        showTopLower(dir, stat);
        endIfHidden(dir, fd, component);
        directory(dir, child, fd, address, start);
      } else {
        isEnded = true;
      }
      if (isFirst && dir.layer().isUpper() && marks != UNLISTED && !has(MarkList.PROTECTION)) {
        found.protection = 0;
      }
      return true;
    } finally {
      dir.release();
    }
  }

  /** Somebody has moved upper itself into a layer (kernel: ovl_lookup_trap_inode). */
  private void refuseUpper(Statx stat) throws ErrnoException {
    Layer upper = stack.upper();
    if (upper != null && stat.ino() == upper.rootIno() && stat.dev() == upper.dev()) {
      log.warn("{} is upper", name);
      throw ErrnoException.of(Errno.ELOOP);
    }
  }

  /** By an AUFS whiteout, which hides nothing in its own layer. */
  private void endIfHidden(RealDir dir, int fd, byte[] component) throws ErrnoException {
    isEnded |= !isLast && stack.aufs().hides(dir, fd, component);
  }

  /** A directory may say that nothing below it is seen, or where that is. */
  private void directory(RealDir parent, RealDir dir, int fd, long address, int start)
      throws ErrnoException {
    undecided = dir;
    if (isLast) {
      return;
    }
    Redirect mark = redirect(parent, fd, address, path.length - start);
    if (mark == null) {
      return;
    }
    if (isOpaque(dir)) {
      isEnded = true;
      return;
    }
    undecided = null;
    if (dir.layer().isUpper()) {
      found.redirect = mark;
    }
    follow(mark, start, path.length);
  }

  private void follow(Redirect mark, int start, int end) throws ErrnoException {
    if (mark == null) {
      return;
    }
    if (!followsRedirects) {
      log.warn("{}: redirect not followed", name);
      throw ErrnoException.of(Errno.EPERM);
    }
    path = mark.follow(path, start, end);
    // An opaque directory on the way to here ends nothing for a path from the roots.
    isEnded &= !mark.isAbsolute();
  }

  private void first(RealDir dir, int fd, long address, int length, Statx stat, Entry out)
      throws ErrnoException {
    stack.overrides().apply(dir.layer(), fd, address, length, stat);
    found = new Found();
    if (out != null) {
      attributes.fillReal(stat, out.attr);
    }
    found.type = stat.mode() & Linux.S_IFMT;
    found.nlink = stat.nlink();
    found.dev = stat.dev();
    found.ino = stat.ino();
    found.layer = dir.layer();
    found.parent = dir;
    if (!dir.layer().isUpper()) {
      found.protection = Protection.ofLower(dir.layer(), stat);
    }
    if (dir.layer().isUpper() && !stat.isDirectory()) {
      // For listings, which ask whether entries can have an origin.
      purity.isPure(dir, fd);
      origin(dir, fd, address, length, stat);
    }
  }

  /** A file ends the search, unless it has metadata only and its data is to be found below. */
  private void file(RealDir dir, int fd, long address, int start, Statx stat)
      throws ErrnoException {
    int length = path.length - start;
    boolean wasLackingData = lacksData;
    lacksData = isMetacopy(dir, fd, address, length, stat);
    if (wasLackingData && topLowerLinks == 0) {
      topLowerLinks = stat.nlink();
      if (found.layer.isUpper() && stat.nlink() == 1) {
        found.origin = new Origin.Found(stat.dev(), stat.ino(), found.type, 1);
      }
    }
    if (!lacksData) {
      isEnded = true;
      if (wasLackingData) {
        byte[] last = Arrays.copyOfRange(path, start, path.length);
        found.data = LowerData.in(sys, stack, dir, last, topLowerLinks > 1);
      }
      return;
    }
    Redirect mark = redirect(dir, fd, address, length);
    boolean leadsToData = leadsToData(dir.layer(), mark);
    if (!followsMetacopy && !leadsToData) {
      log.warn("{} in {}: metacopy not followed", name, dir.layer());
      throw ErrnoException.of(Errno.EPERM);
    }
    if (!dir.layer().isUpper() && topLowerLinks == 0) {
      topLowerLinks = found.nlink;
    }
    if (dir.layer().isUpper()) {
      found.redirect = mark;
    }
    if (leadsToData) {
      path = mark.follow(path, start, path.length);
    } else {
      follow(mark, start, path.length);
    }
  }

  /**
   * From the last layer with names straight to the data-only ones: that is what these are for, and
   * needs neither metacopy nor redirects turned on (kernel: ovl_lookup, since 6.16).
   */
  private boolean leadsToData(Layer layer, Redirect mark) {
    return layer.isBottom() && !stack.dataLayers().isEmpty() && mark != null && mark.isAbsolute();
  }

  private boolean isMetacopy(RealDir dir, int fd, long address, int length, Statx stat)
      throws ErrnoException {
    // In the bottom layer none has its data elsewhere: one with its blocks is not asked yet.
    boolean isBottom = !dir.layer().isUpper() && isLast && stack.dataLayers().isEmpty();
    if (isBottom && !lacksData && Purity.hasItsBlocks(stat)) {
      found.isUnasked = stat.size() > 0;
      return false;
    }
    boolean mayBe = dir.layer().isUpper() || stat.size() > 0;
    return mayBe
        && has(MarkList.METACOPY, dir, fd, address, length)
        && stack.xattr().isMetacopy(fd, address, length);
  }

  private Redirect redirect(RealDir dir, int fd, long address, int length) throws ErrnoException {
    return has(MarkList.REDIRECT, dir, fd, address, length)
        ? stack.xattr().redirect(fd, address, length)
        : null;
  }

  /** True if the object may have one of the marks of {@link MarkList}. */
  private boolean has(int mark, RealDir dir, int fd, long address, int length) {
    if (mayBePure && purity.isPure(dir, fd)) {
      found.isUnasked = found.type == Linux.S_IFREG;
      return false;
    }
    if (marks == UNLISTED) {
      marks = stack.marks().of(dir.layer(), fd, address, length);
    }
    return has(mark);
  }

  private boolean has(int mark) {
    return (marks & mark) != 0;
  }

  /**
   * The lowers have no data for a metacopy file: the data-only layers may, under a path.
   *
   * @throws ErrnoException EIO if there is no such path
   */
  private void inDataLayers() throws ErrnoException {
    if (!isAbsolute() || topLowerLinks == 0 || stack.dataLayers().isEmpty()) {
      log.warn("{}: metacopy without data", name);
      throw ErrnoException.of(Errno.EIO);
    }
    found.data = LowerData.under(sys, stack, path, topLowerLinks > 1);
  }

  /**
   * As ovl_check_origin_fh and ovl_getattr: a lower hard link's number is shown for a copy only if
   * the index says that it is that of all its names.
   */
  private void origin(RealDir dir, int fd, long address, int length, Statx stat)
      throws ErrnoException {
    byte[] handle =
        has(MarkList.ORIGIN, dir, fd, address, length)
            ? stack.xattr().origin(fd, address, length)
            : null;
    Origin.Found origin = handle == null ? null : stack.origin().decode(handle);
    if (origin == null || origin.type() != found.type) {
      return;
    }
    found.index = origin.nlink() == 1 ? null : index.ofUpper(handle, origin, stat);
    if (origin.nlink() == 1 || found.index != null) {
      found.origin = origin;
    }
  }

  /** A merged directory shows the number of its topmost lower (kernel: ovl_getattr). */
  private void showTopLower(RealDir dir, Statx stat) {
    boolean isFirstLower =
        !dir.layer().isUpper() && found.layer.isUpper() && found.dirs.size() == 2;
    if (isFirstLower) {
      found.dev = stat.dev();
      found.ino = stat.ino();
    }
  }

  private boolean isOpaque(RealDir dir) throws ErrnoException {
    int fd = dir.acquire();
    try {
      return stack.isOpaque(fd);
    } finally {
      dir.release();
    }
  }

  /**
   * As statx(2), of a name itself and not of what it links to; -EREMOTE where entering it would
   * mount something else (kernel: ovl_dentry_weird).
   */
  static int statx(Syscalls sys, int fd, long address, Statx stat) {
    int rc = sys.statx(fd, address, STATX_FLAGS, Attributes.STATX_MASK, stat);
    boolean isRemote = rc == 0 && (stat.attributes() & Linux.STATX_ATTR_AUTOMOUNT) != 0;
    return isRemote ? -Errno.EREMOTE : rc;
  }

  /** A filesystem with shorter names than upper's does not have a long one. */
  static boolean isAbsent(int rc) {
    return rc == -Errno.ENOENT || rc == -Errno.ENAMETOOLONG;
  }

  /** True for a whiteout of either form: a device, or a file marked by an xattr. */
  static boolean isWhiteout(
      LayerStack stack, RealDir dir, int fd, long address, int length, Statx stat)
      throws ErrnoException {
    return Whiteout.isWhiteout(stat) || stack.fileWhiteouts().isOne(dir, fd, address, length, stat);
  }
}
