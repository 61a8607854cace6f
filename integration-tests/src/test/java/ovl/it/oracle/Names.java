package ovl.it.oracle;

import java.util.List;
import java.util.Random;
import java.util.Set;

/** Paths: few names, so that steps meet, and some that are strange. */
final class Names {
  private static final List<String> USUAL = List.of("a", "b", "c", "d", "e");
  private static final List<String> STRANGE =
      List.of(
          ".wh.a",
          ".wh..wh..opq",
          "\u00ff\u00fe",
          "x".repeat(255),
          "y".repeat(256),
          "#1",
          "-\n'\\",
          "work");
  private static final int TRIES = 6;

  /** What a redirect may need besides a name of this length. */
  static final int LONG = 200;

  private final Random random;
  private final Model model;

  Names(Random random, Model model) {
    this.random = random;
    this.model = model;
  }

  /** One component. */
  String name() {
    List<String> names = random.nextInt(16) == 0 ? STRANGE : USUAL;
    return names.get(random.nextInt(names.size()));
  }

  /** An object of such a kind, now and then any path. */
  String existing(Set<Model.Kind> kinds) {
    String path = random.nextInt(12) == 0 ? null : model.pick(kinds);
    return path == null ? random() : path;
  }

  /** A directory that can be removed, now and then any path. */
  String empty() {
    String path = random.nextInt(6) == 0 ? existing(Model.ALL) : model.pickEmpty();
    return path == null ? random() : path;
  }

  /** A name without an object, in a directory, now and then any path. */
  String free() {
    if (random.nextInt(8) == 0) {
      return existing(Model.ALL);
    }
    String path = random();
    for (int i = 0; i < TRIES && !model.isFree(path); i++) {
      String dir = random.nextInt(3) == 0 ? null : model.pick(Model.DIRS);
      path = dir == null ? random() : dir + "/" + name();
    }
    return path;
  }

  /** One to four names. */
  String random() {
    StringBuilder path = new StringBuilder(name());
    for (int depth = 1; depth < 4 && random.nextInt(5) < 2; depth++) {
      path.append('/').append(name());
    }
    return path.toString();
  }
}
