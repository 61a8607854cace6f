package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import ovl.transport.OperationTimes;

final class WorkersTest {
  /** As when the system allows no more threads, or no more rings. */
  private static final class NoMoreWorkers implements RequestSource {
    private final AtomicInteger attempts = new AtomicInteger();

    @Override
    public String threadName() {
      return "none";
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
    assertEquals(1, source.attempts.get());
    assertEquals(0, workers.times().size(), "kept of workers that are none");
    Thread.sleep(1_100);
    workers.busy(0);
    for (int wait = 0; source.attempts.get() == 1 && wait < 1_000; wait++) {
      Thread.sleep(10);
    }
    assertEquals(2, source.attempts.get());
  }
}
