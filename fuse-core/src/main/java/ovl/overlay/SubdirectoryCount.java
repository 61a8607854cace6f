package ovl.overlay;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * How many of the names in a merged directory are directories. Counting lists all layers of it, and
 * the kernel asks for the attributes of a directory after each name that comes or goes there; so
 * what was counted once is kept up to date.
 *
 * <p>Counting takes no dirLock, as it may be asked for while other locks are held. What was counted
 * beside a change, which the listing may have seen or not, is not kept.
 */
final class SubdirectoryCount {
  static final int UNKNOWN = -1;

  /** Of {@link #begin}: somebody is changing names. */
  private static final long CHANGING = -1;

  private final ReentrantReadWriteLock dirLock;
  private int count = UNKNOWN;
  private long changes;

  /**
   * @param dirLock held exclusively by who changes names, from before the change on disk until it
   *     has been told here
   */
  SubdirectoryCount(ReentrantReadWriteLock dirLock) {
    this.dirLock = dirLock;
  }

  /** {@link #UNKNOWN} if it has to be counted. */
  synchronized int get() {
    return count;
  }

  /** To be called before the names are read; what it returns is for {@link #end}. */
  synchronized long begin() {
    return dirLock.isWriteLocked() ? CHANGING : changes;
  }

  /** To be called when the names have been read. */
  synchronized void end(long begun, int counted) {
    if (begun == changes && !dirLock.isWriteLocked()) {
      count = counted;
    }
  }

  /** A name has come on disk. Requires: dirLock exclusive. */
  void cameLocked(boolean isDirectory) {
    if (isDirectory) {
      add(1);
    }
  }

  /** A name has gone on disk. Requires: dirLock exclusive. */
  void wentLocked(boolean isDirectory) {
    if (isDirectory) {
      add(-1);
    }
  }

  private synchronized void add(int change) {
    changes++;
    if (count != UNKNOWN) {
      count += change;
    }
  }
}
