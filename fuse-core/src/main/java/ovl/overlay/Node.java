package ovl.overlay;

import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import ovl.fs.NameKey;
import ovl.sys.Fd;
import ovl.sys.Linux;

/**
 * One merged object: its nodeid (the kernel's name for it), its ino (what users see), and where its
 * real objects are. The three are kept apart: a nodeid is never reused, the ino never changes, and
 * the real object changes once, at copy-up.
 *
 * <p>Guards: {@code real} is immutable and written under placeLock; names ({@code place}, {@code
 * otherPlaces}, {@code removed}, {@code orphan}, {@code nlinkDelta}, {@code indexEntry}) under
 * placeLock; {@code nlookup}, {@code refs}, {@code dead} under the node's monitor, which only
 * {@link NodeTable} takes; the children of a directory under its dirLock.
 */
final class Node {
  /** What only directories have. */
  static final class DirState {
    final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    final ConcurrentHashMap<NameKey, Node> children = new ConcurrentHashMap<>(4);
    final SubdirectoryCount subdirectories = new SubdirectoryCount(lock);
    private final AtomicLong version = new AtomicLong();

    /** See {@link #keep}. */
    private volatile SoftReference<Listing> kept;

    /** Null until something is copied up in the directory. */
    private volatile ShownCtime ctime;

    /** The process that was listed names of it without attributes last; 0: none. */
    volatile int namedTo;

    /** Changes whenever the names in the directory, or the layers they are in, may have changed. */
    long version() {
      return version.get();
    }

    void changed() {
      version.incrementAndGet();
    }

    /** Keeps what was listed for another purpose, as memory allows, for who lists next. */
    void keep(Listing listing) {
      kept = new SoftReference<>(listing);
    }

    /** What was kept, once; null if there is nothing, or if it is too old. */
    Listing takeKept() {
      SoftReference<Listing> reference = kept;
      kept = null;
      Listing listing = reference == null ? null : reference.get();
      return listing != null && listing.version() == version() ? listing : null;
    }

    /** The ctime to show after copy-ups in the directory; null if there was none yet. */
    ShownCtime ctime() {
      return ctime;
    }

    /** As {@link #ctime()}, for a copy-up. */
    synchronized ShownCtime ctimeForCopyUp() {
      if (ctime == null) {
        ctime = new ShownCtime();
      }
      return ctime;
    }
  }

  private static final long[] NONE = {};

  /** Nobody has opened the file, so the kernel has no pages of it. */
  private static final byte UNTOUCHED = 0;

  /** Some request puts them there. */
  private static final byte BEING_FILLED = 1;

  /** The kernel's, from now on. */
  private static final byte TAKEN = 2;

  /** See {@link #protection}. */
  static final int PROTECTION_UNKNOWN = -1;

  /**
   * Identifies a real object that has several names. What a record compares by is generated when it
   * is first used, which would take the first user of a link 20 to 30 ms.
   */
  record RealKey(long dev, long ino) {
    @Override
    public boolean equals(Object other) {
      return other instanceof RealKey key && key.dev == dev && key.ino == ino;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(ino * 31 + dev);
    }
  }

  private final int lockNumber;
  private volatile long nodeid;

  /** Nodeids that the node had before. Written under the node's monitor. */
  private volatile long[] formerNodeids = NONE;

  private final int type;
  private final long ino;
  private final DirState dir;
  private volatile RealStack real;

  private volatile Place place;
  private volatile List<Place> otherPlaces;
  private volatile boolean removed;
  private Fd orphan;
  private int nlinkDelta;
  private volatile byte[] indexEntry;
  private volatile boolean mayBeMetacopy;

  /** Written under the node's monitor. */
  private volatile byte protection = PROTECTION_UNKNOWN;

  /**
   * Handles through which the real file may be changed without anybody being told, by a mapping.
   * Written under the node's monitor.
   */
  private volatile int unseenWriters;

  /** Whose the kernel's pages of a file are. Written under the node's monitor. */
  private volatile byte pages = UNTOUCHED;

  /** References by the kernel. */
  long nlookup;

  /** References by us: names in children maps, open handles, requests in progress. */
  int refs;

  /** Holds one of {@link #refs} itself: it stands for a hard link that was broken on disk. */
  boolean pinned;

  /** Taken out of the table, or about to be. */
  boolean dead;

  /** The keys under which the table knows this node as a hard link; null if none. */
  List<RealKey> keys;

  Node(long nodeid, int type, long ino, RealStack real) {
    this.nodeid = nodeid;
    this.lockNumber = (int) nodeid;
    this.type = type;
    this.ino = ino;
    this.real = real;
    this.dir = type == Linux.S_IFDIR ? new DirState() : null;
  }

  long nodeid() {
    return nodeid;
  }

  long[] formerNodeids() {
    return formerNodeids;
  }

  /** Requires: the node's monitor. */
  void renumberLocked(long number) {
    long[] former = Arrays.copyOf(formerNodeids, formerNodeids.length + 1);
    former[former.length - 1] = nodeid;
    formerNodeids = former;
    nodeid = number;
  }

  /** Chooses the placeLock; unlike the nodeid it never changes. */
  int lockNumber() {
    return lockNumber;
  }

  /** The S_IFMT bits. */
  int type() {
    return type;
  }

  /** The number shown as st_ino. */
  long ino() {
    return ino;
  }

  boolean isDirectory() {
    return dir != null;
  }

  /** The state of a directory; null for a leaf. */
  DirState dir() {
    return dir;
  }

  RealStack real() {
    return real;
  }

  boolean isOnUpper() {
    return real.onUpper();
  }

  boolean hasDataOnUpper() {
    return real.hasDataOnUpper();
  }

  /** Requires: placeLock. */
  void setRealLocked(RealStack stack) {
    real = stack;
  }

  /**
   * True if the real file may change without the kernel's node being told: by a mapping, or because
   * the kernel has one node for each nodeid.
   */
  boolean mayChangeUnseen() {
    return unseenWriters > 0 || formerNodeids.length > 0;
  }

  synchronized void addUnseenWriters(int change) {
    unseenWriters += change;
  }

  /** True, once at most, if nobody has used the data yet: {@link #endFill} must follow. */
  synchronized boolean beginFill() {
    boolean isFirst = pages == UNTOUCHED;
    if (isFirst) {
      pages = BEING_FILLED;
    }
    return isFirst;
  }

  synchronized void endFill() {
    pages = TAKEN;
    notifyAll();
  }

  /**
   * To be called before the data is used or changed: waits for whoever is filling the kernel's
   * pages, and lets nobody begin to.
   */
  void takePages() {
    if (pages != TAKEN) {
      awaitFill();
    }
  }

  private synchronized void awaitFill() {
    boolean interrupted = false;
    while (pages == BEING_FILLED) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    pages = TAKEN;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** One of its names, or its last one if it was removed; null for the root and unnamed files. */
  Place place() {
    return place;
  }

  /** True if no name leads here any more. */
  boolean isRemoved() {
    return removed;
  }

  /** A descriptor of a leaf that has no name on upper to be found by; null otherwise. */
  Fd orphan() {
    return orphan;
  }

  /** Requires: placeLock. */
  void setOrphanLocked(Fd fd) {
    orphan = fd;
  }

  /**
   * The name of the index entry by which a leaf on upper is addressed, whatever its names; null if
   * it has none.
   */
  byte[] indexEntry() {
    return indexEntry;
  }

  /** True if it was found, or made, as one of several names of a file. */
  boolean isHardLink() {
    return keys != null;
  }

  /** Requires: placeLock, or a node that nobody else knows yet. */
  void setIndexEntryLocked(byte[] entry) {
    indexEntry = entry;
  }

  /** The flags that {@link Protection} knows of, or {@link #PROTECTION_UNKNOWN}. */
  int protection() {
    return protection;
  }

  synchronized void setProtection(int flags) {
    protection = (byte) flags;
  }

  /** Takes in what was read, unless somebody has set them meanwhile. */
  synchronized void learnProtection(int flags) {
    if (protection == PROTECTION_UNKNOWN) {
      protection = (byte) flags;
    }
  }

  /** True if {@link Purity#requireData} has to ask. */
  boolean mayBeMetacopy() {
    return mayBeMetacopy;
  }

  /** Requires: a node that nobody else knows yet. */
  void setMayBeMetacopy() {
    mayBeMetacopy = true;
  }

  void setHasItsData() {
    mayBeMetacopy = false;
  }

  /** What st_nlink differs by from the real object's: names that are still on lowers. */
  int nlinkDelta() {
    return nlinkDelta;
  }

  /** Requires: placeLock. */
  void addNlinkDeltaLocked(int change) {
    nlinkDelta += change;
  }

  /** Requires: placeLock, or a node that nobody else knows yet. */
  void addPlaceLocked(Place added) {
    if (place == null || removed) {
      place = added;
      removed = false;
      return;
    }
    if (otherPlaces == null) {
      otherPlaces = new ArrayList<>(2);
    }
    // A name on upper comes first: it is what the real object is opened by. Without one it is the
    // name that was looked up last, probably the one that is used.
    if (!place.isUpper()) {
      otherPlaces.add(place);
      place = added;
    } else {
      otherPlaces.add(added);
    }
  }

  /**
   * Takes a name away. After the last one the place stays for addressing a lower leaf, which is
   * never removed itself. Requires: placeLock.
   */
  void removePlaceLocked(Node parent, NameKey name) {
    if (place.is(parent, name)) {
      if (otherPlaces == null || otherPlaces.isEmpty()) {
        removed = true;
        return;
      }
      int next = indexOfUpper();
      place = otherPlaces.remove(next);
    } else {
      int known = indexOfOther(parent, name);
      if (known >= 0) {
        otherPlaces.remove(known);
      }
    }
  }

  /** Where a name is among the other places, or -1. */
  private int indexOfOther(Node parent, NameKey name) {
    for (int i = 0; otherPlaces != null && i < otherPlaces.size(); i++) {
      if (otherPlaces.get(i).is(parent, name)) {
        return i;
      }
    }
    return -1;
  }

  private int indexOfUpper() {
    for (int i = 0; i < otherPlaces.size(); i++) {
      if (otherPlaces.get(i).isUpper()) {
        return i;
      }
    }
    return 0;
  }

  /** Replaces one name by another, as rename does. Requires: placeLock. */
  void movePlaceLocked(Node parent, NameKey name, Place to) {
    if (place.is(parent, name)) {
      place = to;
      return;
    }
    int known = indexOfOther(parent, name);
    if (known >= 0) {
      otherPlaces.set(known, to);
    }
  }

  /**
   * Makes a name the first, so that a copy-up takes it; not if the first is on upper already.
   * Requires: placeLock.
   */
  void preferPlaceLocked(Node parent, NameKey name) {
    Place preferred = placeAtLocked(parent, name);
    if (preferred != null && preferred != place && !place.isUpper()) {
      otherPlaces.remove(indexOfOther(parent, name));
      otherPlaces.add(place);
      place = preferred;
    }
  }

  /** The place under a given name, null if it has none such. Requires: placeLock. */
  Place placeAtLocked(Node parent, NameKey name) {
    for (Place known : placesLocked()) {
      if (known.is(parent, name)) {
        return known;
      }
    }
    return null;
  }

  /** A hint without a lock: false means that there is one name at most. */
  boolean hasOtherPlaces() {
    return otherPlaces != null;
  }

  /** All names. Requires: placeLock. */
  List<Place> placesLocked() {
    if (place == null || removed) {
      return List.of();
    }
    if (otherPlaces == null || otherPlaces.isEmpty()) {
      return List.of(place);
    }
    List<Place> all = new ArrayList<>(otherPlaces.size() + 1);
    all.add(place);
    all.addAll(otherPlaces);
    return all;
  }

  /** For people: where it is, or was, below the root of the mount. */
  String path() {
    StringBuilder path = new StringBuilder();
    for (Place at = place; at != null; at = at.parent().place) {
      path.insert(0, "/" + new String(at.name().bytes(), StandardCharsets.UTF_8));
    }
    return path.isEmpty() ? "/" : path.toString();
  }

  /** For the log. */
  @Override
  public String toString() {
    Place at = place;
    return "nodeid="
        + nodeid
        + (at == null ? "" : " name=" + at.name() + (removed ? " (removed)" : ""));
  }
}
