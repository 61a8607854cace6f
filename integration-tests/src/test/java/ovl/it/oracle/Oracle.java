package ovl.it.oracle;

import java.io.PrintStream;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import ovl.it.overlay.Backing;
import ovl.it.overlay.RunOptions;

/** Runs trials, one seed after the other, until the time is up. */
public final class Oracle {
  private static final String USAGE =
      """
      usage: oracle [--minutes N] [--seed S] [--combo NAME] [--keep-going] [--alternate ROUNDS]
                    [--every N] [--passthrough WHICH]
        --minutes N   how long; 1 if not given
        --seed S      the first seed; the time if not given
        --combo NAME  only this combination of features; if not given, all in turn
        --keep-going  do not stop at the first difference, but show each kind once
        --alternate N one side is mounted N times, by the kernel and by ours in turn, and compared
                      with the kernel alone; otherwise the two change places once
        --every N     no random calls: every N-th of all cases of one call on one kind of object
        --passthrough WHICH  what ours are mounted with: auto, all or off
      """;

  private static final int STEPS = 200;
  private static final int SHRINK_SECONDS = 60;

  private final PrintStream out;
  private final Map<String, Integer> kinds = new TreeMap<>();
  private final Map<Combo, Long> steps = new EnumMap<>(Combo.class);
  private Combo only;
  private long seed = System.currentTimeMillis() / 1000 * 1000;
  private boolean keepsGoing;
  private Plan.Turns turns = Plan.Turns.SWAP;
  private int rounds = 2;

  Oracle(PrintStream out) {
    this.out = out;
  }

  Oracle startAt(long first) {
    seed = first;
    return this;
  }

  Oracle only(Combo combo) {
    only = combo;
    return this;
  }

  /** The right side is the kernel's and ours in turn, the left one the kernel's in all rounds. */
  Oracle alternate(int count) {
    turns = Plan.Turns.ALTERNATE;
    rounds = count;
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
    long all = steps.values().stream().mapToLong(Long::longValue).sum();
    out.printf(
        "oracle: %,d steps (%,d a minute), seeds %d to %d, differences %s%n",
        all, all / minutes, first, seed - 1, kinds);
    steps.forEach((combo, number) -> out.printf("  %s: %,d%n", combo, number));
    return failure;
  }

  /**
   * Carries out every so-manieth case of {@link EveryCase}, of each combination another.
   *
   * @return the script of the first difference; null if there was none
   */
  String every(int stride) {
    String failure = null;
    for (Combo combo : only != null ? new Combo[] {only} : Combo.values()) {
      Backing backing = combo.ordinal() % 2 == 0 ? Backing.XFS : Backing.EXT4;
      int first = combo.ordinal() * stride / Combo.values().length;
      String found = new EveryCase(out, combo, backing).run(first, stride);
      failure = failure == null ? found : failure;
    }
    return failure;
  }

  private String trial() {
    Combo combo = only != null ? only : Combo.of(seed);
    Backing backing = seed % 2 == 0 ? Backing.XFS : Backing.EXT4;
    Plan plan = Generator.plan(seed, combo, backing, turns, rounds, STEPS);
    Difference found = Trial.run(plan);
    steps.merge(combo, (long) plan.items().size(), Long::sum);
    if (found == null || kinds.merge(combo + " " + found.kind(), 1, Integer::sum) > 1) {
      return null;
    }
    out.printf("seed %d: %s%n", seed, found.text());
    Shrinker.Shrunk shrunk = Shrinker.shrink(plan, found, SHRINK_SECONDS);
    String script = Script.of(shrunk.plan(), shrunk.difference());
    out.println(script);
    return script;
  }

  /** Exit status: 0 no difference, 1 some, 2 wrong usage. */
  public static void main(String[] args) {
    Oracle oracle = new Oracle(System.out);
    int minutes = 1;
    int stride = 0;
    try {
      for (int i = 0; i < args.length; i++) {
        switch (args[i]) {
          case "--minutes" -> minutes = Integer.parseInt(args[++i]);
          case "--seed" -> oracle.seed = Long.parseLong(args[++i]);
          case "--combo" -> oracle.only(Combo.valueOf(args[++i]));
          case "--keep-going" -> oracle.keepsGoing = true;
          case "--every" -> stride = Integer.parseInt(args[++i]);
          case "--alternate" -> oracle.alternate(Integer.parseInt(args[++i]));
          case "--passthrough" -> System.setProperty(RunOptions.PASSTHROUGH, args[++i]);
          default -> throw new IllegalArgumentException(args[i]);
        }
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      System.err.print(USAGE);
      System.exit(2);
    }
    String failure = stride > 0 ? oracle.every(stride) : oracle.run(60 * minutes);
    System.exit(failure == null ? 0 : 1);
  }
}
