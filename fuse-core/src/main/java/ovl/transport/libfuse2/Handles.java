package ovl.transport.libfuse2;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;

/** What fuse_file_info.fh stands for: an open file or directory and the node that it keeps. */
final class Handles {
  /**
   * @param node in use until the handle is released
   * @param fh the handle in the {@link ovl.fs.NodeFs}
   */
  record Handle(PathNode node, long fh) {
    long nodeid() {
      return node.nodeid;
    }
  }

  private final Map<Long, Handle> open = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();

  /** Keeps a handle and returns its number, which is never 0. */
  long add(PathNode node, long fh) {
    long number = last.incrementAndGet();
    open.put(number, new Handle(node, fh));
    return number;
  }

  /**
   * @throws ErrnoException EBADF
   */
  Handle get(long number) throws ErrnoException {
    Handle handle = open.get(number);
    if (handle == null) {
      throw ErrnoException.of(Errno.EBADF);
    }
    return handle;
  }

  /** Takes a handle out; null if there is none. */
  Handle remove(long number) {
    return open.remove(number);
  }

  /** True if some handle keeps this node. Walks over all handles. */
  boolean isOpen(long nodeid) {
    return open.values().stream().anyMatch(handle -> handle.nodeid() == nodeid);
  }
}
