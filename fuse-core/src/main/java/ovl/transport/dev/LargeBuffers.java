package ovl.transport.dev;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many workers on the rings of one mount hold the memory of a large request. All of them wait
 * for the kernel, and none knows which gets the next one: a few keep theirs, the others give it
 * back.
 */
final class LargeBuffers {
  /** With as much memory as the workers that wait for /dev/fuse. */
  private static final int MOST = 8;

  private final AtomicInteger count = new AtomicInteger();

  void add() {
    count.incrementAndGet();
  }

  void remove() {
    count.decrementAndGet();
  }

  /** Whether those that hold such memory may go on to. */
  boolean mayKeep() {
    return count.get() <= MOST;
  }
}
