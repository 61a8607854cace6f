package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/** Gives a node one more name (kernel: ovl_link in fs/overlayfs/dir.c). */
final class Link {
  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final FreeNames freeNames;
  private final CopyUp copyUp;
  private final Places places;
  private final Index index;
  private final KernelCache kernel;
  private final Redirects redirects;
  private final Protection protection;

  Link(VerbContext context, FreeNames freeNames, CopyUp copyUp) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.freeNames = freeNames;
    this.copyUp = copyUp;
    this.places = context.places();
    this.index = context.index();
    this.kernel = context.kernel();
    this.redirects = new Redirects(context);
    this.protection = context.protection();
  }

  /**
   * Links a node into a directory, after the copy-up of both.
   *
   * @throws ErrnoException EPERM for a directory; EEXIST; ENOENT if the directory was removed
   */
  void link(Node node, Node dir, NameKey name) throws ErrnoException {
    if (node.isDirectory()) {
      throw ErrnoException.of(Errno.EPERM);
    }
    protection.refuse(dir, Protection.IMMUTABLE);
    protection.refuse(node, Protection.ANY);
    copyUp.ensureUpper(node);
    copyUp.ensureUpper(dir);
    try (NameLocks names = NameLocks.exclusive(dir)) {
      boolean overWhiteout = freeNames.checkFreeLocked(dir, name);
      if (node.real().data() != null) {
        redirects.markLocked(node, false);
      }
      RealDir upper = dir.real().upper();
      int dirFd = upper.acquire();
      try {
        if (node.real().hasOrigin()) {
          stack.markImpure(upper, dirFd);
        }
        linkLocked(node, dir, dirFd, name, overWhiteout);
      } finally {
        upper.release();
      }
      dir.dir().children.put(name, node);
      kernel.namesChanged(dir);
    }
    kernel.changed(node);
  }

  private void linkLocked(Node node, Node dir, int dirFd, NameKey name, boolean overWhiteout)
      throws ErrnoException {
    try (Places.Pinned at = places.pin(node)) {
      Scratch scratch = Scratch.current(sys);
      boolean isIndexed = node.indexEntry() != null;
      // Before the link: nothing may fail once it is there.
      Node.RealKey key = isIndexed ? null : realKey(at);
      if (isIndexed) {
        index.relateToUpperLocked(node);
      }
      int rc = -Errno.EEXIST;
      if (!overWhiteout) {
        rc = places.linkLocked(node, dirFd, scratch.path2(name.bytes()));
      }
      if (rc == -Errno.EEXIST) {
        freeNames.checkIsWhiteoutLocked(dir, name);
        byte[] temporary = stack.work().newName();
        linkOverWhiteout(node, dir, dirFd, name, temporary);
      } else {
        check(rc);
      }
      if (!isIndexed) {
        nodes.addHardLink(key, node);
      }
      nodes.addPlaceLocked(node, Place.onUpper(dir, name));
      if (node.orphan() != null) {
        node.orphan().close();
        node.setOrphanLocked(null);
      }
    }
  }

  private void linkOverWhiteout(Node node, Node dir, int dirFd, NameKey name, byte[] temporary)
      throws ErrnoException {
    long path = Scratch.current(sys).path2(temporary);
    check(places.linkLocked(node, stack.work().fd(), path));
    boolean done = false;
    try {
      freeNames.swapIn(temporary, dir, dirFd, name, false);
      done = true;
    } finally {
      if (!done) {
        stack.work().remove(temporary, 0);
      }
    }
  }

  /** By which a lookup of any of its names will find the node from now on. */
  private Node.RealKey realKey(Places.Pinned at) throws ErrnoException {
    Statx stat = Scratch.current(sys).statx();
    check(sys.statx(at.fd(), at.name(), at.flags(), Attributes.STATX_MASK, stat));
    return new Node.RealKey(stat.dev(), stat.ino());
  }
}
