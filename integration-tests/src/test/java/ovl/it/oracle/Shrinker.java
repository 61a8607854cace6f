package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;

/** Takes steps away from a plan that fails as long as it fails in the same way. */
final class Shrinker {
  private final long deadline;
  private Plan plan;
  private Difference difference;

  private Shrinker(Plan plan, Difference difference, int seconds) {
    this.plan = plan;
    this.difference = difference;
    this.deadline = System.nanoTime() + seconds * 1_000_000_000L;
  }

  /** A plan as short as could be found in the time, and what it ends in. */
  record Shrunk(Plan plan, Difference difference) {}

  static Shrunk shrink(Plan plan, Difference difference, int seconds) {
    Shrinker shrinker = new Shrinker(plan, difference, seconds);
    shrinker.run();
    return new Shrunk(shrinker.plan, shrinker.difference);
  }

  private void run() {
    tryWith(plan.items().subList(0, difference.at() + 1));
    for (int size = Math.max(1, plan.items().size() / 2); ; size = Math.max(1, size / 2)) {
      boolean any = false;
      int end = plan.items().size();
      while (end > 0 && System.nanoTime() < deadline) {
        int from = Math.max(0, end - size);
        List<Plan.Item> rest = new ArrayList<>(plan.items().subList(0, from));
        rest.addAll(plan.items().subList(end, plan.items().size()));
        any |= tryWith(rest);
        end = Math.min(from, plan.items().size());
      }
      if (System.nanoTime() >= deadline || size == 1 && !any) {
        return;
      }
    }
  }

  private boolean tryWith(List<Plan.Item> items) {
    Plan candidate = plan.with(List.copyOf(items));
    Difference found = Trial.run(candidate);
    if (found == null || !found.kind().equals(difference.kind())) {
      return false;
    }
    plan = candidate.with(List.copyOf(items.subList(0, Math.max(0, found.at() + 1))));
    difference = found;
    return true;
  }
}
