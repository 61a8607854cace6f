package ovl.it.oracle;

import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/** The short run; {@code scripts/oracle --minutes N} is the real thing. */
final class OracleTest {
  private static final int SECONDS = Integer.getInteger("ovl.oracle.seconds", 20);

  /** Seeds that found faults stay in: the first few trials are the same in every build. */
  private static final long SEED = Long.getLong("ovl.oracle.seed", 200);

  @Test
  void randomCallsDoWhatTheyDoOnTheKernelsOverlay() {
    assertNull(new Oracle(System.err).startAt(SEED).run(SECONDS));
  }
}
