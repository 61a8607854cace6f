package ovl.it.oracle;

import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short run; {@code scripts/oracle --minutes N} is the real thing. */
final class OracleTest {
  private static final int SECONDS = Integer.getInteger("ovl.oracle.seconds", 24);
  private static final int ROUNDS = Integer.getInteger("ovl.oracle.rounds", 4);

  /** 1 for all cases with each combination, which takes hours. */
  private static final int STRIDE = Integer.getInteger("ovl.oracle.every", 601);

  /** The first few trials are the same in every build. */
  private static final long SEED = Long.getLong("ovl.oracle.seed", 204);

  @Test
  void randomCallsDoWhatTheyDoOnTheKernelsOverlay() {
    assertNull(new Oracle(System.err).startAt(SEED).run(SECONDS));
  }

  @Test
  void alternatingWithTheKernelDoesWhatTheKernelDoesAlone() {
    assertNull(new Oracle(System.err).startAt(SEED).alternate(ROUNDS).run(SECONDS / 4));
  }

  @Test
  void everyCallOnEveryKindOfObjectDoesWhatItDoesOnTheKernelsOverlay() {
    assertNull(new Oracle(System.err).every(STRIDE));
  }

  /** What was a difference that is intended, and must not be taken for another one. */
  @ParameterizedTest
  @CsvSource({"INDEX_METACOPY, 8099", "USERXATTR, 222", "USERXATTR, 500059"})
  void differencesThatAreIntendedAreNotShown(Combo combo, long seed) {
    assertNull(new Oracle(System.err).only(combo).startAt(seed).run(1));
  }
}
