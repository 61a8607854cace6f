package ovl.transport.dev;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.NodeFs;
import ovl.sys.Syscalls;

/**
 * The workers of one mount. There is always one more than there are requests in work, up to a
 * limit: a request that takes long (a copy-up, an fsync) never keeps the others waiting.
 */
final class Workers {
  private static final Logger log = LoggerFactory.getLogger(Workers.class);

  private static final int MOST = 64;

  private final Syscalls sys;
  private final NodeFs fs;
  private final FuseDevice session;
  private final Capabilities capabilities;
  private final int onlyUid;

  /** Workers that wait for a request, or are about to. */
  private final AtomicInteger idle = new AtomicInteger();

  private final Runnable atEnd;
  private final AtomicBoolean finishing = new AtomicBoolean();
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean closed;

  /** Workers ever started, and those that have not ended. Guarded by this. */
  private int started;

  private int running;

  /**
   * @param onlyUid see {@link Dispatcher}
   * @param atEnd run once, when the last request is answered and no further one will come
   */
  Workers(
      Syscalls sys,
      NodeFs fs,
      FuseDevice session,
      Capabilities capabilities,
      int onlyUid,
      Runnable atEnd) {
    this.sys = sys;
    this.atEnd = atEnd;
    this.fs = fs;
    this.session = session;
    this.capabilities = capabilities;
    this.onlyUid = onlyUid;
  }

  /** Starts the first workers: one at least, or this fails. */
  void start(int count) {
    add();
    for (int i = 1; i < Math.min(count, MOST); i++) {
      grow();
    }
  }

  private synchronized void add() {
    if (running == MOST || closed) {
      return;
    }
    Thread thread = new Thread(worker(), "ovl-worker-" + (started + 1));
    thread.setDaemon(true);
    idle.incrementAndGet();
    try {
      thread.start();
    } catch (Throwable e) {
      idle.decrementAndGet();
      throw e;
    }
    started++;
    running++;
  }

  private Worker worker() {
    Request in = new Request(sys, Capabilities.MAX_DATA);
    Reply reply = new Reply(sys, Capabilities.MAX_DATA);
    Dispatcher dispatcher = new Dispatcher(fs, capabilities, onlyUid);
    return new Worker(this, session.duplicate(), in, reply, dispatcher);
  }

  /**
   * A worker got a request; if it was the last that waited, another one is started.
   *
   * @return false if the filesystem must not be called any more
   */
  boolean busy() {
    if (idle.decrementAndGet() == 0) {
      grow();
    }
    return !closed;
  }

  private void grow() {
    try {
      add();
    } catch (RuntimeException | Error e) { // as when the system allows no more threads
      log.warn("no further worker: {}", e.toString());
    }
  }

  /** A worker has answered and waits again. */
  void idle() {
    idle.incrementAndGet();
  }

  /** A worker that waited, and waits no more, is gone; the last one means the end of the mount. */
  void ended() {
    boolean last;
    synchronized (this) {
      idle.decrementAndGet();
      running--;
      last = running == 0;
    }
    if (last) {
      finish();
    }
  }

  private void finish() {
    if (finishing.compareAndSet(false, true)) {
      try {
        atEnd.run();
      } finally {
        finished.countDown();
      }
    }
  }

  /** Waits until the mount has ended and no worker is left. */
  void await() throws InterruptedException {
    finished.await();
  }

  /** As {@link #await()}, for a time. False: workers are left. */
  boolean await(long millis) throws InterruptedException {
    return finished.await(millis, TimeUnit.MILLISECONDS);
  }

  boolean isFinished() {
    return finished.getCount() == 0;
  }

  /** Waits until no request is in work. False: there were some all the time. */
  boolean awaitIdle(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!isIdle()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      Thread.sleep(5);
    }
    return true;
  }

  private synchronized boolean isIdle() {
    return idle.get() == running;
  }

  /**
   * Gives up on workers that the kernel keeps waiting: no request reaches the filesystem any more,
   * and once those in work are done, this counts as the end.
   */
  void abandon() throws InterruptedException {
    closed = true;
    while (!awaitIdle(60_000)) {
      log.warn("requests are still in work");
    }
    finish();
  }
}
