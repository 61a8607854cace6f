package ovl.overlay;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;

/**
 * dirLocks: the names in one directory, shared for looking up, exclusive for changing; several at
 * once for rename and rmdir, always taken in the order of nodeids, by this class alone.
 */
final class NameLocks implements AutoCloseable {
  private final Lock[] locks;

  private NameLocks(Lock... locks) {
    this.locks = locks;
    assert LockOrder.enter(LockOrder.NAMES);
    for (Lock lock : locks) {
      lock.lock();
    }
  }

  /** To look names up. */
  static NameLocks shared(Node dir) {
    return new NameLocks(dir.dir().lock.readLock());
  }

  /** To change names; nulls and repeats are left out. */
  static NameLocks exclusive(Node... dirs) {
    if (dirs.length == 1) {
      return new NameLocks(dirs[0].dir().lock.writeLock());
    }
    List<Node> ordered = new ArrayList<>(dirs.length);
    for (Node dir : dirs) {
      if (dir != null && dir.isDirectory() && !ordered.contains(dir)) {
        ordered.add(indexAfter(dir.nodeid(), ordered), dir);
      }
    }
    Lock[] locks = new Lock[ordered.size()];
    for (int i = 0; i < locks.length; i++) {
      locks[i] = ordered.get(i).dir().lock.writeLock();
    }
    return new NameLocks(locks);
  }

  /** Where the nodeids that are greater begin. */
  private static int indexAfter(long nodeid, List<Node> ordered) {
    int index = 0;
    while (index < ordered.size() && ordered.get(index).nodeid() < nodeid) {
      index++;
    }
    return index;
  }

  @Override
  public void close() {
    for (int i = locks.length - 1; i >= 0; i--) {
      locks[i].unlock();
    }
    assert LockOrder.leave(LockOrder.NAMES);
  }
}
