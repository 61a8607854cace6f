package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.NameKey;
import ovl.fs.SetAttr;
import ovl.layer.LayerStack;
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
  private final Places places;
  private final Index index;
  private final Purity purity;
  private final OverlayOptions options;
  private final MetadataCopy metadata;
  private final RealStat realStat;
  private final CopyUpPreparation preparation;
  private final CopyUpPublication publication;
  private final LinkUp linkUp;
  private final DataCopyUp dataCopyUp;
  private final boolean syncsAll;
  private final CopyUpTurns turns = new CopyUpTurns();
  private final KernelCache kernel;
  private final CopyUps copyUps = new CopyUps();

  CopyUp(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.places = context.places();
    this.index = context.index();
    this.purity = context.purity();
    this.options = context.options();
    this.kernel = context.kernel();
    this.realStat = context.realStat();
    this.metadata = new MetadataCopy(context);
    DataCopy data = new DataCopy(sys);
    this.dataCopyUp = new DataCopyUp(context, data);
    this.preparation = new CopyUpPreparation(context, data);
    this.publication = new CopyUpPublication(context);
    this.linkUp = new LinkUp(context, this, turns);
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
  enum Extent {
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
      linkUp.giveFirstName(node);
    } else if (!node.isDirectory()) {
      linkUp.giveOtherNames(node);
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
      preparation.prepare(context, extent, running);
      metadata.copy(context);
      if ((context.hasData() || syncsAll) && !options.isVolatile()) {
        sync(context);
      }
      if (context.isIndexed()) {
        publication.publishInIndex(context);
      } else {
        publication.publish(context);
      }
      running.done();
    }
  }

  /** As in the kernel, a file whose data is nowhere does not come to upper. */
  private void checkHasData(Node node) throws ErrnoException {
    purity.requireData(node);
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
      linkUp.giveName(node, at);
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
      linkUp.giveOtherNames(node);
    }
  }
}
