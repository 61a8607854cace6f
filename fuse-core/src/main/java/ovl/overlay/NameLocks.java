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
    int taken = 0;
    try {
      while (taken < locks.length) {
        locks[taken].lock(); // which takes memory where somebody else has it
        taken++;
      }
    } finally {
      if (taken < locks.length) {
        unlock(taken);
      }
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

  private void unlock(int taken) {
    for (int i = taken - 1; i >= 0; i--) {
      locks[i].unlock();
    }
  }

  @Override
  public void close() {
    unlock(locks.length);
    assert LockOrder.leave(LockOrder.NAMES);
  }
}
