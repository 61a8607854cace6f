package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ovl.it.os.DirEntry;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.os.Stat;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;
import ovl.sys.Linux;

/**
 * Two equal stacks of layers, one mounted by the kernel and one by us, and the same work on both.
 */
final class Twins implements AutoCloseable {
  private final Overlay kernel;
  private final Overlay ours;

  /** What the last steps came to on the kernel's side, for tests that say it aloud. */
  private final List<String> outcomes = new ArrayList<>();

  /** A little earlier, as the kernel's clock for files goes in steps. */
  private final long begin = (System.currentTimeMillis() - 100) * 1_000_000;

  /**
   * @param features options of the kernel's overlay, {@code name=value}
   */
  Twins(Backing backing, String... features) {
    kernel = new Overlay(MountKind.KERNEL, backing);
    ours = new Overlay(MountKind.DEV, backing);
    for (String feature : features) {
      both(o -> o.feature(feature));
    }
  }

  Overlay kernel() {
    return kernel;
  }

  Overlay ours() {
    return ours;
  }

  /** Does something to both stacks, such as filling their layers before they are mounted. */
  Twins both(Consumer<Overlay> work) {
    work.accept(kernel);
    work.accept(ours);
    return this;
  }

  Twins mount() {
    return both(Overlay::mount);
  }

  /** Both mounts are made anew: what is seen then comes from the layers and nothing else. */
  Twins remount() {
    return both(Overlay::remount);
  }

  /** A call on the merged directory and its result as text. */
  interface Step {
    Object run(FsPath merged);
  }

  /** A step without a result. */
  static Step done(Consumer<FsPath> call) {
    return merged -> {
      call.accept(merged);
      return "done";
    };
  }

  /** Does the same in both merged directories; the results, or the errnos, must be the same. */
  Twins step(String what, Step step) {
    String expected = outcome(step, kernel);
    String got = outcome(step, ours);
    assertEquals(expected, got, () -> "kernel | ours: " + what);
    outcomes.add(expected);
    return this;
  }

  /** As {@link #step}, for calls without a result; both must say what the test expects. */
  Twins step(String what, String expected, Consumer<FsPath> call) {
    step(what, done(call));
    assertEquals(expected, lastOutcome(), what);
    return this;
  }

  /** As {@link #step}, where the two are known to differ. */
  Twins differ(String what, String byKernel, String byOurs, Step step) {
    assertEquals(byKernel, outcome(step, kernel), "kernel: " + what);
    assertEquals(byOurs, outcome(step, ours), "ours: " + what);
    return this;
  }

  String lastOutcome() {
    return outcomes.get(outcomes.size() - 1);
  }

  private static String outcome(Step step, Overlay overlay) {
    try {
      return String.valueOf(step.run(overlay.merged()));
    } catch (OsError e) {
      return Errno.name(e.errno());
    }
  }

  /**
   * Compares all that can be seen, and all that was written; then each side mounts the other's
   * layers, and both still show what they did.
   */
  void compare() {
    compareMounts("kernel | ours");
    both(Overlay::unmount);
    compareUppers("kernel | ours, written");
    swap();
    compareMounts("ours of the kernel's | the kernel of ours");
    both(Overlay::unmount);
    compareUppers("after the other's mount");
  }

  /** As {@link #remount}, each by the other one. */
  Twins remountByTheOther() {
    both(Overlay::unmount);
    swap();
    return this;
  }

  /** From now on each side is mounted by the other one. */
  private void swap() {
    kernel.mountBy(MountKind.DEV);
    ours.mountBy(MountKind.KERNEL);
  }

  void compareMounts(String what) {
    TreeSnapshot left = TreeSnapshot.of(kernel.merged(), EnumSet.of(TreeSnapshot.Time.MTIME));
    TreeSnapshot right = TreeSnapshot.of(ours.merged(), EnumSet.of(TreeSnapshot.Time.MTIME));
    left.assertEqualTo(right, withoutNewTimes(left, right), what);
    assertEquals(text(numbers(kernel)), text(numbers(ours)), what + ": st_ino");
  }

  /** What was made or changed by the test itself is as old as it took. */
  private TreeRules withoutNewTimes(TreeSnapshot left, TreeSnapshot right) {
    TreeRules rules = TreeRules.none();
    Pattern both = Pattern.compile("(.*): mtime (\\d+) \\| (\\d+)");
    for (String difference : left.differences(right, TreeRules.none())) {
      Matcher times = both.matcher(difference);
      if (times.matches()
          && Long.parseLong(times.group(2)) > begin
          && Long.parseLong(times.group(3)) > begin) {
        rules.ignore(Pattern.quote(times.group(1)), "mtime");
      }
    }
    return rules;
  }

  void compareUppers(String what) {
    TreeSnapshot left = TreeSnapshot.of(kernel.upper(), EnumSet.noneOf(TreeSnapshot.Time.class));
    TreeSnapshot right = TreeSnapshot.of(ours.upper(), EnumSet.noneOf(TreeSnapshot.Time.class));
    left.assertEqualTo(right, TreeRules.none(), what + ": upper");
  }

  private static String text(SortedMap<String, String> facts) {
    return String.join("\n", facts.entrySet().stream().map(Object::toString).toList());
  }

  /** For each merged path the object in the layers that has its st_ino; d_ino must agree. */
  private static SortedMap<String, String> numbers(Overlay overlay) {
    Map<Long, String> objects = new HashMap<>();
    objects.put(overlay.upper().stat().ino(), "upper");
    for (int i = 0; i < overlay.lowers().size(); i++) {
      String layer = "lower" + i;
      objects.putIfAbsent(overlay.lowers().get(i).stat().ino(), layer);
      walk(overlay.lowers().get(i), "", (p, s, d) -> objects.putIfAbsent(s.ino(), layer + p));
    }
    walk(overlay.upper(), "", (p, s, d) -> objects.putIfAbsent(s.ino(), "upper" + p));
    SortedMap<String, String> numbers = new TreeMap<>();
    numbers.put("", objects.getOrDefault(overlay.merged().stat().ino(), "none of the layers'"));
    walk(
        overlay.merged(),
        "",
        (path, stat, dirent) -> {
          String object = objects.getOrDefault(stat.ino(), "none of the layers'");
          numbers.put(path, object + (dirent == stat.ino() ? "" : ", d_ino is another"));
        });
    return numbers;
  }

  private interface Visitor {
    void visit(String path, Stat stat, long dirent);
  }

  private static void walk(FsPath dir, String path, Visitor visitor) {
    List<DirEntry> entries;
    try (OpenFile open = dir.open(Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOATIME)) {
      entries = open.entries();
    }
    for (DirEntry entry : entries) {
      if (entry.isDots()) {
        continue;
      }
      FsPath child = dir.at(FsPath.latin(entry.name()));
      Stat stat = child.stat();
      visitor.visit(path + "/" + entry.name(), stat, entry.ino());
      if (stat.isDirectory()) {
        walk(child, path + "/" + entry.name(), visitor);
      }
    }
  }

  /** What a function of the upper directory gives, which must be the same on both sides. */
  <T> T upper(Function<FsPath, T> look) {
    T expected = look.apply(kernel.upper());
    assertEquals(expected, look.apply(ours.upper()), "kernel | ours");
    return expected;
  }

  @Override
  public void close() {
    try {
      kernel.close();
    } finally {
      ours.close();
    }
  }
}
