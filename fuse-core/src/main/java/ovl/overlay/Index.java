package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.IndexDir;
import ovl.layer.LayerStack;
import ovl.layer.Origin;
import ovl.layer.OverlayXattr.Nlink;
import ovl.layer.RealDir;
import ovl.layer.Whiteout;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Lower files with several names, copied up once for all of them (kernel: {@code index=on}). The
 * copy is an entry of the index, by which its node is addressed, and gets those of its names on
 * upper that are used for a change; the others lead to it through the index. What users see as its
 * link count, the names on upper and the lower ones that are not hidden, is written beside it,
 * relative to the real count: before a change of both, so that it is right before and after
 * (kernel: ovl_set_nlink_upper, ovl_set_nlink_lower).
 */
final class Index {
  private static final Logger log = LoggerFactory.getLogger(Index.class);

  private final Syscalls sys;
  private final LayerStack stack;
  private final IndexDir dir;

  Index(Syscalls sys, LayerStack stack) {
    this.sys = sys;
    this.stack = stack;
    this.dir = stack.index();
  }

  boolean isOn() {
    return dir != null;
  }

  int fd() {
    return dir.fd();
  }

  /**
   * An entry of the index.
   *
   * @param nlinkDelta what the link count that is shown differs by from that of the entry
   */
  record Entry(byte[] name, int nlinkDelta) {}

  /**
   * The entry that a file on upper is linked to.
   *
   * @param handle of its origin
   * @param stat of the file; stays as it is
   * @return null if it is linked to none: its link to the lower file was broken
   */
  Entry ofUpper(byte[] handle, Origin.Found origin, Statx stat) throws ErrnoException {
    if (dir == null || stat.nlink() == 1) {
      return null;
    }
    byte[] name = IndexDir.nameOf(handle);
    Statx entry = dir.find(name);
    if (entry == null || entry.ino() != stat.ino() || entry.dev() != stat.dev()) {
      return null;
    }
    int links = dir.nlink(name, stat.nlink(), origin.nlink(), stat.nlink());
    return new Entry(name, links - stat.nlink());
  }

  /**
   * The entry for a lower file with several names.
   *
   * @return null if it was not copied up so far
   * @throws ErrnoException EIO if there is one that cannot be its copy (kernel: ovl_lookup_index)
   */
  Entry ofLower(Found found, byte[] leaf) throws ErrnoException {
    if (dir == null) {
      return null;
    }
    byte[] name = IndexDir.nameOf(handle(found.parent, leaf));
    Statx entry = dir.find(name);
    if (entry == null) {
      return null;
    }
    if (Whiteout.isWhiteout(entry) || (entry.mode() & Linux.S_IFMT) != found.type) {
      log.warn("the index has something else for {}", found.layer);
      throw ErrnoException.of(Errno.EIO);
    }
    int upperLinks = entry.nlink();
    return new Entry(name, dir.nlink(name, upperLinks, found.nlink, upperLinks) - upperLinks);
  }

  private byte[] handle(RealDir parent, byte[] leaf) throws ErrnoException {
    int fd = parent.acquire();
    try {
      return stack.origin().encode(parent.layer(), fd, Scratch.current(sys).path(leaf));
    } finally {
      parent.release();
    }
  }

  /** True if an entry has metadata only. */
  boolean isMetacopy(Entry entry) throws ErrnoException {
    long name = Scratch.current(sys).path(entry.name());
    return stack.xattr().isMetacopy(dir.fd(), name, entry.name().length);
  }

  /**
   * To be called before a name on upper is added or goes. Requires: placeLock(node).
   *
   * @throws ErrnoException as setxattr(2)
   */
  void relateToUpperLocked(Node node) throws ErrnoException {
    set(node, new Nlink(true, node.nlinkDelta()));
  }

  /**
   * To be called before a lower name becomes one on upper too, which changes the count of upper
   * only. Requires: placeLock(node).
   *
   * @param other the lower name
   */
  void relateToLowerLocked(Node node, Place other) throws ErrnoException {
    int shown = linksLocked(node) + node.nlinkDelta();
    RealDir lower = other.realParent();
    int fd = lower.acquire();
    try {
      Scratch scratch = Scratch.current(sys);
      Statx stat = scratch.statx2();
      check(Search.statx(sys, fd, scratch.path(other.name().bytes()), stat));
      set(node, new Nlink(false, shown - stat.nlink()));
    } finally {
      lower.release();
    }
  }

  private void set(Node node, Nlink value) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    byte[] name = node.indexEntry();
    long path = scratch.procFd(dir.fd(), scratch.path2(name), name.length);
    check(stack.xattr().setNlink(path, value));
  }

  /** Of the entry, itself included. */
  private int linksLocked(Node node) throws ErrnoException {
    Statx stat = dir.find(node.indexEntry());
    if (stat == null) {
      throw ErrnoException.of(Errno.ESTALE);
    }
    return stat.nlink();
  }

  /**
   * To be called before a name on upper goes. Requires: placeLock(node).
   *
   * @return if it is the last name, a descriptor by which the file is reached afterwards; else null
   */
  Fd prepareRemovalLocked(Node node) throws ErrnoException {
    relateToUpperLocked(node);
    if (linksLocked(node) + node.nlinkDelta() > 1) {
      return null;
    }
    Scratch scratch = Scratch.current(sys);
    int flags = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    return new Fd(sys, check(sys.openat(dir.fd(), scratch.path2(node.indexEntry()), flags, 0)));
  }

  /**
   * To be called when the last name is gone: removes the entry (kernel: ovl_cleanup_index).
   * Requires: placeLock(node).
   *
   * @return false if upper has other names still, of which the count knew nothing: it does now
   */
  boolean removeLocked(Node node) {
    try {
      int links = linksLocked(node);
      if (links == 1) {
        check(sys.unlinkat(dir.fd(), Scratch.current(sys).path2(node.indexEntry()), 0));
        return true;
      }
      log.warn("{} has {} links more than counted", node, links - 1);
      node.addNlinkDeltaLocked(-1 - node.nlinkDelta());
      relateToUpperLocked(node);
      return false;
    } catch (ErrnoException e) {
      // The name is gone all the same; the next mount cleans what is left of the entry.
      log.warn("index entry of {} not removed: {}", node, e.getMessage());
      return true;
    }
  }
}
