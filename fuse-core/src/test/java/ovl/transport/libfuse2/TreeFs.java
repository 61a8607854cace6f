package ovl.transport.libfuse2;

import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.fs.NodeFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/**
 * A tree of names in memory that records references: what one lookup too many or too few leaves
 * behind is seen at once. Serves lookup, forget, unlink, rmdir, rename, mkdir and mknod; all else
 * is a bug.
 */
final class TreeFs {
  private static final class Node {
    final long nodeid;
    final boolean isDirectory;
    final Map<NameKey, Node> children = new HashMap<>();
    long nlookup;

    Node(long nodeid, boolean isDirectory) {
      this.nodeid = nodeid;
      this.isDirectory = isDirectory;
    }
  }

  final AtomicInteger lookups = new AtomicInteger();
  private final Map<Long, Node> nodes = new HashMap<>();
  private long lastNodeid = NodeFs.ROOT_ID;

  TreeFs() {
    Node root = new Node(NodeFs.ROOT_ID, true);
    nodes.put(root.nodeid, root);
  }

  /** The waist over this tree; methods that it does not serve throw. */
  NodeFs nodeFs() {
    return (NodeFs)
        Proxy.newProxyInstance(
            NodeFs.class.getClassLoader(),
            new Class<?>[] {NodeFs.class},
            (proxy, method, arguments) -> call(method.getName(), arguments));
  }

  private synchronized Object call(String operation, Object[] a) throws ErrnoException {
    switch (operation) {
      case "lookup" -> lookup((long) a[1], (Name) a[2], (Entry) a[3]);
      case "forget" -> forget((long) a[0], (long) a[1]);
      case "unlink", "rmdir" -> remove((long) a[1], (Name) a[2]);
      case "mkdir" -> make((long) a[1], (Name) a[2], true, (Entry) a[4]);
      case "mknod" -> make((long) a[1], (Name) a[2], false, (Entry) a[5]);
      case "rename" -> {
        Node moved = directory((long) a[1]).children.remove(((Name) a[2]).key());
        directory((long) a[3]).children.put(((Name) a[4]).key(), moved);
      }
      default -> throw new UnsupportedOperationException(operation);
    }
    return null;
  }

  private Node directory(long nodeid) throws ErrnoException {
    Node node = nodes.get(nodeid);
    if (node == null) {
      throw ErrnoException.of(Errno.ESTALE);
    }
    if (!node.isDirectory) {
      throw ErrnoException.of(Errno.ENOTDIR);
    }
    return node;
  }

  private void lookup(long parent, Name name, Entry out) throws ErrnoException {
    lookups.incrementAndGet();
    Node node = directory(parent).children.get(name.key());
    if (node == null) {
      out.negative(0);
      return;
    }
    node.nlookup++;
    nodes.put(node.nodeid, node);
    out.nodeid = node.nodeid;
    out.attr.mode = node.isDirectory ? Linux.S_IFDIR : Linux.S_IFREG;
  }

  private void forget(long nodeid, long nlookup) {
    Node node = nodes.get(nodeid);
    if (node == null || nlookup < 1 || node.nlookup < nlookup) {
      throw new IllegalStateException("nodeid " + nodeid + " forgotten too often");
    }
    node.nlookup -= nlookup;
    if (node.nlookup == 0) {
      nodes.remove(nodeid);
    }
  }

  private void make(long parent, Name name, boolean isDirectory, Entry out) throws ErrnoException {
    Map<NameKey, Node> children = directory(parent).children;
    if (children.containsKey(name.key())) {
      throw ErrnoException.of(Errno.EEXIST);
    }
    children.put(name.key(), new Node(++lastNodeid, isDirectory));
    lookup(parent, name, out);
  }

  private void remove(long parent, Name name) throws ErrnoException {
    if (directory(parent).children.remove(name.key()) == null) {
      throw ErrnoException.of(Errno.ENOENT);
    }
  }

  /** Adds a file and the directories above it. */
  synchronized void file(String path) {
    Node at = nodes.get(NodeFs.ROOT_ID);
    String[] names = path.substring(1).split("/");
    for (int i = 0; i < names.length; i++) {
      boolean isDirectory = i < names.length - 1;
      at =
          at.children.computeIfAbsent(
              NameKey.of(names[i]), k -> new Node(++lastNodeid, isDirectory));
    }
  }

  /** The nodeid at a path, without a reference; 0: none. */
  synchronized long nodeid(String path) {
    Node at = nodes.get(NodeFs.ROOT_ID);
    for (String name : path.substring(1).split("/")) {
      at = at == null ? null : at.children.get(NameKey.of(name));
    }
    return at == null ? 0 : at.nodeid;
  }

  /** References that were given and not returned. */
  synchronized long references() {
    return nodes.values().stream().mapToLong(node -> node.nlookup).sum();
  }

  /** A caller source for tests without libfuse. */
  static void root(Caller caller) {
    caller.set(0, 0, 1, 0);
  }
}
