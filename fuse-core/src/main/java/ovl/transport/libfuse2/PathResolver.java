package ovl.transport.libfuse2;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.fs.NodeFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;

/**
 * Turns the absolute paths of libfuse into nodeids, by one {@link NodeFs#lookup} per component, and
 * remembers a bounded number of them. Every reference that a lookup or a creation gives is returned
 * by one {@link NodeFs#forget}, when neither the cache nor a request nor an open handle uses the
 * node any more.
 *
 * <p>A lookup that overlaps a removal or a rename may find what is just going away, so its result
 * is used but not remembered: {@link #epoch} tells. The lock covers only the maps; no call into the
 * filesystem is made while it is held.
 */
final class PathResolver {
  /** Longer ones are resolved each time, so that deep trees cannot fill the heap with keys. */
  private static final int LONGEST_REMEMBERED = 1024;

  private record Place(long parent, NameKey name) {}

  private record Hidden(PathNode parent, PathNode node) {}

  private final NodeFs fs;
  private final int capacity;
  private final LinkedHashMap<NameKey, PathNode> cache = new LinkedHashMap<>(256, 0.75f, true);
  private final Map<Place, Hidden> hidden = new HashMap<>();
  private final PathNode root = new PathNode(this, NodeFs.ROOT_ID, true);
  private long epoch;
  private volatile boolean hasHidden;

  /**
   * @param capacity how many paths to remember
   */
  PathResolver(NodeFs fs, int capacity) {
    this.fs = fs;
    this.capacity = capacity;
    root.nlookup = 0;
  }

  /**
   * The node at an absolute path, in use until closed. If the last component had to be looked up,
   * its attributes are in the call's entry.
   *
   * @throws ErrnoException ENOENT, ENOTDIR, ENAMETOOLONG and what {@link NodeFs#lookup} throws
   */
  PathNode resolve(Call call, long path) throws ErrnoException {
    byte[] bytes = NativeBytes.read(path, NativeBytes.length(path));
    call.isEntryFresh = false;
    if (hasHidden) {
      PathNode node = resolveHidden(call, bytes);
      if (node != null) {
        return node;
      }
    }
    return resolve(call, bytes, bytes.length);
  }

  /**
   * The directory that holds the last component of a path, in use until closed; {@code name} then
   * points at that component, within the path.
   */
  PathNode parent(Call call, long path, Name name) throws ErrnoException {
    byte[] bytes = NativeBytes.read(path, NativeBytes.length(path));
    int slash = lastSlash(bytes, bytes.length);
    name.set(path + slash + 1, bytes.length - slash - 1);
    return resolve(call, bytes, slash);
  }

  /** To be read before an operation whose result goes to {@link #adopt}. */
  synchronized long epoch() {
    return epoch;
  }

  /**
   * Takes over the reference in an entry that a creation at this path gave; in use until closed.
   *
   * @param seen the {@link #epoch} before the creation
   */
  PathNode adopt(long path, Entry entry, long seen) {
    byte[] bytes = NativeBytes.read(path, NativeBytes.length(path));
    return remember(bytes, bytes.length, entry, seen);
  }

  /** The path leads nowhere any more. */
  void removed(long path) {
    List<PathNode> gone = new ArrayList<>(1);
    synchronized (this) {
      epoch++;
      drop(key(path), gone);
    }
    forget(gone);
  }

  /** Both paths, and all below them, may lead elsewhere now. */
  void renamed(long from, long to) {
    List<PathNode> gone = new ArrayList<>();
    synchronized (this) {
      epoch++;
      dropTree(key(from), gone);
      dropTree(key(to), gone);
    }
    forget(gone);
  }

  /** Something on the way of this path was stale: looks all of it up afresh next time. */
  void distrust(long path) {
    byte[] bytes = NativeBytes.read(path, NativeBytes.length(path));
    List<PathNode> gone = new ArrayList<>();
    synchronized (this) {
      epoch++;
      for (int end = bytes.length; end > 0; end = lastSlash(bytes, end)) {
        drop(prefix(bytes, end), gone);
      }
    }
    forget(gone);
  }

  /**
   * Lets a node that has lost its name go on under another that only libfuse knows, until {@link
   * #reveal}. Both nodes stay in use by this resolver until then.
   *
   * @param parent the directory of that name
   */
  void hide(PathNode parent, NameKey name, PathNode node) {
    Hidden replaced;
    synchronized (this) {
      parent.users++;
      node.users++;
      replaced = hidden.put(new Place(parent.nodeid, name), new Hidden(parent, node));
      hasHidden = true;
    }
    close(replaced);
  }

  /** True if some hidden name leads to this node. */
  boolean isHidden(long nodeid) {
    if (!hasHidden) {
      return false;
    }
    synchronized (this) {
      return hidden.values().stream().anyMatch(h -> h.node().nodeid == nodeid);
    }
  }

  /** Ends what {@link #hide} began for all hidden names of a node. */
  void reveal(long nodeid) {
    List<Hidden> gone = new ArrayList<>(1);
    synchronized (this) {
      for (Iterator<Hidden> all = hidden.values().iterator(); all.hasNext(); ) {
        Hidden one = all.next();
        if (one.node().nodeid == nodeid) {
          all.remove();
          gone.add(one);
        }
      }
      hasHidden = !hidden.isEmpty();
    }
    gone.forEach(PathResolver::close);
  }

  /** Returns all references that the maps hold; requests and handles return theirs themselves. */
  void clear() {
    List<PathNode> gone = new ArrayList<>();
    List<Hidden> names;
    synchronized (this) {
      epoch++;
      cache.values().forEach(node -> unuse(node, gone));
      cache.clear();
      names = List.copyOf(hidden.values());
      hidden.clear();
      hasHidden = false;
    }
    forget(gone);
    names.forEach(PathResolver::close);
  }

  /** Begins one more use of a node, unless the last one has ended. */
  synchronized boolean hold(PathNode node) {
    if (node.users == 0) {
      return false;
    }
    node.users++;
    return true;
  }

  /** Ends one use of a node. */
  void release(PathNode node) {
    List<PathNode> gone = new ArrayList<>(0);
    synchronized (this) {
      unuse(node, gone);
    }
    forget(gone);
  }

  private PathNode resolve(Call call, byte[] path, int length) throws ErrnoException {
    long seen;
    int end = length;
    PathNode node = null;
    synchronized (this) {
      seen = epoch;
      while (end > 0 && node == null) {
        node = cache.get(prefix(path, end));
        end = node == null ? lastSlash(path, end) : end;
      }
      node = node == null ? root : node;
      node.users++;
    }
    // "/" is its own last slash; only there a component may be empty.
    while (end < length && end + 1 < length) {
      int next = nextSlash(path, end + 1, length);
      PathNode parent = node;
      try (parent) {
        Name name = call.component(path, end + 1, next);
        fs.lookup(call.caller(), parent.nodeid, name, call.entry);
        if (call.entry.nodeid == 0) {
          throw ErrnoException.of(Errno.ENOENT);
        }
        node = remember(path, next, call.entry, seen);
      }
      call.isEntryFresh = true;
      end = next;
    }
    return node;
  }

  /** The node behind a hidden name, in use until closed, or null if this is none. */
  private PathNode resolveHidden(Call call, byte[] path) throws ErrnoException {
    int slash = lastSlash(path, path.length);
    if (!HiddenName.matches(path, slash + 1)) {
      return null;
    }
    NameKey name = NameBytes.key(path, slash + 1);
    try (PathNode parent = resolve(call, path, slash)) {
      synchronized (this) {
        Hidden found = hidden.get(new Place(parent.nodeid, name));
        if (found == null) {
          return null;
        }
        found.node().users++;
        return found.node();
      }
    } finally {
      call.isEntryFresh = false;
    }
  }

  private PathNode remember(byte[] path, int length, Entry entry, long seen) {
    PathNode node = new PathNode(this, entry.nodeid, Linux.isDirectory(entry.attr.mode));
    List<PathNode> gone = new ArrayList<>(1);
    synchronized (this) {
      if (seen != epoch || length > LONGEST_REMEMBERED) {
        return node;
      }
      NameKey key = prefix(path, length);
      PathNode known = cache.get(key);
      if (known != null && known.nodeid == entry.nodeid) {
        known.nlookup++;
        known.users++;
        return known;
      }
      drop(key, gone);
      node.users++;
      cache.put(key, node);
      if (cache.size() > capacity) {
        drop(cache.keySet().iterator().next(), gone);
      }
    }
    forget(gone);
    return node;
  }

  private void drop(NameKey key, List<PathNode> gone) {
    PathNode node = cache.remove(key);
    if (node != null) {
      unuse(node, gone);
    }
  }

  private void dropTree(NameKey top, List<PathNode> gone) {
    PathNode known = cache.get(top);
    drop(top, gone);
    if (known != null && !known.isDirectory) {
      return;
    }
    byte[] path = top.bytes();
    Iterator<Map.Entry<NameKey, PathNode>> all = cache.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<NameKey, PathNode> one = all.next();
      byte[] other = one.getKey().bytes();
      if (other.length > path.length
          && other[path.length] == '/'
          && Arrays.equals(other, 0, path.length, path, 0, path.length)) {
        all.remove();
        unuse(one.getValue(), gone);
      }
    }
  }

  private void unuse(PathNode node, List<PathNode> gone) {
    node.users--;
    if (node.users == 0 && node != root) {
      gone.add(node);
    }
  }

  private void forget(List<PathNode> gone) {
    for (PathNode node : gone) {
      fs.forget(node.nodeid, node.nlookup);
    }
  }

  private static void close(Hidden hidden) {
    if (hidden != null) {
      hidden.parent().close();
      hidden.node().close();
    }
  }

  private static NameKey key(long path) {
    return new NameKey(NativeBytes.read(path, NativeBytes.length(path)));
  }

  private static NameKey prefix(byte[] path, int length) {
    return new NameKey(length == path.length ? path : Arrays.copyOf(path, length));
  }

  /** The position of the last slash before {@code end}; a path begins with one. */
  private static int lastSlash(byte[] path, int end) {
    int at = end - 1;
    while (at > 0 && path[at] != '/') {
      at--;
    }
    return at;
  }

  private static int nextSlash(byte[] path, int from, int length) {
    int at = from;
    while (at < length && path[at] != '/') {
      at++;
    }
    return at;
  }
}
