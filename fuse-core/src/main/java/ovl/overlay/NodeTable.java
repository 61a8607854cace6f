package ovl.overlay;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.NameKey;
import ovl.fs.NodeFs;
import ovl.layer.RealDir;
import ovl.overlay.Node.RealKey;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;

/**
 * All nodes: by nodeid, and by real identity for those that have several names. A node lives while
 * the kernel, a child, an open handle or a request refers to it; then it leaves the table and its
 * parent's children. A nodeid is never given out twice.
 */
final class NodeTable {
  private static final Logger log = LoggerFactory.getLogger(NodeTable.class);

  private final IdTable<Node> nodes = new IdTable<>(NodeFs.ROOT_ID);
  private final ConcurrentHashMap<RealKey, Node> hardLinks = new ConcurrentHashMap<>();

  /** By the lower file that they were copied from, in earlier mounts. */
  private final ConcurrentHashMap<RealKey, Copy> copies = new ConcurrentHashMap<>();

  private final NodeLimit limit;

  /**
   * @param ino of the file on upper
   */
  private record Copy(Node node, long ino) {}

  /**
   * @param heap the most that the heap may be, in bytes
   */
  NodeTable(KernelCache kernel, long heap) {
    limit = new NodeLimit(nodes, kernel, heap);
  }

  /** Makes a node that nobody refers to yet but the caller (one reference, see {@link #unref}). */
  Node create(int type, long ino, RealStack real, Place place) {
    Node node = new Node(nodes.nextId(), type, ino, real);
    node.refs = 1;
    if (place != null) {
      ref(place.parent());
      node.addPlaceLocked(place);
    }
    nodes.put(node.nodeid(), node);
    limit.added(node.nodeid());
    return node;
  }

  /**
   * The node with a nodeid.
   *
   * @throws ErrnoException ESTALE if there is none
   */
  Node get(long nodeid) throws ErrnoException {
    Node node = getOrNull(nodeid);
    if (node == null) {
      throw ErrnoException.of(Errno.ESTALE);
    }
    return node;
  }

  /** The node that has or had a nodeid; null if there is none. */
  Node getOrNull(long nodeid) {
    return nodes.get(nodeid);
  }

  /** Gives a leaf another nodeid, unless another caller has done so since. */
  void renumber(Node node, long nodeid) {
    synchronized (node) {
      if (!node.dead && node.nodeid() == nodeid) {
        long number = nodes.nextId();
        nodes.put(number, node);
        node.renumberLocked(number);
      }
    }
  }

  /** As {@link #get}, ENOTDIR for anything but a directory. */
  Node directory(long nodeid) throws ErrnoException {
    Node node = get(nodeid);
    if (!node.isDirectory()) {
      throw ErrnoException.of(Errno.ENOTDIR);
    }
    return node;
  }

  /** The node that stands for a real object with several names; null if none does. */
  Node hardLink(RealKey key) {
    return hardLinks.get(key);
  }

  /** Makes a node known by the identity of its real object. Requires: placeLock, or a new node. */
  void addHardLink(RealKey key, Node node) {
    if (hardLinks.put(key, node) != node) {
      addKey(node, key);
    }
  }

  private static void addKey(Node node, RealKey key) {
    if (node.keys == null) {
      node.keys = new ArrayList<>(1);
    }
    node.keys.add(key);
  }

  /** True if a node stands for another file of upper with the same origin. */
  boolean hasOtherCopy(RealKey origin, long ino) {
    Copy known = copies.get(origin);
    return known != null && known.ino() != ino;
  }

  /** Makes a new node known as a copy of a lower file. */
  void addCopy(RealKey origin, Node node, long ino) {
    copies.put(origin, new Copy(node, ino));
    addKey(node, origin);
  }

  /** Gives a node one more name. Requires: placeLock, and the caller refers to both nodes. */
  void addPlaceLocked(Node node, Place added) {
    Node before = node.isRemoved() ? node.place().parent() : null;
    ref(added.parent());
    node.addPlaceLocked(added);
    if (before != null) {
      unref(before);
    }
  }

  /**
   * Takes a name away from a node. The parent of its last name stays referred to, as a lower leaf
   * is still found through it. Requires: placeLock.
   */
  void removePlaceLocked(Node node, Node parent, NameKey name) {
    node.removePlaceLocked(parent, name);
    if (!node.isRemoved()) {
      unref(parent);
    }
  }

  /** Moves a node from one name to another. Requires: placeLock. */
  void movePlaceLocked(Node node, Node parent, NameKey name, Place to) {
    ref(to.parent());
    node.movePlaceLocked(parent, name, to);
    unref(parent);
  }

  /**
   * Keeps a node for as long as it has a name on upper: a lower file with several names was copied
   * up under one of them, and only this node knows that the others are the same file. Requires:
   * placeLock.
   */
  void pinHardLinkLocked(Node node, RealKey upper) {
    addHardLink(upper, node);
    synchronized (node) {
      if (!node.pinned) {
        node.pinned = true;
        node.refs++;
      }
    }
  }

  /**
   * A node has lost its last name on upper: lower names that it does not know of lead to the lower
   * file from now on, as they will at the next mount. Requires: placeLock.
   */
  void severHardLinkLocked(Node node) {
    if (node.keys != null) {
      for (RealKey key : node.keys) {
        hardLinks.remove(key, node);
      }
    }
    boolean wasPinned;
    synchronized (node) {
      wasPinned = node.pinned;
      node.pinned = false;
    }
    if (wasPinned) {
      unref(node);
    }
  }

  /** One reference by us; false if the node is on its way out and must not be used. */
  boolean ref(Node node) {
    synchronized (node) {
      if (node.dead) {
        return false;
      }
      node.refs++;
      return true;
    }
  }

  /** Gives back a reference of ours. */
  void unref(Node node) {
    if (dropsLastRef(node)) {
      retire(node);
    }
  }

  private static boolean dropsLastRef(Node node) {
    synchronized (node) {
      node.refs--;
      boolean last = isUnusedLocked(node);
      node.dead |= last;
      return last;
    }
  }

  /** One reference by the kernel, to a node that the caller holds a reference to. */
  void take(Node node) {
    synchronized (node) {
      node.nlookup++;
    }
  }

  /** The kernel gives references back. */
  void forget(long nodeid, long count) {
    Node node = nodes.get(nodeid);
    if (node == null || nodeid == NodeFs.ROOT_ID) {
      return;
    }
    boolean last;
    synchronized (node) {
      if (node.nlookup < count) {
        log.error("forget of {} for {}, which has {}", count, node, node.nlookup);
        node.nlookup = count;
      }
      node.nlookup -= count;
      last = !node.dead && isUnusedLocked(node);
      node.dead |= last;
    }
    if (last) {
      retire(node);
    }
  }

  private static boolean isUnusedLocked(Node node) {
    return node.nlookup == 0 && node.refs == 0 && node.nodeid() != NodeFs.ROOT_ID;
  }

  /** How many nodes there are, the root included; for tests and statistics. */
  long count() {
    return limit.count();
  }

  /** Calls for each node; those made or retired meanwhile may be missed. */
  void forEach(Consumer<Node> action) {
    nodes.forEach(action);
  }

  /** Drops everything; the mount has ended. */
  void clear() {
    nodes.forEach(
        node -> {
          if (node.orphan() != null) {
            node.orphan().close();
          }
          if (node.isDirectory() && node.isRemoved() && node.real().upper() != null) {
            // Lent for good when it was removed; closed with the others only if it is given back.
            node.real().upper().release();
          }
        });
  }

  /** Takes a node out, and its ancestors as far as nothing else refers to them; not recursively. */
  private void retire(Node first) {
    ArrayDeque<Node> unused = new ArrayDeque<>(1);
    for (Node node = first; node != null; node = unused.poll()) {
      takeOut(node);
      for (Place place : node.placesLocked()) {
        place.parent().dir().children.remove(place.name(), node);
        addIfUnused(unused, place.parent());
      }
      if (node.isRemoved()) {
        addIfUnused(unused, node.place().parent());
      }
    }
  }

  private static void addIfUnused(ArrayDeque<Node> unused, Node parent) {
    if (dropsLastRef(parent)) {
      unused.add(parent);
    }
  }

  private void takeOut(Node node) {
    limit.removed();
    nodes.remove(node.nodeid());
    for (long former : node.formerNodeids()) {
      nodes.remove(former);
    }
    if (node.keys != null) {
      for (RealKey key : node.keys) {
        hardLinks.remove(key, node);
        copies.computeIfPresent(key, (origin, copy) -> copy.node() == node ? null : copy);
      }
    }
    if (node.orphan() != null) {
      node.orphan().close();
    }
    for (int i = 0; node.isDirectory() && i < node.real().depth(); i++) {
      RealDir real = node.real().at(i);
      if (node.isRemoved() && real == node.real().upper()) {
        // Lent for good when it was removed, as it cannot be opened again.
        real.release();
      }
      real.forget();
    }
  }
}
