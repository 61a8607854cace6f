package ovl.it.oracle;

import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The short run; {@code scripts/oracle --minutes N} is the real thing. */
final class OracleTest {
  private static final int SECONDS = Integer.getInteger("ovl.oracle.seconds", 20);
  private static final int ROUNDS = Integer.getInteger("ovl.oracle.rounds", 4);

  /** Seeds that found faults stay in: the first few trials are the same in every build. */
  private static final long SEED = Long.getLong("ovl.oracle.seed", 200);

  /** The same for those with an index. */
  private static final long INDEX_SEED = 8000;

  @Test
  void randomCallsDoWhatTheyDoOnTheKernelsOverlay() {
    assertNull(new Oracle(System.err).startAt(SEED).run(SECONDS));
  }

  @Test
  void alternatingWithTheKernelDoesWhatTheKernelDoesAlone() {
    assertNull(new Oracle(System.err).startAt(SEED).alternate(ROUNDS).run(SECONDS / 4));
  }

  @ParameterizedTest
  @EnumSource(names = {"INDEX", "INDEX_METACOPY"})
  void lowerHardLinksWithAnIndexDoWhatTheyDoOnTheKernelsOverlay(Combo combo) {
    assertNull(new Oracle(System.err).only(combo).startAt(INDEX_SEED).run(SECONDS / 4));
  }
}
