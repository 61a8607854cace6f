package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class LockOrderTest {
  @Test
  void locksOfRisingRankMayBeTaken() {
    assertTrue(LockOrder.enter(LockOrder.NAMES));
    assertTrue(LockOrder.enter(LockOrder.PLACE));
    assertFalse(LockOrder.holdsNothing());
    LockOrder.leave(LockOrder.PLACE);
    LockOrder.leave(LockOrder.NAMES);
    assertTrue(LockOrder.holdsNothing());
  }

  @Test
  void lockOfEqualOrLowerRankIsRefused() {
    for (int held : new int[] {LockOrder.NAMES, LockOrder.PLACE}) {
      LockOrder.enter(held);
      for (int wanted = LockOrder.COPY_UP_TURN; wanted <= held; wanted++) {
        int rank = wanted;
        assertThrows(AssertionError.class, () -> LockOrder.enter(rank));
      }
      LockOrder.leave(held);
    }
    assertTrue(LockOrder.holdsNothing());
  }

  @Test
  void aCopyUpMayLockNamesAndPlacesToPublish() {
    LockOrder.enter(LockOrder.COPY_UP_TURN);
    assertTrue(LockOrder.holdsOnlyTurn());
    LockOrder.enter(LockOrder.NAMES);
    assertFalse(LockOrder.holdsOnlyTurn());
    LockOrder.enter(LockOrder.PLACE);
    assertFalse(LockOrder.holdsOnlyTurn());
    LockOrder.leave(LockOrder.PLACE);
    LockOrder.leave(LockOrder.NAMES);
    LockOrder.leave(LockOrder.COPY_UP_TURN);
    assertTrue(LockOrder.holdsNothing());
  }
}
