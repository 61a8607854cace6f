package ovl.layer;

import java.util.ArrayList;
import java.util.List;
import ovl.sys.Syscalls;

/**
 * Bounds how many directory descriptors are open: a clock over the {@link RealDir}s that have one.
 * A directory that is lent out is never closed, so the bound can be exceeded by as many directories
 * as there are requests in progress.
 */
public final class DirFds {
  private final Syscalls sys;
  private final int capacity;
  private final List<RealDir> ring = new ArrayList<>();
  private int hand;

  /**
   * @param capacity how many descriptors to keep
   */
  public DirFds(Syscalls sys, int capacity) {
    this.sys = sys;
    this.capacity = capacity;
  }

  Syscalls syscalls() {
    return sys;
  }

  /** Takes in a directory that was just opened and closes another if there are too many. */
  synchronized void admit(RealDir dir) {
    if (ring.size() < capacity) {
      ring.add(dir);
      return;
    }
    for (int steps = 2 * ring.size(); steps > 0; steps--) {
      hand = (hand + 1) % ring.size();
      RealDir candidate = ring.get(hand);
      if (candidate == dir) {
        return;
      }
      if (!candidate.isOpen() || !candidate.wasUsed() && candidate.closeIfIdle()) {
        ring.set(hand, dir);
        return;
      }
    }
    ring.add(dir);
  }

  /** Closes every descriptor that nobody borrows. */
  synchronized void closeIdle() {
    ring.removeIf(dir -> dir.closeIfIdle() || !dir.isOpen());
    hand = 0;
  }
}
