package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.IndexDir;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.overlay.Node.RealKey;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Gives the finished object of a copy-up its name on upper by one atomic link or rename, and the
 * node its new real object.
 */
final class CopyUpPublication {
  private static final Logger log = LoggerFactory.getLogger(CopyUpPublication.class);

  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Places places;
  private final Index index;
  private final KernelCache kernel;

  CopyUpPublication(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.places = context.places();
    this.index = context.index();
    this.kernel = context.kernel();
  }

  /** Makes it an entry of the index; names on upper are links to it. */
  void publishInIndex(CopyUpContext context) throws ErrnoException {
    Node node = context.node();
    try (Places.Held held = places.lock(node)) {
      byte[] entry = IndexDir.nameOf(context.origin());
      install(context, index.fd(), entry);
      node.addNlinkDeltaLocked(context.nlink() - 1);
      node.setIndexEntryLocked(entry);
      node.setRealLocked(copiedLeaf(context, node.place()));
    }
  }

  /** Publishes it at the current place of the node. */
  void publish(CopyUpContext context) throws ErrnoException {
    while (!publishIn(context, context.node().place())) {
      // It was moved to another directory before its own was locked.
      log.debug("{} was moved during its copy-up", context.node());
    }
  }

  /**
   * Publishes under the lock on the parent's names: between reading the times of the parent and
   * putting them back nobody else may change it.
   *
   * @return false if the node is in another directory by now
   */
  private boolean publishIn(CopyUpContext context, Place expected) throws ErrnoException {
    Node node = context.node();
    try (NameLocks names = NameLocks.exclusive(expected.parent());
        Places.Held held = places.lock(node)) {
      if (node.isRemoved()) {
        publishWithoutName(context);
        return true;
      }
      Place place = node.place();
      if (place.parent() != expected.parent()) {
        return false;
      }
      RealDir parent = place.parent().real().upper();
      if (parent == null) {
        // It lost the name that it was prepared for; the next round starts from the one it has now.
        return true;
      }
      installIn(parent, context, place);
      finish(context, place);
      return true;
    }
  }

  /** Gives it its name in the directory, which shows no change to users. */
  private void installIn(RealDir parent, CopyUpContext context, Place place) throws ErrnoException {
    Node dir = place.parent();
    ShownCtime ctime = dir.dir().ctimeForCopyUp();
    int fd = parent.acquire();
    int changes = ctime.begin();
    boolean isUnseen = false;
    try {
      ParentTimes times = ParentTimes.read(sys, fd);
      // Also where no origin could be stored, as in the kernel (ovl_do_copy_up).
      stack.markImpure(parent, fd);
      install(context, fd, place.name().bytes());
      times.restore(sys, fd);
      isUnseen = keep(ctime, changes, times, fd);
    } finally {
      ctime.end();
      parent.release();
    }
    if (isUnseen) {
      dir.dir().changed();
    } else {
      kernel.namesChanged(dir);
    }
  }

  /** Fails in nothing: the name is there. */
  private boolean keep(ShownCtime ctime, int changes, ParentTimes before, int fd) {
    try {
      return ctime.keep(changes, before, ParentTimes.read(sys, fd));
    } catch (ErrnoException e) {
      log.warn("times of a directory after a copy-up: {}", e.getMessage());
      return false;
    }
  }

  private void install(CopyUpContext context, int parentFd, byte[] name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    if (context.temporary() == null) {
      linkDescriptor(context.target().get(), parentFd, scratch.path(name));
      return;
    }
    long temporary = scratch.path2(context.temporary());
    int rc = moveIn(temporary, parentFd, scratch.path(name));
    if (rc == -Errno.EACCES && context.isDirectory()) {
      rc = moveInWritable(context, temporary, parentFd, scratch.path(name));
    }
    check(rc);
    context.temporaryIsGone();
  }

  private int moveIn(long temporary, int parentFd, long name) {
    return sys.renameat2(stack.work().fd(), temporary, parentFd, name, Linux.RENAME_NOREPLACE);
  }

  /**
   * Without root, to move a directory takes write permission on it, as its {@code ..} changes: it
   * has that for as long as it is moved.
   */
  private int moveInWritable(CopyUpContext context, long temporary, int parentFd, long name)
      throws ErrnoException {
    int target = context.target().get();
    int mode = context.mode() & 07777;
    check(sys.chmod(Scratch.current(sys).procFd(target), mode | 0700));
    int rc = moveIn(temporary, parentFd, name);
    int back = sys.chmod(Scratch.current(sys).procFd(target), mode);
    if (back < 0) {
      // Nothing to fail for: it may be at its place already.
      log.warn("mode of {} after its copy-up: {}", context.node(), Errno.name(-back));
    }
    return rc;
  }

  /** Gives a name to a file that is known by descriptor only. */
  private void linkDescriptor(int fd, int dirFd, long name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    int rc = sys.linkat(fd, scratch.empty(), dirFd, name, Linux.AT_EMPTY_PATH);
    if (rc == -Errno.ENOENT) {
      // Without CAP_DAC_READ_SEARCH the way over /proc is open to the one who made the file.
      rc = sys.linkat(Linux.AT_FDCWD, scratch.procFd(fd), dirFd, name, Linux.AT_SYMLINK_FOLLOW);
    }
    check(rc);
  }

  /** The node lost its last name while it was copied: it lives on as an unlinked file. */
  private void publishWithoutName(CopyUpContext context) throws ErrnoException {
    Node node = context.node();
    if (node.isDirectory()) {
      throw ErrnoException.of(Errno.ENOENT);
    }
    RealStack real = copiedLeaf(context, node.place());
    node.setOrphanLocked(context.releaseTarget());
    node.setRealLocked(real);
    nodes.severHardLinkLocked(node);
  }

  private void finish(CopyUpContext context, Place place) {
    Node node = context.node();
    if (node.isDirectory()) {
      RealDir parent = place.parent().real().upper();
      node.setRealLocked(
          node.real().withUpper(parent.child(place.name().bytes(), context.targetIno())));
      return;
    }
    if (context.nlink() > 1) {
      // The other names still lead to the lower file on disk; within this mount all are one.
      node.addNlinkDeltaLocked(context.nlink() - 1);
      nodes.pinHardLinkLocked(node, new RealKey(stack.upper().dev(), context.targetIno()));
    }
    RealStack real = copiedLeaf(context, place);
    nodes.movePlaceLocked(node, place.parent(), place.name(), place.copiedUp());
    node.setRealLocked(real);
  }

  /**
   * @param place on the lower, where the data is left behind if only metadata was copied
   */
  private RealStack copiedLeaf(CopyUpContext context, Place place) {
    if (context.isMetacopy()) {
      LowerData lower = context.node().real().data();
      boolean hasOtherNames = context.nlink() > 1;
      return RealStack.metacopy(
          true,
          null,
          lower != null
              ? lower
              : LowerData.in(sys, stack, place.lower(), place.name().bytes(), hasOtherNames));
    }
    return context.hasOrigin() ? RealStack.UPPER_LEAF_WITH_ORIGIN : RealStack.UPPER_LEAF;
  }
}
