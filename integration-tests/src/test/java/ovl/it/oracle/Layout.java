package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The steps of one case, all in a directory of its own: in the layers, then in merged. */
final class Layout {
  /** Two, so that a directory is merged before upper has it. */
  static final List<String> LOWERS = List.of("lower0", "lower1");

  private static final String UPPER = "upper";

  private final Combo combo;
  private final String dir;
  private final List<Plan.Item> layers = new ArrayList<>();
  private final List<Plan.Item> calls = new ArrayList<>();
  private final Set<String> dirs = new TreeSet<>();
  private final List<String> made = new ArrayList<>();

  Layout(Combo combo, String dir) {
    this.combo = combo;
    this.dir = dir;
    dirIn(LOWERS.get(0));
  }

  /** Makes something in a lower, 0 is on top. */
  Layout lower(int number, Thing thing, String name) {
    return in(LOWERS.get(number), thing, name);
  }

  Layout upper(Thing thing, String name) {
    return in(UPPER, thing, name);
  }

  private Layout in(String layer, Thing thing, String name) {
    thing.make(this::addToLayer, dirIn(layer) + "/" + name);
    return this;
  }

  private String dirIn(String layer) {
    String path = layer + "/" + dir;
    if (dirs.add(path)) {
      addToLayer(Call.MKDIR, List.of(path), 0755L);
    }
    return path;
  }

  private void addToLayer(Call call, List<String> names, Long... numbers) {
    layers.add(item(0, call, names, numbers));
    made.add(names.get(0));
  }

  /** Marks a directory on upper. */
  Layout upperOpaque(String name) {
    return opaque(UPPER, name);
  }

  /** Marks a directory in the upper one of the lowers. */
  Layout lowerOpaque(String name) {
    return opaque(LOWERS.get(0), name);
  }

  private Layout opaque(String layer, String name) {
    String path = layer + "/" + dir + "/" + name;
    layers.add(item(0, Call.SETXATTR, List.of(path, combo.prefix() + "opaque", "y"), 0L));
    return this;
  }

  /** A second name of what a lower has. */
  Layout lowerLink(String name, String other) {
    String path = LOWERS.get(0) + "/" + dir + "/";
    layers.add(item(0, Call.LINK, List.of(path + name, path + other), 0L));
    return this;
  }

  /** Makes something through the mount. */
  Layout make(Thing thing, String name) {
    thing.make(this::call, path(name));
    return this;
  }

  Layout remove(Thing thing, String name) {
    thing.remove(this::call, path(name));
    return this;
  }

  Layout empty(String name) {
    Thing.empty(this::call, path(name));
    return this;
  }

  /** A call with paths of the mount. */
  void call(Call call, List<String> names, Long... numbers) {
    calls.add(item(1, call, names, numbers));
  }

  /** The path of a name of this case, as a call has it. */
  String path(String name) {
    return dir + "/" + name;
  }

  private static Plan.Item item(int phase, Call call, List<String> names, Long... numbers) {
    return new Plan.Item(phase, new Step(Actor.ROOT, call, names, List.of(numbers)));
  }

  /** What is done in the layers; all that is made there is old, each in its own way. */
  List<Plan.Item> layers() {
    List<Plan.Item> items = new ArrayList<>(layers);
    for (int i = made.size() - 1; i >= 0; i--) {
      long time = 1000L + i;
      items.add(item(0, Call.UTIMENS, List.of(made.get(i)), time, 0L, time, 0L));
    }
    return items;
  }

  List<Plan.Item> calls() {
    return calls;
  }
}
