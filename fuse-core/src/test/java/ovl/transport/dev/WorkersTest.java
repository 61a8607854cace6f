package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import ovl.sys.Syscalls;
import ovl.transport.OperationTimes;

final class WorkersTest {
  private static final Syscalls SYS = Syscalls.load();

  private abstract static class SmallSource implements RequestSource {
    @Override
    public String threadName() {
      return "test";
    }

    @Override
    public int first() {
      return 1;
    }

    @Override
    public int spare() {
      return 1;
    }

    @Override
    public int keep() {
      return 1;
    }
  }

  /** As when the system allows no more threads, or no more rings. */
  private static final class NoMoreWorkers extends SmallSource {
    private final AtomicInteger attempts = new AtomicInteger();

    @Override
    public Worker worker(Workers crew, OperationTimes served) {
      attempts.incrementAndGet();
      throw new IllegalStateException("no worker, as the test wants it");
    }
  }

  @Test
  void growthThatFailsIsNotTriedWithEachRequest() throws Exception {
    NoMoreWorkers source = new NoMoreWorkers();
    CountDownLatch ended = new CountDownLatch(1);
    Workers workers = new Workers(source, ended::countDown);
    workers.busy(0);
    // The one that could not be made was the only one, so that this is the end.
    assertTrue(ended.await(10, TimeUnit.SECONDS), "the failure was not noticed");
    for (int i = 0; i < 1000; i++) {
      workers.busy(0);
    }
    int attempts = source.attempts.get();
    assertTrue(attempts < 10, attempts + " attempts");
    assertEquals(0, workers.times().size(), "kept of workers that are none");
    Thread.sleep(1_100);
    workers.busy(0);
    for (int wait = 0; source.attempts.get() == attempts && wait < 1_000; wait++) {
      Thread.sleep(10);
    }
    assertTrue(source.attempts.get() > attempts, "never tried again");
  }

  /** Makes one worker, which waits for a request until the mount is told to end. */
  private static final class OneWorker extends SmallSource {
    private final CountDownLatch end = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final AtomicInteger made = new AtomicInteger();

    @Override
    public Worker worker(Workers crew, OperationTimes served) {
      if (made.incrementAndGet() == 1) {
        Request in = new Request(SYS, 4096);
        return new Worker(crew, new Waiting(end), in, new Reply(SYS, 4096), null, served);
      }
      asked.countDown();
      await(answer);
      throw new IllegalStateException("no second worker, as the test wants it");
    }
  }

  private static final class Waiting implements Channel {
    private final CountDownLatch end;

    Waiting(CountDownLatch end) {
      this.end = end;
    }

    @Override
    public boolean readRequest(Request in) {
      await(end);
      return false;
    }

    @Override
    public void writeReply(Reply reply) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS), "waited in vain");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void furtherWorkerThatCannotBeMadeDoesNotEndTheMount() throws Exception {
    OneWorker source = new OneWorker();
    Workers workers = new Workers(source, () -> {});
    workers.start();
    workers.busy(0);
    source.answer.countDown();
    await(source.asked);
    assertFalse(workers.await(100));
    source.end.countDown();
    assertTrue(workers.await(10_000), "the mount does not end");
  }

  @Test
  void mountEndsOnlyWhenWhoIsBeingMadeIsGone() throws Exception {
    OneWorker source = new OneWorker();
    Workers workers = new Workers(source, () -> {});
    workers.start();
    workers.busy(0);
    await(source.asked);
    source.end.countDown();
    assertFalse(workers.await(100));
    source.answer.countDown();
    assertTrue(workers.await(10_000), "the mount does not end");
  }
}
