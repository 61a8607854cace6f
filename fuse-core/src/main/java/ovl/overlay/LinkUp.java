package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.ErrnoException;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** Gives a hard-linked file that is on upper its names there: those it has on lowers so far. */
final class LinkUp {
  private final Syscalls sys;
  private final LayerStack stack;
  private final NodeTable nodes;
  private final Places places;
  private final Index index;
  private final KernelCache kernel;
  private final CopyUp copyUp;
  private final CopyUpTurns turns;

  LinkUp(VerbContext context, CopyUp copyUp, CopyUpTurns turns) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.nodes = context.nodes();
    this.places = context.places();
    this.index = context.index();
    this.kernel = context.kernel();
    this.copyUp = copyUp;
    this.turns = turns;
  }

  /**
   * Gives a hard-linked file that was copied up its other known names on upper too: otherwise the
   * next mount would show the old content under them.
   */
  void giveOtherNames(Node node) throws ErrnoException {
    for (Place other = lowerPlace(node); other != null; other = lowerPlace(node)) {
      giveName(node, other);
    }
  }

  /**
   * With an index one name on upper is enough: the others lead to the copy from where they are. The
   * kernel chooses the one that is used; a request names the node only.
   */
  void giveFirstName(Node node) throws ErrnoException {
    for (Place at = node.place(); !at.isUpper() && !node.isRemoved(); at = node.place()) {
      giveName(node, at);
    }
  }

  void giveName(Node node, Place lower) throws ErrnoException {
    copyUp.ensureUpper(lower.parent());
    try (CopyUpTurns.Turn turn = turns.take(node);
        NameLocks names = NameLocks.exclusive(lower.parent());
        Places.Held held = places.lock(node)) {
      if (node.placeAtLocked(lower.parent(), lower.name()) == lower) {
        linkLocked(node, lower);
      }
    }
  }

  private Place lowerPlace(Node node) {
    if (!node.hasOtherPlaces()) {
      return null;
    }
    try (Places.Held held = places.lock(node)) {
      for (Place place : node.placesLocked()) {
        if (!place.isUpper()) {
          return place;
        }
      }
      return null;
    }
  }

  private void linkLocked(Node node, Place other) throws ErrnoException {
    boolean isIndexed = node.indexEntry() != null;
    RealDir to = other.parent().real().upper();
    int toFd = to.acquire();
    try {
      if (isIndexed || node.real().data() != null) {
        stack.markImpure(to, toFd);
      }
      if (isIndexed) {
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
