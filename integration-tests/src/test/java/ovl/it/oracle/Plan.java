package ovl.it.oracle;

import java.util.List;
import ovl.it.overlay.Backing;

/**
 * All that a trial does. Phase 0 builds the layers, with paths from their common parent; the others
 * work on the merged directory.
 */
record Plan(
    long seed,
    Combo combo,
    Backing backing,
    Turns turns,
    int lowers,
    int phases,
    List<Item> items) {
  /** Who mounts which side in a phase. */
  enum Turns {
    /** The two sides change places after each phase. */
    SWAP,
    /** The left one is the kernel's always, the right one every other time. */
    ALTERNATE;

    boolean isKernelLeft(int phase) {
      return this == ALTERNATE || phase % 2 == 1;
    }

    boolean isKernelRight(int phase) {
      return (this == ALTERNATE) == (phase % 2 == 1);
    }
  }

  /** A step and the phase that it belongs to. */
  record Item(int phase, Step step) {}

  Plan with(List<Item> other) {
    return new Plan(seed, combo, backing, turns, lowers, phases, other);
  }
}
