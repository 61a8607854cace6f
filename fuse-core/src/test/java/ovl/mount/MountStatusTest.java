package ovl.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MountStatusTest {
  private static final String REPORT =
      """
      pid 17
      since 1700000000123000000
      transport dev
      passthrough off
      io-uring on
      upper yes
      lowers 3
      data-layers 0
      options ro,volatile
      nodes 5
      copy-ups 4 1000 2000
      copying 10 20 30 /a name
      something new
      operation LOOKUP 10 90000 60000 8,1,0,0,0,0,1
      operation opcode 99 1 5 5 1
      """;

  @Test
  void reportIsRead() {
    MountStatus status = MountStatus.parse(REPORT);
    assertEquals(17, status.pid());
    assertEquals(1_700_000_000_123L, status.sinceMillis());
    assertFalse(status.hasPassthrough());
    assertTrue(status.usesIoUring());
    assertTrue(status.hasUpper());
    assertEquals(List.of("ro", "volatile"), status.options());
    assertEquals(1000, status.copyUpBytes());
    assertEquals(List.of(new CopyUpProgress("/a name", 10, 20, 30)), status.copying());
    assertEquals("LOOKUP", status.operations().get(0).kind());
    assertEquals("opcode 99", status.operations().get(1).kind());
  }

  @Test
  void somethingElseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> MountStatus.parse(""));
    assertThrows(
        IllegalArgumentException.class, () -> MountStatus.parse(REPORT.replace("pid 17", "pid x")));
  }

  @Test
  void percentilesComeFromTheBuckets() {
    MountStatus.Operation operation = MountStatus.parse(REPORT).operations().get(0);
    assertEquals(9_000, operation.meanNanos());
    assertEquals(1_000, operation.percentileNanos(50));
    assertEquals(2_000, operation.percentileNanos(90));
    assertEquals(60_000, operation.percentileNanos(99), "no more than the longest");
  }
}
