package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.util.ArrayList;
import java.util.List;
import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.layer.Whiteout;
import ovl.sys.Dirents;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** Merges the names that a directory has in its layers (kernel: ovl_dir_read_merged). */
final class Merge {
  private final Syscalls sys;
  private final LayerStack stack;

  Merge(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
  }

  /** The merged names of a directory as they are now. */
  Listing names(Node node) throws ErrnoException {
    Listing listing = new Listing(node.dir().version());
    RealStack real = node.real();
    for (int i = 0; i < real.depth(); i++) {
      mergeLayer(listing, real.at(i));
    }
    listing.complete();
    return listing;
  }

  /** As {@link #names}, or what was listed to count and is as good. */
  Listing namesOnce(Node node) throws ErrnoException {
    Listing kept = node.dir().takeKept();
    return kept == null ? names(node) : kept;
  }

  /** How many of the merged names are directories. */
  int subdirectories(Node node) throws ErrnoException {
    SubdirectoryCount known = node.dir().subdirectories;
    int count = known.get();
    if (count == SubdirectoryCount.UNKNOWN) {
      long begun = known.begin();
      count = countSubdirectories(node);
      known.end(begun, count);
    }
    return count;
  }

  private int countSubdirectories(Node node) throws ErrnoException {
    int count = 0;
    Listing listing = names(node);
    for (Listing.Item item : listing.items()) {
      count += item.type() == Linux.DT_DIR ? 1 : 0;
    }
    node.dir().keep(listing);
    return count;
  }

  private void mergeLayer(Listing listing, RealDir dir) throws ErrnoException {
    List<NameKey> hiddenBelow = new ArrayList<>(0);
    try (Fd fd = openForReading(dir)) {
      boolean mayHoldFileWhiteouts = stack.fileWhiteouts().mayBeIn(dir, fd.get());
      Dirents dirents = Scratch.current(sys).dirents();
      while (dirents.fill(fd.get()) > 0) {
        while (dirents.next()) {
          if (!dirents.isDotOrDotDot()) {
            NameKey name = new NameKey(dirents.name());
            if (stack.aufs().isMark(name.bytes())) {
              addHidden(hiddenBelow, name);
            } else {
              mergeEntry(listing, dir, fd.get(), dirents, name, mayHoldFileWhiteouts);
            }
          }
        }
      }
    }
    // Not before: a name of the layer itself may be listed after the mark that hides it below.
    for (NameKey hidden : hiddenBelow) {
      listing.hide(hidden);
    }
  }

  private void addHidden(List<NameKey> names, NameKey mark) {
    byte[] hidden = stack.aufs().hiddenBy(mark.bytes());
    if (hidden != null) {
      names.add(new NameKey(hidden));
    }
  }

  private void mergeEntry(
      Listing listing,
      RealDir dir,
      int fd,
      Dirents dirents,
      NameKey name,
      boolean mayHoldFileWhiteouts) {
    if (listing.hasSeen(name)) {
      return;
    }
    int type = visibleType(fd, dirents);
    boolean hidden =
        type < 0
            || mayHoldFileWhiteouts
                && type == Linux.DT_REG
                && stack.xattr().isWhiteout(fd, dirents.nameAddress(), name.bytes().length)
                && isEmpty(fd, dirents);
    if (hidden) {
      listing.hide(name);
    } else {
      listing.add(new Listing.Item(name, type, dirents.ino(), dir.layer().index()));
    }
  }

  /** A file with content is no whiteout, whatever attribute it has. */
  private boolean isEmpty(int fd, Dirents dirents) {
    Statx stat = Scratch.current(sys).statx();
    return Search.statx(sys, fd, dirents.nameAddress(), stat) == 0 && stat.size() == 0;
  }

  /**
   * The DT_ type of the current entry, found out where the filesystem does not say; -1: whiteout.
   */
  int visibleType(int fd, Dirents dirents) {
    int type = dirents.type();
    if (type != Linux.DT_CHR && type != Linux.DT_UNKNOWN) {
      return type;
    }
    Statx stat = Scratch.current(sys).statx();
    int rc =
        sys.statx(
            fd, dirents.nameAddress(), Linux.AT_SYMLINK_NOFOLLOW, Linux.STATX_BASIC_STATS, stat);
    if (rc < 0) {
      // Gone meanwhile, or unreadable: the name is listed, a look at it tells the reason.
      return type;
    }
    return Whiteout.isWhiteout(stat) ? -1 : (stat.mode() & Linux.S_IFMT) >> 12;
  }

  /** A real directory, to be listed. */
  Fd openForReading(RealDir dir) throws ErrnoException {
    int fd = dir.acquire();
    try {
      int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
      return new Fd(sys, check(sys.openat(fd, Scratch.current(sys).path("."), flags, 0)));
    } finally {
      dir.release();
    }
  }
}
