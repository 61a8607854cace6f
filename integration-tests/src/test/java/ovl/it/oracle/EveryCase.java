package ovl.it.oracle;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import ovl.it.overlay.Backing;
import ovl.sys.Linux;

/**
 * Every kind of object with every call, and every two kinds with every rename: each once, in a
 * directory of its own, on fresh layers.
 */
final class EveryCase {
  private static final long[] RENAMES = {
    0, Linux.RENAME_NOREPLACE, Linux.RENAME_EXCHANGE, Linux.RENAME_WHITEOUT
  };

  /** So many share a mount. */
  private static final int BATCH = 250;

  private record Case(String name, Consumer<Layout> layout) {}

  private final PrintStream out;
  private final Combo combo;
  private final Backing backing;
  private final List<Case> cases = new ArrayList<>();

  EveryCase(PrintStream out, Combo combo, Backing backing) {
    this.out = out;
    this.combo = combo;
    this.backing = backing;
    List<Kind> kinds = Kind.all(combo);
    for (Verb verb : Verb.all()) {
      kinds.forEach(kind -> add(kind, verb));
    }
    for (long flags : RENAMES) {
      for (Kind from : kinds) {
        kinds.forEach(to -> add(from, to, flags));
      }
    }
  }

  private void add(Kind kind, Verb verb) {
    cases.add(
        new Case(
            verb.name() + ": " + kind.name(),
            layout -> {
              kind.layout().accept(layout, "a");
              verb.body().add(layout, layout.path("a"));
            }));
  }

  private void add(Kind from, Kind to, long flags) {
    cases.add(
        new Case(
            "rename " + flags + ": " + from.name() + " to " + to.name(),
            layout -> {
              from.layout().accept(layout, "a");
              to.layout().accept(layout, "b");
              List<String> paths = List.of(layout.path("a"), layout.path("b"));
              layout.call(Call.RENAME, paths, flags);
            }));
  }

  /**
   * Carries out every so-manieth case.
   *
   * @return the script of the first difference; null if there was none
   */
  String run(int first, int stride) {
    List<Case> chosen = new ArrayList<>();
    for (int i = first; i < cases.size(); i += stride) {
      chosen.add(cases.get(i));
    }
    String failure = null;
    for (int i = 0; i < chosen.size(); i += BATCH) {
      String found = run(chosen.subList(i, Math.min(chosen.size(), i + BATCH)));
      failure = failure == null ? found : failure;
    }
    out.printf("%s on %s: %,d of %,d cases%n", combo, backing, chosen.size(), cases.size());
    return failure;
  }

  /** Halves what differs until it is one case, or none by itself. */
  private String run(List<Case> batch) {
    Plan plan = plan(batch);
    Difference found = Trial.run(plan);
    if (found == null) {
      return null;
    }
    String first = null;
    if (batch.size() > 1) {
      int half = batch.size() / 2;
      first = run(batch.subList(0, half));
      String second = run(batch.subList(half, batch.size()));
      first = first == null ? second : first;
    }
    if (first == null) {
      first = Script.of(plan, found);
      String names = batch.stream().map(Case::name).collect(Collectors.joining("\n"));
      out.println("---- " + combo + " on " + backing + "\n" + names + "\n" + found.text());
    }
    return first;
  }

  /** The second phase has no calls: each side is mounted by the other, and looked at. */
  private Plan plan(List<Case> batch) {
    List<Plan.Item> items = new ArrayList<>();
    List<Plan.Item> calls = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      Layout layout = new Layout(combo, "c" + i);
      batch.get(i).layout().accept(layout);
      items.addAll(layout.layers());
      calls.addAll(layout.calls());
    }
    items.addAll(calls);
    return new Plan(0, combo, backing, Plan.Turns.SWAP, Layout.LOWERS.size(), 2, items);
  }
}
