package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.NameKey;
import ovl.fs.SetAttr;
import ovl.layer.IndexDir;
import ovl.layer.LayerStack;
import ovl.layer.OverlayXattr.Nlink;
import ovl.layer.OverrideStat;
import ovl.layer.RealDir;
import ovl.layer.WorkDir;
import ovl.overlay.Node.RealKey;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Brings a node and its missing ancestors to upper (kernel: fs/overlayfs/copy_up.c). The topmost
 * ancestor that is not there comes first; each is prepared in the workdir, with data and metadata,
 * and then published at the node's current place by one atomic link or rename. Data is copied with
 * no lock held but the node's own turn, so nobody who does not need this very node waits.
 */
final class CopyUp {
  private static final Logger log = LoggerFactory.getLogger(CopyUp.class);

  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Places places;
  private final Index index;
  private final OverlayOptions options;
  private final MetadataCopy metadata;
  private final RealStat realStat;
  private final DataCopy data;
  private final DataCopyUp dataCopyUp;
  private final boolean metacopy;
  private final boolean syncsAll;
  private final CopyUpTurns turns = new CopyUpTurns();
  private final KernelCache kernel;
  private final CopyUps copyUps = new CopyUps();

  CopyUp(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.places = context.places();
    this.index = context.index();
    this.options = context.options();
    this.kernel = context.kernel();
    this.realStat = context.realStat();
    this.metadata = new MetadataCopy(context);
    this.data = new DataCopy(sys);
    this.dataCopyUp = new DataCopyUp(context, data);
    this.metacopy = context.features().metacopy();
    this.syncsAll = context.features().syncsAll();
  }

  /** Those that were made and those in progress. */
  CopyUps copyUps() {
    return copyUps;
  }

  /**
   * Makes sure that a node is on upper, under all its known names. The caller holds no lock.
   *
   * @throws ErrnoException EROFS without an upper; ENOENT if the node was removed meanwhile; what
   *     the filesystem says (ENOSPC, EDQUOT, EIO)
   */
  void ensureUpper(Node node) throws ErrnoException {
    ensureUpper(node, Extent.METADATA, true);
  }

  /** As {@link #ensureUpper(Node)}, for a change of the data: it must be there too. */
  void ensureUpperData(Node node) throws ErrnoException {
    ensureUpper(node, Extent.ALL, true);
  }

  /** As {@link #ensureUpper(Node)}, for an open with O_TRUNC: no data is copied. */
  void ensureUpperTruncated(Node node) throws ErrnoException {
    ensureUpper(node, Extent.TRUNCATED, true);
  }

  /** As {@link #ensureUpper(Node)}, for a change whose answer tells the kernel the attributes. */
  void ensureUpperForAnswer(Node node, SetAttr set) throws ErrnoException {
    Extent extent = Extent.METADATA;
    if (set.setSize) {
      extent = set.size == 0 ? Extent.TRUNCATED : Extent.ALL;
    }
    ensureUpper(node, extent, false);
  }

  /** How much of a file is needed on upper. */
  private enum Extent {
    METADATA,
    ALL,
    TRUNCATED
  }

  private void ensureUpper(Node node, Extent extent, boolean tellsKernel) throws ErrnoException {
    if (stack.isReadOnly()) {
      throw ErrnoException.of(Errno.EROFS);
    }
    while (!node.isOnUpper()) {
      Node next = topmostMissing(node);
      try (CopyUpTurns.Turn turn = turns.take(next)) {
        if (!next.isOnUpper()) {
          copyUp(next, next == node ? extent : Extent.METADATA);
          if (tellsKernel || next != node) {
            // Only ctime and the like: what a user can read has not changed.
            kernel.changed(next);
          }
        }
      }
    }
    if (node.indexEntry() != null) {
      linkFirstName(node);
    } else if (!node.isDirectory()) {
      linkOtherNames(node);
    }
    if (extent != Extent.METADATA && !node.hasDataOnUpper()) {
      try (CopyUpTurns.Turn turn = turns.take(node)) {
        LowerData from = node.real().data();
        if (from != null) {
          try (CopyUps.Running running = copyUps.begin(node)) {
            dataCopyUp.copy(node, from, extent == Extent.TRUNCATED, running);
          }
        }
      }
      if (tellsKernel) {
        kernel.changed(node);
      }
    }
  }

  private static Node topmostMissing(Node node) {
    Node topmost = node;
    for (Node at = node; at.place() != null; ) {
      // An unlinked file goes to upper without a name: its ancestors stay where they are.
      if (at == node && at.isRemoved()) {
        return node;
      }
      at = at.place().parent();
      if (at.isOnUpper()) {
        break;
      }
      topmost = at;
    }
    return topmost;
  }

  private void copyUp(Node node, Extent extent) throws ErrnoException {
    log.debug("copy-up of {}", node);
    try (CopyUps.Running running = copyUps.begin(node);
        CopyUpContext context = new CopyUpContext(sys, stack.work(), node)) {
      openSource(context);
      if (index.isOn() && !node.isDirectory() && context.nlink() > 1) {
        context.setIsIndexed();
      }
      checkHasData(node);
      switch (node.type()) {
        case Linux.S_IFREG -> prepareFile(context, extent, running);
        case Linux.S_IFDIR -> prepareDirectory(context);
        case Linux.S_IFLNK -> prepareSymlink(context);
        default -> prepareSpecial(context);
      }
      metadata.copy(context);
      if (context.isMetacopy()) {
        check(stack.xattr().setMetacopy(context.target().get()));
      }
      if (context.isIndexed()) {
        // It is one link that stands for all.
        Nlink nlink = new Nlink(true, context.nlink() - 1);
        check(stack.xattr().setNlink(context.target().get(), nlink));
      }
      if ((context.hasData() || syncsAll) && !options.isVolatile()) {
        sync(context);
      }
      if (context.isIndexed()) {
        publishInIndex(context);
      } else {
        publish(context);
      }
      running.done();
    }
  }

  /** As in the kernel, a file whose data is nowhere does not come to upper. */
  private static void checkHasData(Node node) throws ErrnoException {
    LowerData data = node.real().data();
    if (data != null) {
      data.open().close();
    }
  }

  private void sync(CopyUpContext context) throws ErrnoException {
    if (context.isRegular()) {
      check(sys.fsync(context.target().get()));
    } else if (context.isDirectory()) {
      // Its descriptor is an O_PATH one.
      int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
      long dot = Scratch.current(sys).path(".");
      try (Fd dir = new Fd(sys, check(sys.openat(context.target().get(), dot, flags, 0)))) {
        check(sys.fsync(dir.get()));
      }
    }
  }

  private void openSource(CopyUpContext context) throws ErrnoException {
    try (Places.Pinned at = places.pin(context.node())) {
      Scratch scratch = Scratch.current(sys);
      Statx stat = scratch.statx();
      check(realStat.read(at, Linux.STATX_BASIC_STATS, stat));
      context.remember(stat);
      boolean isFile = stat.isRegular();
      int flags = isFile ? Linux.O_RDONLY | Linux.O_NOATIME : Linux.O_PATH;
      long name = at.isSelf() ? scratch.path(".") : at.name();
      int fd = sys.openat(at.fd(), name, flags | Linux.O_NOFOLLOW | Linux.O_CLOEXEC, 0);
      if (fd == -Errno.EPERM && isFile) {
        // O_NOATIME is for owners and root only.
        fd = sys.openat(at.fd(), name, Linux.O_RDONLY | Linux.O_NOFOLLOW | Linux.O_CLOEXEC, 0);
      }
      context.setSource(new Fd(sys, check(fd)));
    }
  }

  private void prepareFile(CopyUpContext context, Extent extent, CopyUps.Running running)
      throws ErrnoException {
    WorkDir work = stack.work();
    if (work.hasTmpfile()) {
      context.setTarget(work.openTmpfile());
    } else {
      byte[] name = work.newName();
      context.setTarget(work.createFile(name));
      context.setTemporary(name, 0);
    }
    if (extent == Extent.METADATA && metacopy) {
      check(sys.ftruncate(context.target().get(), context.size()));
      context.setIsMetacopy();
    } else if (extent != Extent.TRUNCATED && context.size() > 0) {
      running.expect(context.size());
      copyData(context, running);
      context.setHasData();
    }
  }

  private void copyData(CopyUpContext context, CopyUps.Running running) throws ErrnoException {
    LowerData lower = context.node().real().data();
    if (lower == null) {
      data.copy(
          context.source().get(),
          context.target().get(),
          context.size(),
          context.mayHaveHoles(),
          running::reached);
      return;
    }
    try (Fd source = lower.open()) {
      data.copy(source.get(), context.target().get(), context.size(), true, running::reached);
    }
  }

  private void prepareDirectory(CopyUpContext context) throws ErrnoException {
    WorkDir work = stack.work();
    byte[] name = work.newName();
    check(sys.mkdirat(work.fd(), Scratch.current(sys).path(name), 0700));
    context.setTemporary(name, Linux.AT_REMOVEDIR);
    context.setTarget(work.openPath(name));
  }

  private void prepareSymlink(CopyUpContext context) throws ErrnoException {
    WorkDir work = stack.work();
    Scratch scratch = Scratch.current(sys);
    long length =
        check(
            sys.readlinkat(
                context.source().get(), scratch.empty(), scratch.value(), Linux.PATH_MAX));
    long target = scratch.path2(scratch.valueBytes((int) length));
    byte[] name = work.newName();
    check(sys.symlinkat(target, work.fd(), scratch.path(name)));
    context.setTemporary(name, 0);
    context.setTarget(work.openPath(name));
  }

  private void prepareSpecial(CopyUpContext context) throws ErrnoException {
    WorkDir work = stack.work();
    byte[] name = work.newName();
    int mode =
        realStat.isOverriding()
            ? OverrideStat.realMode(context.mode())
            : context.mode() & Linux.S_IFMT | 0600;
    check(sys.mknodat(work.fd(), Scratch.current(sys).path(name), mode, context.rdev()));
    context.setTemporary(name, 0);
    context.setTarget(work.openPath(name));
  }

  /** Makes it an entry of the index; names on upper are links to it. */
  private void publishInIndex(CopyUpContext context) throws ErrnoException {
    Node node = context.node();
    try (Places.Held held = places.lock(node)) {
      byte[] entry = IndexDir.nameOf(context.origin());
      install(context, index.fd(), entry);
      node.addNlinkDeltaLocked(context.nlink() - 1);
      node.setIndexEntryLocked(entry);
      node.setRealLocked(copiedLeaf(context, node.place()));
    }
  }

  private void publish(CopyUpContext context) throws ErrnoException {
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
      int parentFd = parent.acquire();
      try {
        if (context.hasOrigin() || context.isMetacopy()) {
          markImpure(parent, parentFd);
        }
        ParentTimes times = ParentTimes.read(sys, parentFd);
        install(context, parentFd, place.name().bytes());
        times.restore(sys, parentFd);
      } finally {
        parent.release();
      }
      finish(context, place);
      return true;
    }
  }

  private void install(CopyUpContext context, int parentFd, byte[] name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    if (context.temporary() == null) {
      linkDescriptor(context.target().get(), parentFd, scratch.path(name));
      return;
    }
    long temporary = scratch.path2(context.temporary());
    check(
        sys.renameat2(
            stack.work().fd(), temporary, parentFd, scratch.path(name), Linux.RENAME_NOREPLACE));
    context.temporaryIsGone();
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
    kernel.namesChanged(place.parent());
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

  /** Marks a directory as one that may contain entries with an origin; once. */
  void markImpure(RealDir dir, int fd) throws ErrnoException {
    if (dir.impurity() != RealDir.Impurity.IMPURE) {
      check(stack.xattr().setImpure(fd));
      dir.setImpurity(RealDir.Impurity.IMPURE);
    }
  }

  /**
   * Gives a hard-linked file that was copied up its other known names on upper too: otherwise the
   * next mount would show the old content under them.
   */
  private void linkOtherNames(Node node) throws ErrnoException {
    for (Place other = lowerPlace(node); other != null; other = lowerPlace(node)) {
      linkName(node, other);
    }
  }

  /**
   * With an index one name on upper is enough: the others lead to the copy from where they are. The
   * kernel chooses the one that is used; a request names the node only.
   */
  private void linkFirstName(Node node) throws ErrnoException {
    for (Place at = node.place(); !at.isUpper() && !node.isRemoved(); at = node.place()) {
      linkName(node, at);
    }
  }

  private void linkName(Node node, Place lower) throws ErrnoException {
    ensureUpper(lower.parent());
    try (CopyUpTurns.Turn turn = turns.take(node);
        NameLocks names = NameLocks.exclusive(lower.parent());
        Places.Held held = places.lock(node)) {
      if (node.placeAtLocked(lower.parent(), lower.name()) == lower) {
        linkLocked(node, lower);
      }
    }
  }

  /** As {@link #ensureUpper(Node)}, and under this name; with an index under no other. */
  void ensureUpper(Node node, Node dir, NameKey name) throws ErrnoException {
    if (index.isOn() && node.isHardLink()) {
      try (Places.Held held = places.lock(node)) {
        node.preferPlaceLocked(dir, name);
      }
    }
    ensureUpper(node);
    if (node.indexEntry() == null) {
      return;
    }
    Place at;
    try (Places.Held held = places.lock(node)) {
      at = node.placeAtLocked(dir, name);
    }
    if (at != null && !at.isUpper()) {
      linkName(node, at);
    }
  }

  /**
   * Before a name of a hard-linked file goes: the others must not be left with the lower content.
   * With an index it is copied up for the link count (kernel: ovl_nlink_start). The caller holds no
   * lock.
   */
  void prepareLoss(Node node, Node dir, NameKey name) throws ErrnoException {
    if (index.isOn()) {
      if (node.isHardLink()) {
        ensureUpper(node, dir, name);
      }
    } else if (node.isOnUpper() && !node.isDirectory()) {
      linkOtherNames(node);
    }
  }

  private Place lowerPlace(Node node) {
    if (!node.hasOtherPlaces()) {
      return null;
    }
    try (Places.Held held = places.lock(node)) {
      return node.placesLocked().stream().filter(p -> !p.isUpper()).findFirst().orElse(null);
    }
  }

  private void linkLocked(Node node, Place other) throws ErrnoException {
    boolean isIndexed = node.indexEntry() != null;
    RealDir to = other.parent().real().upper();
    int toFd = to.acquire();
    try {
      if (isIndexed) {
        markImpure(to, toFd);
        index.relateToLowerLocked(node, other);
      }
      ParentTimes times = ParentTimes.read(sys, toFd);
      long name = Scratch.current(sys).path2(other.name().bytes());
      check(places.linkLocked(node, toFd, name));
      times.restore(sys, toFd);
    } finally {
      to.release();
    }
    node.addNlinkDeltaLocked(-1);
    nodes.movePlaceLocked(node, other.parent(), other.name(), other.copiedUp());
    kernel.namesChanged(other.parent());
    if (isIndexed) {
      index.relateToUpperLocked(node);
    }
  }
}
