package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import ovl.sys.Syscalls;

/** What is decided before any request has come over a ring. */
final class RingsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {"0 1", "0-1 2", "0-127 128", "0,2-3 3", "0-3,8-11 8"})
  void listOfCpusIsCounted(String list, int count) {
    assertEquals(count, Rings.count(list));
  }

  @ParameterizedTest
  @CsvSource({"1, 8, 32", "2, 4, 16", "6, 1, 5", "64, 1, 1"})
  void eachQueueHasWorkers(int queues, int first, int spare) {
    assertEquals(new RingSize(first, spare), RingSize.of(queues));
  }

  @Test
  void whoDoesNotWantThemDeclines() {
    try (Rings rings = new Rings(Syscalls.load(), false)) {
      assertFalse(rings.accept());
    }
  }
}
