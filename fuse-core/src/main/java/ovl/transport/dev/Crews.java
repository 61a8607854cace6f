package ovl.transport.dev;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.transport.OperationSummary;
import ovl.transport.OperationTimes;
import ovl.transport.dev.wire.Opcode;

/**
 * All workers of one mount: those on its device and, with FUSE over io_uring, those on the queue of
 * each CPU.
 */
final class Crews {
  private static final Logger log = LoggerFactory.getLogger(Crews.class);

  /** In which the kernel has told all workers of the end; it tries again every 50. */
  private static final int LEAVE_MILLIS = 1_000;

  private final Workers device;
  private final List<Workers> rings = new ArrayList<>();
  private final List<Workers> all = new ArrayList<>();
  private final AtomicInteger left;
  private final Runnable atEnd;

  /**
   * @param atEnd run once, when the last request is answered and no further one will come
   */
  Crews(RequestSource device, List<RequestSource> rings, Runnable atEnd) {
    this.atEnd = atEnd;
    left = new AtomicInteger(1 + rings.size());
    this.device = new Workers(device, this::deviceEnded);
    rings.forEach(ring -> this.rings.add(new Workers(ring, this::ended)));
    all.add(this.device);
    all.addAll(this.rings);
  }

  /**
   * The mount is gone. The kernel tells those who wait on the rings as well, but not a worker that
   * joins at that moment, who would wait for ever: nobody waits for him long.
   */
  private void deviceEnded() {
    if (!rings.isEmpty()) {
      Thread thread = new Thread(this::leaveRings, "ovl-end");
      thread.setDaemon(true);
      thread.start();
    }
    ended();
  }

  private void leaveRings() {
    try {
      for (Workers ring : rings) {
        if (!ring.await(LEAVE_MILLIS)) {
          ring.abandon();
        }
      }
    } catch (InterruptedException e) {
      log.warn("interrupted while requests were still in work");
    }
  }

  private void ended() {
    if (left.decrementAndGet() == 0) {
      atEnd.run();
    }
  }

  /**
   * Starts the first workers: one on the device at least, or this fails. Those on the rings have
   * told the kernel of themselves when it returns: were the first of them to come while the mount
   * is being ended, the kernel would wait for it to go without telling it to, and umount(2) with
   * it.
   *
   * @return whether each ring is served
   */
  boolean start() {
    device.start();
    boolean served = true;
    for (Workers ring : rings) {
      if (served) {
        served = startRing(ring);
      } else {
        ring.finish();
      }
    }
    for (Workers ring : rings) {
      served &= ring.awaitJoined();
    }
    return served;
  }

  private static boolean startRing(Workers ring) {
    try {
      ring.start();
      return true;
    } catch (RuntimeException | Error e) { // as when the system allows no more threads
      log.warn("no worker on a queue: {}", e.toString());
      ring.finish();
      return false;
    }
  }

  /** Waits until the mount has ended and no worker is left. */
  void await() throws InterruptedException {
    for (Workers crew : all) {
      crew.await();
    }
  }

  /** As {@link #await()}, for a time. False: workers are left. */
  boolean await(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (Workers crew : all) {
      if (!crew.await(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()))) {
        return false;
      }
    }
    return true;
  }

  /** See {@link ovl.transport.Transport#record}. */
  void record() {
    for (Workers crew : all) {
      crew.record();
    }
  }

  /** What all workers have served. */
  List<OperationSummary> operations() {
    List<OperationTimes> times = new ArrayList<>();
    all.forEach(crew -> times.addAll(crew.times()));
    return OperationSummary.of(times, Opcode::name);
  }

  boolean isFinished() {
    return all.stream().allMatch(Workers::isFinished);
  }

  /** Waits until no request is in work. False: there were some all the time. */
  boolean awaitIdle(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    for (Workers crew : all) {
      if (!crew.awaitIdle(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()))) {
        return false;
      }
    }
    return true;
  }

  /** See {@link Workers#abandon}. */
  void abandon() throws InterruptedException {
    for (Workers crew : all) {
      crew.abandon();
    }
  }
}
