package ovl.overlay;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * The directories that are being read without a handle, the latest first: the kernel says where to
 * go on, but not which stream it is, nor when one ends. What is kept spares opening or merging the
 * directory again for each part of it, and may be dropped at any time.
 */
final class DirStreams {
  /** More than are read at a time; each may hold a descriptor. */
  private static final int MOST = 32;

  /** A stream by its directory's nodeid: it does not keep the node in memory. */
  private record Kept(long nodeid, OpenDir dir) {}

  /** Guarded by this. */
  private final ArrayDeque<Kept> all = new ArrayDeque<>(MOST);

  /** Takes out a stream of a directory, or begins one; nobody else has it until it is kept. */
  OpenDir take(Node node) {
    OpenDir dir = takeOut(node.nodeid());
    if (dir == null) {
      return new OpenDir(node);
    }
    dir.setNode(node);
    return dir;
  }

  private synchronized OpenDir takeOut(long nodeid) {
    for (Iterator<Kept> kept = all.iterator(); kept.hasNext(); ) {
      Kept next = kept.next();
      if (next.nodeid == nodeid) {
        kept.remove();
        return next.dir;
      }
    }
    return null;
  }

  /** Keeps a stream that is to be read on; the one that was not for longest is closed. */
  void keep(OpenDir dir) {
    Kept now = new Kept(dir.node().nodeid(), dir);
    dir.setNode(null);
    Kept last = null;
    synchronized (this) {
      if (all.size() == MOST) {
        last = all.removeLast();
      }
      all.addFirst(now);
    }
    if (last != null) {
      last.dir.close();
    }
  }

  /** Closes all; the mount has ended. */
  synchronized void closeAll() {
    all.forEach(kept -> kept.dir.close());
    all.clear();
  }
}
