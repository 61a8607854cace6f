package ovl.overlay;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.Name;
import ovl.fs.NameKey;
import ovl.layer.LayerStack;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;

/**
 * What the top layer of a stack changes in the merged tree of the others, by the rules of {@code
 * docker diff} (moby, pkg/archive/changes.go): owner, mode and device number count for everything,
 * size and time of the last change for all but directories, and capabilities. A directory with
 * changes in it is changed; what is in a new directory is new, and a directory that is gone is one
 * deletion.
 *
 * <p>Two overlays are compared, one with that layer and one without, so that whiteouts, opaque
 * marks and redirects mean what they mean in a mount. Only directories that the top layer has are
 * looked into.
 */
public final class Changes {
  private static final byte[] CAPABILITY = ascii("security.capability");
  private static final int ROOM = 1 << 12;

  private final Syscalls sys;
  private final OverlayFs base;
  private final OverlayFs merged;
  private final Caller caller = new Caller();

  /** By path; the natural order of paths puts a directory before what is in it. */
  private final Map<byte[], Kind> changes = new TreeMap<>(Arrays::compareUnsigned);

  private final Deque<Pair> pairs = new ArrayDeque<>();

  /** What became of a path. */
  public enum Kind {
    ADDED,
    CHANGED,
    DELETED
  }

  /**
   * One path that is not as it was.
   *
   * @param path begins with a slash, which is the root of the tree
   */
  public record Change(Kind kind, byte[] path) {}

  /** A directory of the merged tree, and the one of that path in the other; that may be null. */
  private record Pair(Node base, Node merged, byte[] path) {}

  /**
   * @param below the stack without its top layer, all of them lowers, as in {@code all}
   */
  private Changes(Syscalls sys, LayerStack below, LayerStack all, OverlayOptions options) {
    this.sys = sys;
    this.base = new OverlayFs(sys, below, options);
    this.merged = new OverlayFs(sys, all, options);
  }

  /**
   * Compares.
   *
   * @param below the stack without its top layer; neither stack has an upper
   * @return sorted by path
   */
  public static List<Change> of(
      Syscalls sys, LayerStack below, LayerStack all, OverlayOptions options)
      throws ErrnoException {
    Changes found = new Changes(sys, below, all, options);
    try {
      found.compareAll();
    } finally {
      found.base.destroy();
      found.merged.destroy();
    }
    return found.changes.entrySet().stream()
        .map(entry -> new Change(entry.getValue(), entry.getKey()))
        .toList();
  }

  private void compareAll() throws ErrnoException {
    pairs.add(new Pair(base.root(), merged.root(), new byte[0]));
    // Not by recursion: a tree can be deeper than a thread's stack.
    while (!pairs.isEmpty()) {
      Pair pair = pairs.pop();
      compare(pair);
      base.unref(pair.base);
      merged.unref(pair.merged);
    }
  }

  private void compare(Pair pair) throws ErrnoException {
    Map<NameKey, Listing.Item> before = new HashMap<>();
    if (pair.base != null) {
      for (Listing.Item item : base.list(pair.base)) {
        before.put(item.name(), item);
      }
    }
    for (Listing.Item item : merged.list(pair.merged)) {
      Listing.Item old = before.remove(item.name());
      boolean isSame = old != null && old.layer() + 1 == item.layer() && old.ino() == item.ino();
      if (!isSame) {
        compare(pair, item.name(), old != null);
      }
    }
    for (NameKey gone : before.keySet()) {
      change(Kind.DELETED, child(pair.path, gone));
    }
  }

  private void compare(Pair parents, NameKey name, boolean wasThere) throws ErrnoException {
    byte[] path = child(parents.path, name);
    Node now = merged.child(parents.merged, name);
    Node old = wasThere ? base.child(parents.base, name) : null;
    boolean isKept = false;
    try {
      if (now == null) {
        return; // the layers are changing while we look
      }
      if (old == null) {
        change(Kind.ADDED, path);
      } else if (isDifferent(old, now)) {
        change(Kind.CHANGED, path);
      }
      if (now.isDirectory()) {
        boolean wasDirectory = old != null && old.isDirectory();
        pairs.push(new Pair(wasDirectory ? old : null, now, path));
        isKept = wasDirectory;
      }
    } finally {
      if (!isKept) {
        base.unref(old);
      }
      if (now != null && !now.isDirectory()) {
        merged.unref(now);
      }
    }
  }

  private boolean isDifferent(Node old, Node now) throws ErrnoException {
    Attr a = new Attr();
    Attr b = new Attr();
    base.getattr(caller, old.nodeid(), OverlayFs.NO_FH, a);
    merged.getattr(caller, now.nodeid(), OverlayFs.NO_FH, b);
    boolean isSame =
        a.mode == b.mode
            && a.uid == b.uid
            && a.gid == b.gid
            && a.rdevMajor == b.rdevMajor
            && a.rdevMinor == b.rdevMinor;
    if (isSame && !now.isDirectory()) {
      isSame = a.size == b.size && a.mtime == b.mtime && a.mtimeNsec == b.mtimeNsec;
    }
    return !isSame || !Arrays.equals(capability(base, old), capability(merged, now));
  }

  /** Null if there is none. */
  private byte[] capability(OverlayFs fs, Node node) throws ErrnoException {
    if (node.type() != Linux.S_IFREG) {
      return null;
    }
    try (Memory memory = Memory.map(sys, ROOM)) {
      Name name = Name.copyOf(memory, 0, CAPABILITY);
      long value = memory.address() + CAPABILITY.length + 1;
      int room = ROOM - CAPABILITY.length - 1;
      return NativeBytes.read(value, fs.getxattr(caller, node.nodeid(), name, value, room));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENODATA || e.errno() == Errno.EOPNOTSUPP) {
        return null;
      }
      throw e;
    }
  }

  /** Notes a change, and that the directories on the way to it are changed. */
  private void change(Kind kind, byte[] path) {
    changes.put(path, kind);
    for (int end = path.length - 1; end > 0; end--) {
      if (path[end] == '/' && changes.putIfAbsent(Arrays.copyOf(path, end), Kind.CHANGED) != null) {
        return; // those above are noted as well
      }
    }
  }

  private static byte[] child(byte[] directory, NameKey name) {
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    path.writeBytes(directory);
    path.write('/');
    path.writeBytes(name.bytes());
    return path.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }
}
