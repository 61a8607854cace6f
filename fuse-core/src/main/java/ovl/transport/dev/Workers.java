package ovl.transport.dev;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.ScratchThread;
import ovl.transport.OperationEvent;
import ovl.transport.OperationTimes;

/**
 * The workers on one source of requests. There are always more than there are requests in work, up
 * to a limit: a request that takes long (a copy-up, an fsync) never keeps the others waiting. After
 * such a rush those that the source has no use for rest, without their memory, until they are
 * needed again.
 */
final class Workers {
  /** Above all opcodes of today. */
  private static final int OPCODES = 64;

  private static final Logger log = LoggerFactory.getLogger(Workers.class);

  private static final int MOST = 64;

  /** After one could not be started; else each request would try, and log, again. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final RequestSource source;

  /** Workers that wait for a request, or are about to. */
  private final AtomicInteger idle = new AtomicInteger();

  private final Runnable atEnd;
  private final AtomicBoolean finishing = new AtomicBoolean();
  private final CountDownLatch finished = new CountDownLatch(1);

  /** Its parties are the workers that are about to join, and whoever started the first of them. */
  private final Phaser joining = new Phaser(1);

  private volatile boolean joined;
  private volatile long recentFile;
  private volatile boolean closed;
  private volatile boolean recorded;

  /** Those that neither work nor wait, the last one first. Guarded by this. */
  private final ArrayDeque<Worker> resting = new ArrayDeque<>(MOST);

  /** What each worker that was ever started has served. Guarded by this. */
  private final List<OperationTimes> times = new ArrayList<>();

  /** Workers ever started, and those that have not ended. Guarded by this. */
  private int started;

  private int running;

  /** No worker could be started, at that System.nanoTime. Guarded by this. */
  private boolean paused;

  private long pausedAt;

  /** The kernel has told a worker that the mount is gone. Guarded by this. */
  private boolean ending;

  /**
   * @param atEnd run once, when the last request is answered and no further one will come
   */
  Workers(RequestSource source, Runnable atEnd) {
    this.source = source;
    this.atEnd = atEnd;
  }

  /** Starts the first workers: one at least, or this fails. */
  void start() {
    startFirst();
    for (int i = 1; i < Math.min(source.first(), MOST); i++) {
      grow();
    }
  }

  private synchronized void startFirst() {
    Worker first = worker();
    boolean runs = false;
    try {
      startLocked(first);
      runs = true;
    } finally {
      if (!runs) {
        first.close();
      }
    }
  }

  private synchronized void add() {
    if (!resting.isEmpty()) {
      wakeLocked();
    } else if (running < MOST && !closed && !ending && !isPausedLocked()) {
      startLocked(new Recruit());
    }
  }

  /**
   * A further worker, made by its own thread: the request that showed that one is needed does not
   * wait for a device and buffers.
   */
  private final class Recruit implements Runnable {
    @Override
    public void run() {
      Worker worker = null;
      try {
        worker = recruit();
      } finally { // whatever goes wrong: who is counted and not there is waited for in vain
        if (worker == null) {
          joined(false);
          ended(false);
        }
      }
      if (worker != null) {
        worker.run();
      }
    }

    private Worker recruit() {
      if (isEnding()) {
        return null; // the session's device may be closed at any moment
      }
      try {
        return worker();
      } catch (RuntimeException | Error e) { // as when there are no more descriptors
        pause();
        log.warn("no further worker: {}", e.toString());
        return null;
      }
    }
  }

  private synchronized void pause() {
    paused = true;
    pausedAt = System.nanoTime();
  }

  private synchronized boolean isEnding() {
    return closed || ending;
  }

  /** Requires: this. */
  private boolean isPausedLocked() {
    paused &= System.nanoTime() - pausedAt < PAUSE_NANOS;
    return paused;
  }

  /** Requires: this. */
  private void startLocked(Runnable work) {
    Thread thread = new ScratchThread(work, source.threadName() + (started + 1));
    thread.setDaemon(true);
    idle.incrementAndGet(); // before it can be busy
    joining.register();
    boolean runs = false;
    try {
      thread.start();
      runs = true;
    } finally {
      if (!runs) {
        idle.decrementAndGet();
        joining.arriveAndDeregister();
      }
    }
    started++;
    running++;
  }

  /** A worker has told the kernel of itself, or could not. */
  void joined(boolean isJoined) {
    if (isJoined) {
      joined = true;
    }
    joining.arriveAndDeregister();
  }

  /** The nodeid of a regular file that a request was about, or 0 while there was none. */
  long recentFile() {
    return recentFile;
  }

  /** Waits, once, until the first workers have told the kernel of themselves. False: none could. */
  boolean awaitJoined() {
    joining.arriveAndAwaitAdvance();
    return joined;
  }

  /** Requires: this. */
  private void wakeLocked() {
    idle.incrementAndGet();
    resting.pop().wake();
  }

  private Worker worker() {
    OperationTimes served = new OperationTimes(OPCODES);
    Worker worker = source.worker(this, served);
    synchronized (this) {
      times.add(served);
    }
    return worker;
  }

  /**
   * A worker got a request; if too few wait for the next, another one is started.
   *
   * @param file the nodeid of the regular file that it is about, or 0
   * @return false if the filesystem must not be called any more
   */
  boolean busy(long file) {
    if (file != 0) {
      recentFile = file;
    }
    if (idle.decrementAndGet() < source.spare()) {
      grow();
    }
    return !closed;
  }

  private void grow() {
    try {
      add();
    } catch (RuntimeException | Error e) { // as when the system allows no more threads
      pause();
      log.warn("no further worker: {}", e.toString());
    }
  }

  /** A worker has answered and waits again, here if others wait for the kernel already. */
  void idle(Worker worker) {
    if (idle.incrementAndGet() > source.keep() && isSurplus(worker)) {
      worker.rest();
    }
  }

  private synchronized boolean isSurplus(Worker worker) {
    if (idle.get() <= source.keep() || ending) {
      return false;
    }
    idle.decrementAndGet();
    worker.prepareRest();
    resting.push(worker);
    return true;
  }

  /**
   * A worker that waited, or was about to, is gone; the last one means the end of the mount.
   *
   * @param hadJoined it has heard of the end from the kernel
   */
  void ended(boolean hadJoined) {
    boolean last;
    synchronized (this) {
      ending |= hadJoined;
      while (ending && !resting.isEmpty()) {
        wakeLocked(); // to hear from the kernel that this is the end
      }
      idle.decrementAndGet();
      running--;
      last = running == 0;
    }
    if (last) {
      finish();
    }
  }

  /** Declares the end, once: no worker is left, or none was ever started. */
  void finish() {
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

  /** See {@link ovl.transport.Transport#record}. */
  void record() {
    new OperationEvent().begin(); // loads the class here and not in a request
    recorded = true;
  }

  boolean isRecorded() {
    return recorded;
  }

  /** What each worker that was ever started has served. */
  synchronized List<OperationTimes> times() {
    return List.copyOf(times);
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
    return idle.get() + resting.size() == running;
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
