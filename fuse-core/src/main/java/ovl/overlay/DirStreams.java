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

  /** Guarded by this. */
  private final ArrayDeque<OpenDir> kept = new ArrayDeque<>(MOST);

  /** Takes out a stream of a directory, or begins one; nobody else has it until it is kept. */
  OpenDir take(Node node) {
    synchronized (this) {
      for (Iterator<OpenDir> all = kept.iterator(); all.hasNext(); ) {
        OpenDir dir = all.next();
        if (dir.node() == node) {
          all.remove();
          return dir;
        }
      }
    }
    return new OpenDir(node);
  }

  /** Keeps a stream that is to be read on; the one that was not for longest is closed. */
  void keep(OpenDir dir) {
    OpenDir last = null;
    synchronized (this) {
      if (kept.size() == MOST) {
        last = kept.removeLast();
      }
      kept.addFirst(dir);
    }
    if (last != null) {
      last.close();
    }
  }

  /** Closes all; the mount has ended. */
  synchronized void closeAll() {
    kept.forEach(OpenDir::close);
    kept.clear();
  }
}
