package ovl.it.oracle;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import ovl.it.os.OsError;
import ovl.it.overlay.RunOptions;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;

/** Carries out a plan on both sides, from fresh layers to the first difference. */
final class Trial implements AutoCloseable {
  private static final int LINES = 12;

  /** File times have the clock of the last tick. */
  private static final long TICK_NANOS = 20_000_000;

  private final Plan plan;
  private final Side left;
  private final Side right;
  private final long now;
  private int at;
  private boolean sawLink;
  private boolean isKernelAlone;

  private Trial(Plan plan) {
    this.plan = plan;
    this.now = System.currentTimeMillis() * 1_000_000 - TICK_NANOS;
    this.left = new Side(plan.combo(), plan.backing(), plan.lowers());
    this.right = new Side(plan.combo(), plan.backing(), plan.lowers());
  }

  /** The first difference, or null. */
  static Difference run(Plan plan) {
    try (Trial trial = new Trial(plan)) {
      return trial.run();
    }
  }

  private Difference run() {
    Difference found = build();
    for (int phase = 1; found == null && phase <= plan.phases(); phase++) {
      try {
        found = work(phase);
      } catch (OsError e) {
        found = new Difference(at - 1, "error", "phase " + phase + ": " + e.getMessage());
      } finally {
        left.unmount();
        right.unmount();
      }
      if (found == null) {
        found = compareLayers(phase);
      }
    }
    return found;
  }

  private Difference build() {
    try (Session a = new Session(left.home());
        Session b = new Session(right.home())) {
      return steps(0, a, b);
    }
  }

  private Difference work(int phase) {
    boolean isKernelLeft = plan.turns().isKernelLeft(phase);
    left.mount(isKernelLeft);
    isKernelAlone = isKernelLeft && plan.turns().isKernelRight(phase);
    right.mount(plan.turns().isKernelRight(phase));
    Difference found = compareMerged(isKernelLeft, "start of phase " + phase);
    if (found == null) {
      try (Session a = new Session(left.merged());
          Session b = new Session(right.merged())) {
        found = isKernelLeft ? steps(phase, a, b) : steps(phase, b, a);
      }
    }
    return found == null ? compareMerged(isKernelLeft, "end of phase " + phase) : found;
  }

  /** The kernel's outcome always comes first. */
  private Difference steps(int phase, Session kernel, Session ours) {
    for (; at < plan.items().size() && plan.items().get(at).phase() == phase; at++) {
      Step step = plan.items().get(at).step();
      if (Deviations.revives(step, kernel)
          || RunOptions.passesAll() && step.call() == Call.REOPEN
          || !plan.combo().linksAll() && Deviations.isLinkOfSpecial(step, kernel)
          || plan.combo().linksContentAway() && Deviations.isRenameOfOtherName(step, kernel)) {
        continue;
      }
      String expected = outcome(phase, kernel, step);
      String actual = outcome(phase, ours, step);
      boolean isLink = Deviations.LINKS.contains(step.call());
      sawLink |= isLink && expected.startsWith("0\n");
      if (Deviations.isChangeOfRemoved(step, kernel, expected)) {
        step.slots().forEach(slot -> closeAll(slot.intValue(), kernel, ours));
      } else if (plan.combo().hasMetacopy() && Deviations.isTimeOfCopy(step, expected, actual)) {
        // Old enough not to be one of the trial's own.
        List<Long> times = List.of(step.number(step.call().slots() - 1), 0L, 0L, 7L, 7L);
        level(kernel, ours, new Step(Actor.ROOT, Call.FUTIMENS, List.of(), times));
      } else if (Deviations.isChownByOther(step, expected, actual)) {
        level(kernel, ours, new Step(Actor.ROOT, Call.CHMOD, step.paths(), List.of(0644L)));
      } else if (plan.combo().isOnTwoFilesystems()
          && Deviations.isCopyFromElsewhere(step, expected, actual)) {
        long slot = step.number(1);
        level(kernel, ours, new Step(Actor.ROOT, Call.FTRUNCATE, List.of(), List.of(slot, 0L)));
        level(kernel, ours, new Step(Actor.ROOT, Call.FCHMOD, List.of(), List.of(slot, 0644L)));
      } else if (plan.combo().linksContentAway()
          && Deviations.isLinkByOtherName(step, kernel, expected, ours, actual)) {
        unlink(step, kernel, ours);
      } else if (RunOptions.passesAll()
          && Deviations.isReadByEarlier(step, ours, expected, actual)) {
        closeAll(step.integer(0), kernel, ours);
      } else if (!Deviations.withoutWrongNumbers(expected).equals(ofOurs(actual))) {
        String text = step + "\n  kernel: " + expected + "\n  ours:   " + actual;
        return new Difference(at, kind(step, expected, actual), text);
      }
    }
    return null;
  }

  /** What the kernel has linked is listed with another number by ours too. */
  private String ofOurs(String outcome) {
    return sawLink || isKernelAlone ? Deviations.withoutWrongNumbers(outcome) : outcome;
  }

  /** With all other descriptors of the same object. */
  private static void closeAll(int slot, Session kernel, Session ours) {
    for (int same : kernel.slotsOfSame(slot)) {
      kernel.close(same);
      ours.close(same);
    }
  }

  /** Takes a name away from the side that has it, and makes the times that differ equal. */
  private static void unlink(Step link, Session kernel, Session ours) {
    String path = LinkedObject.newName(link);
    Session linked = kernel.at(path).exists() ? kernel : ours;
    Step unlink = new Step(Actor.ROOT, Call.UNLINK, List.of(path), List.of());
    Actor.ROOT.call(() -> unlink.call().run(linked, unlink));
    List<Long> times = List.of(0L, 0L, 7L, 7L);
    String parent = Observation.parent(path);
    level(kernel, ours, new Step(Actor.ROOT, Call.UTIMENS, List.of(parent), times));
    if (link.call() == Call.LINK) {
      // The other side may not have copied it up.
      String file = link.name(0);
      level(kernel, ours, new Step(Actor.ROOT, Call.UTIMENSTARGET, List.of(file), times));
    }
  }

  /** Makes both sides equal again after what they may differ in. */
  private static void level(Session kernel, Session ours, Step step) {
    String done = step.actor().call(() -> step.call().run(kernel, step));
    String alsoDone = step.actor().call(() -> step.call().run(ours, step));
    if (!done.equals("0") || !alsoDone.equals("0")) {
      throw new AssertionError(step + ": " + done + " | " + alsoDone);
    }
  }

  /** An errno on either side, or that it is what stat says. */
  private static String kind(Step step, String expected, String actual) {
    String a = expected.lines().findFirst().orElse("");
    String b = actual.lines().findFirst().orElse("");
    boolean isError = !a.equals(b) && (a.startsWith("E") || b.startsWith("E"));
    return step.call() + (isError ? " " + a + " " + b : a.equals(b) ? " stat" : " result");
  }

  private String outcome(int phase, Session session, Step step) {
    if (phase == 0) {
      return step.actor().call(() -> step.call().run(session, step));
    }
    Observation observation = new Observation(session, step, now, plan.combo());
    String result = step.actor().call(() -> step.call().run(session, step));
    String outcome = result + "\n  " + observation.after();
    return RunOptions.passesAll() ? Deviations.withoutRemoval(outcome) : outcome;
  }

  private SortedMap<String, String> leftInodes = new TreeMap<>();
  private SortedMap<String, String> rightInodes = new TreeMap<>();

  private Difference compareMerged(boolean isKernelLeft, String when) {
    TreeSnapshot a = Side.snapshot(left.merged(), now);
    TreeSnapshot b = Side.snapshot(right.merged(), now);
    List<String> found = a.differences(b, TreeRules.none());
    found.removeIf(Deviations::isSetgidOfNoUse);
    if (!found.isEmpty()) {
      return difference("merged, " + when, when + ", merged, left | right", found);
    }
    SortedMap<String, String> l = left.inodes();
    SortedMap<String, String> r = right.inodes();
    (isKernelLeft ? l : r).replaceAll((k, v) -> Deviations.withoutWrongNumbers(v));
    (isKernelLeft ? r : l).replaceAll((k, v) -> ofOurs(v));
    found = differences(withoutNumbers(l), withoutNumbers(r));
    if (!found.isEmpty()) {
      return difference("inodes, " + when, when + ", inodes, left | right", found);
    }
    boolean isComparable = plan.combo().keepsNumbers() && !leftInodes.isEmpty();
    if (when.startsWith("start") && isComparable) {
      found = differences(leftInodes, l);
      found.addAll(differences(rightInodes, r));
      if (!found.isEmpty()) {
        return difference("ino", when + ", st_ino before | after the change of places", found);
      }
    }
    leftInodes = l;
    rightInodes = r;
    return null;
  }

  private static SortedMap<String, String> withoutNumbers(SortedMap<String, String> inodes) {
    SortedMap<String, String> plain = new TreeMap<>(inodes);
    plain.replaceAll((k, v) -> k.endsWith("/") ? v : v.replaceFirst("^-?[0-9]+", ""));
    return plain;
  }

  private static List<String> differences(Map<String, String> a, Map<String, String> b) {
    TreeMap<String, String> found = new TreeMap<>();
    a.forEach(
        (k, v) -> {
          if (!v.equals(b.get(k))) {
            found.put(k, v + " | " + b.get(k));
          }
        });
    b.forEach(
        (k, v) -> {
          if (!a.containsKey(k)) {
            found.put(k, "none | " + v);
          }
        });
    List<String> lines = new java.util.ArrayList<>();
    found.forEach((k, v) -> lines.add(k + ": " + v));
    return lines;
  }

  private Difference compareLayers(int phase) {
    String when = "end of phase " + phase;
    TreeSnapshot a = Side.snapshot(left.upper(), now);
    TreeSnapshot b = Side.snapshot(right.upper(), now);
    TreeRules rules = TreeRules.none();
    if (sawLink || plan.combo().hasLinks()) {
      rules.ignore(".*", Deviations.IMPURE);
    }
    left.indexedNames(right).forEach(rules::skip);
    right.indexedNames(left).forEach(rules::skip);
    left.withoutOrigins().forEach(p -> rules.ignore(p, Deviations.IMPURE));
    List<String> found = a.differences(b, rules);
    found.removeIf(Deviations::isSetgidOfNoUse);
    if (!found.isEmpty()) {
      return difference("upper, " + when, when + ", upper, left | right", found);
    }
    if (!left.index().equals(right.index())) {
      String text = when + ", index: " + left.index() + " | " + right.index();
      return new Difference(at - 1, "index", text);
    }
    if (!left.leftInWork().isEmpty() || !right.leftInWork().isEmpty()) {
      String text = when + ", left in work: " + left.leftInWork() + " | " + right.leftInWork();
      return new Difference(at - 1, "work", text);
    }
    return null;
  }

  private Difference difference(String kind, String what, List<String> lines) {
    List<String> shown = lines.subList(0, Math.min(LINES, lines.size()));
    return new Difference(at - 1, kind, what + ":\n  " + String.join("\n  ", shown));
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
