package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import ovl.transport.OperationTimes;

final class WorkersTest {
  /** As when the system allows no more threads, or no more rings. */
  private static final class NoMoreWorkers implements RequestSource {
    private int attempts;

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
      attempts++;
      throw new IllegalStateException("no worker, as the test wants it");
    }
  }

  @Test
  void growthThatFailsIsNotTriedWithEachRequest() throws Exception {
    NoMoreWorkers source = new NoMoreWorkers();
    Workers workers = new Workers(source, () -> {});
    for (int i = 0; i < 1000; i++) {
      workers.busy(0);
    }
    int attempts = source.attempts;
    assertTrue(attempts > 0 && attempts < 10, attempts + " attempts");
    assertEquals(0, workers.times().size(), "kept of workers that are none");
    Thread.sleep(1_100);
    workers.busy(0);
    assertEquals(attempts + 1, source.attempts);
  }
}
