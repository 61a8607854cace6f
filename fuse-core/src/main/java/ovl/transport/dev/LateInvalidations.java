package ovl.transport.dev;

import java.util.Arrays;
import ovl.fs.KernelNotifier;

/**
 * Changes of attributes that nobody waits to see, told to the kernel together a moment later. Told
 * at once, each would cost a notification, and a GETATTR of the directory when the next path is
 * walked: a third of what it takes to copy up many small files.
 */
final class LateInvalidations implements AutoCloseable {
  private static final long DELAY_MILLIS = 2;
  private static final int MOST = 64;

  private final KernelNotifier notifier;
  private final Thread thread;

  /** Guarded by this, as is the count. */
  private final long[] nodeids = new long[MOST];

  private int count;

  LateInvalidations(KernelNotifier notifier) {
    this.notifier = notifier;
    thread = new Thread(this::tell, "ovl-late");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /**
   * Notes the attributes of a node.
   *
   * @return false if there is no room: they are to be told at once
   */
  synchronized boolean add(long nodeid) {
    for (int i = 0; i < count; i++) {
      if (nodeids[i] == nodeid) {
        return true;
      }
    }
    if (count == MOST) {
      return false;
    }
    nodeids[count++] = nodeid;
    notifyAll();
    return true;
  }

  private void tell() {
    try {
      while (true) {
        awaitOne();
        Thread.sleep(DELAY_MILLIS);
        for (long nodeid : takeAll()) {
          notifier.invalidateAttributes(nodeid);
        }
      }
    } catch (InterruptedException e) {
      // The mount has ended, and the kernel remembers nothing of it.
      return;
    }
  }

  private synchronized void awaitOne() throws InterruptedException {
    while (count == 0) {
      wait();
    }
  }

  private synchronized long[] takeAll() {
    long[] taken = Arrays.copyOf(nodeids, count);
    count = 0;
    return taken;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
