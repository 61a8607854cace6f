package ovl.it.oracle;

import java.util.List;
import ovl.it.overlay.Backing;

/**
 * All that a trial does. Phase 0 builds the layers, with paths from their common parent; the others
 * work on the merged directory, and at the end of each the two sides change places.
 */
record Plan(long seed, Combo combo, Backing backing, int lowers, int phases, List<Item> items) {
  /** A step and the phase that it belongs to. */
  record Item(int phase, Step step) {}

  Plan with(List<Item> other) {
    return new Plan(seed, combo, backing, lowers, phases, other);
  }
}
