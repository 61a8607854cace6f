package ovl.it.oracle;

import java.io.PrintStream;
import java.util.Map;
import java.util.TreeMap;
import ovl.it.overlay.Backing;

/** Runs trials, one seed after the other, until the time is up. */
public final class Oracle {
  private static final String USAGE =
      """
      usage: oracle [--minutes N] [--seed S] [--combo NAME] [--keep-going]
        --minutes N   how long; 1 if not given
        --seed S      the first seed; the time if not given
        --combo NAME  only this combination of features; all in turn if not given
        --keep-going  do not stop at the first difference, but show each kind once
      """;

  private static final int PHASES = 2;
  private static final int STEPS = 200;
  private static final int SHRINK_SECONDS = 120;

  private final PrintStream out;
  private final Map<String, Integer> kinds = new TreeMap<>();
  private Combo only;
  private long seed = System.currentTimeMillis() / 1000 * 1000;
  private boolean keepsGoing;
  private long steps;

  Oracle(PrintStream out) {
    this.out = out;
  }

  Oracle startAt(long first) {
    seed = first;
    return this;
  }

  /**
   * Runs for so long.
   *
   * @return the script of the first difference; null if there was none
   */
  String run(int seconds) {
    final long start = System.nanoTime();
    final long end = start + seconds * 1_000_000_000L;
    final long first = seed;
    String failure = null;
    for (; System.nanoTime() < end && (failure == null || keepsGoing); seed++) {
      String found = trial();
      failure = failure == null ? found : failure;
    }
    long minutes = Math.max(1, (System.nanoTime() - start) / 60_000_000_000L);
    out.printf(
        "oracle: %,d steps (%,d a minute), seeds %d to %d, differences %s%n",
        steps, steps / minutes, first, seed - 1, kinds);
    return failure;
  }

  private String trial() {
    Combo[] combos = Combo.values();
    Combo combo = only != null ? only : combos[(int) Math.floorMod(seed / 2, (long) combos.length)];
    Backing backing = seed % 2 == 0 ? Backing.XFS : Backing.EXT4;
    Plan plan = Generator.plan(seed, combo, backing, PHASES, STEPS);
    Difference found = Trial.run(plan);
    steps += plan.items().size();
    if (found == null || kinds.merge(found.kind(), 1, Integer::sum) > 1) {
      return null;
    }
    Shrinker.Shrunk shrunk = Shrinker.shrink(plan, found, SHRINK_SECONDS);
    String script = Script.of(shrunk.plan(), shrunk.difference());
    out.println(script);
    return script;
  }

  /** Exit status: 0 no difference, 1 some, 2 wrong usage. */
  public static void main(String[] args) {
    Oracle oracle = new Oracle(System.out);
    int minutes = 1;
    try {
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--minutes" -> minutes = Integer.parseInt(args[++i]);
          case "--seed" -> oracle.seed = Long.parseLong(args[++i]);
          case "--combo" -> oracle.only = Combo.valueOf(args[++i]);
          case "--keep-going" -> oracle.keepsGoing = true;
          default -> throw new IllegalArgumentException(args[i]);
        }
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      System.err.print(USAGE);
      System.exit(2);
    }
    System.exit(oracle.run(60 * minutes) == null ? 0 : 1);
  }
}
