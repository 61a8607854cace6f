package ovl.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class OperationTimesTest {
  private final OperationTimes times = new OperationTimes(3);

  private static List<OperationSummary> summaries(OperationTimes... times) {
    return OperationSummary.of(List.of(times), kind -> "kind " + kind);
  }

  @Test
  void timesOfAllThreadsAreAddedUp() {
    OperationTimes other = new OperationTimes(3);
    times.add(1, 2_000);
    times.add(1, 9_000);
    other.add(1, 5_000);
    List<OperationSummary> summaries = summaries(times, other);
    assertEquals(1, summaries.size(), "kinds that never occurred are left out");
    OperationSummary sum = summaries.get(0);
    assertEquals("kind 1", sum.name());
    assertEquals(3, sum.count());
    assertEquals(16_000, sum.nanos());
    assertEquals(9_000, sum.longestNanos());
  }

  @Test
  void unknownKindsAreCountedTogether() {
    times.add(3, 1);
    times.add(-1, 1);
    times.add(0, 1);
    assertEquals(3, summaries(times).get(0).count());
  }

  @Test
  void bucketIsTheNextPowerOfTwoMicroseconds() {
    long[] nanos = {0, 999, 1_000, 1_999, 2_000, 3_999, 4_000, TimeUnit.HOURS.toNanos(1)};
    int[] expected = {0, 0, 1, 1, 2, 2, 3, OperationTimes.BUCKETS - 1};
    for (int i = 0; i < nanos.length; i++) {
      OperationTimes one = new OperationTimes(1);
      one.add(0, nanos[i]);
      assertEquals(1, summaries(one).get(0).buckets()[expected[i]], nanos[i] + " ns");
    }
  }
}
