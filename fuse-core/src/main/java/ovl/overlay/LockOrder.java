package ovl.overlay;

/**
 * Checks the lock order of package-info under {@code -ea}: a thread may only take locks of a higher
 * rank than those it holds. Without assertions it costs nothing.
 */
final class LockOrder {
  /** The right to copy up one node: taken with nothing else held. */
  static final int COPY_UP_TURN = 1;

  /** The names in one directory, or in several taken by one call. */
  static final int NAMES = 2;

  /** The place of one node, or of two taken by one call. */
  static final int PLACE = 3;

  private static final ThreadLocal<int[]> HELD = ThreadLocal.withInitial(() -> new int[4]);

  private LockOrder() {}

  /** True, or an assertion error that names the two ranks. For use in {@code assert}. */
  static boolean enter(int rank) {
    int[] held = HELD.get();
    for (int higher = rank; higher < held.length; higher++) {
      if (held[higher] > 0) {
        throw new AssertionError("lock of rank " + rank + " taken under rank " + higher);
      }
    }
    held[rank]++;
    return true;
  }

  static boolean leave(int rank) {
    HELD.get()[rank]--;
    return true;
  }

  /** True if this thread holds no lock: nobody waits while it copies data. */
  static boolean holdsNothing() {
    int[] held = HELD.get();
    return held[COPY_UP_TURN] == 0 && holdsOnlyTurn();
  }

  /** True if at most a copy-up turn is held. */
  static boolean holdsOnlyTurn() {
    int[] held = HELD.get();
    return held[NAMES] == 0 && held[PLACE] == 0;
  }
}
