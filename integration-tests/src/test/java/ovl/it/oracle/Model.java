package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the generator believes to be there, so that most steps can succeed: the effect of root's
 * steps and no more. It may be wrong; then a step fails, on both sides.
 */
final class Model {
  /** Directories that come from layers cannot always be moved. */
  enum Kind {
    LAYER_DIR,
    NEW_DIR,
    FILE,
    OTHER
  }

  static final Set<Kind> DIRS = Set.of(Kind.LAYER_DIR, Kind.NEW_DIR);
  static final Set<Kind> NON_DIRS = Set.of(Kind.FILE, Kind.OTHER);
  static final Set<Kind> ALL = Set.of(Kind.values());

  private final Random random;
  private final Set<Kind> movable;
  private final TreeMap<String, Kind> objects = new TreeMap<>();
  private final Map<Long, Long> slots = new TreeMap<>();

  /**
   * @param movesLayerDirs a directory that comes from a layer can be renamed
   */
  Model(Random random, boolean movesLayerDirs) {
    this.random = random;
    this.movable = movesLayerDirs ? ALL : Set.of(Kind.NEW_DIR, Kind.FILE, Kind.OTHER);
  }

  /** What rename can move. */
  Set<Kind> movable() {
    return movable;
  }

  Kind get(String path) {
    return objects.get(path);
  }

  /** One of these kinds; null if there is none. */
  String pick(Set<Kind> kinds) {
    List<String> paths = new ArrayList<>();
    objects.forEach(
        (path, kind) -> {
          if (kinds.contains(kind)) {
            paths.add(path);
          }
        });
    return paths.isEmpty() ? null : paths.get(random.nextInt(paths.size()));
  }

  /** A directory with nothing in it; null if there is none. */
  String pickEmpty() {
    String path = pick(DIRS);
    for (int i = 0; path != null && i < 8 && !isEmpty(path); i++) {
      path = pick(DIRS);
    }
    return path;
  }

  private boolean isEmpty(String dir) {
    String first = objects.higherKey(dir + "/");
    return first == null || !first.startsWith(dir + "/");
  }

  /** True if there is nothing, in a directory. */
  boolean isFree(String path) {
    return objects.get(path) == null && isDirectory(parent(path));
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  boolean isDirectory(String path) {
    return path.isEmpty() || objects.containsKey(path) && DIRS.contains(objects.get(path));
  }

  void put(String path, Kind kind) {
    objects.put(path, kind);
  }

  /** What is below a directory, by the rest of its path from the slash on. */
  Map<String, Kind> below(String dir) {
    Map<String, Kind> found = new TreeMap<>();
    objects.forEach(
        (path, kind) -> {
          if (path.startsWith(dir + "/")) {
            found.put(path.substring(dir.length()), kind);
          }
        });
    return found;
  }

  /** Takes it away with all below. */
  void remove(String path) {
    objects.remove(path);
    objects.keySet().removeIf(p -> p.startsWith(path + "/"));
  }

  /** Takes what step a step has, if nothing speaks against it. */
  void apply(Step step) {
    switch (step.call()) {
      case MKDIR -> create(step.name(0), Kind.NEW_DIR);
      case MKNOD, SYMLINK -> create(step.name(0), Kind.OTHER);
      case LINK -> create(step.name(1), objects.get(step.name(0)));
      case LINKFD, LINKEMPTY -> create(step.name(0), Kind.FILE);
      case UNLINK -> {
        if (!isDirectory(step.name(0))) {
          objects.remove(step.name(0));
        }
      }
      case RMDIR -> {
        if (isDirectory(step.name(0)) && isEmpty(step.name(0))) {
          objects.remove(step.name(0));
        }
      }
      case RENAME -> rename(step.name(0), step.name(1), step.integer(0));
      case OPEN -> open(step);
      case CLOSE -> slots.remove(step.number(0));
      default -> {}
    }
  }

  private void create(String path, Kind kind) {
    if (kind != null && !DIRS.contains(kind) | kind == Kind.NEW_DIR && isFree(path)) {
      objects.put(path, kind);
    }
  }

  private void rename(String from, String to, int flags) {
    Kind source = objects.get(from);
    Kind target = objects.get(to);
    boolean fits = target == null ? isFree(to) : isDirectory(from) == isDirectory(to);
    boolean isMovable =
        source != null && movable.contains(source) && !(to + "/").startsWith(from + "/");
    if (flags != 0 || !isMovable || !fits || target != null && !isEmpty(to)) {
      return; // an exchange mostly leaves the kinds in place
    }
    TreeMap<String, Kind> moved = new TreeMap<>();
    objects.forEach(
        (path, kind) -> {
          if (path.equals(from) || path.startsWith(from + "/")) {
            moved.put(to + path.substring(from.length()), kind);
          }
        });
    remove(from);
    objects.putAll(moved);
  }

  private void open(Step step) {
    String path = step.name(0);
    int flags = step.integer(1);
    slots.remove(step.number(0));
    if ((flags & ovl.sys.Linux.O_CREAT) != 0) {
      create(path, Kind.FILE);
    }
    if (objects.get(path) == Kind.FILE || isDirectory(path)) {
      slots.put(step.number(0), (long) flags);
    }
  }

  /** A slot that may be open; null if there is none. */
  Long openSlot() {
    List<Long> open = new ArrayList<>(slots.keySet());
    return open.isEmpty() ? null : open.get(random.nextInt(open.size()));
  }

  /** All descriptors are closed at the end of a phase. */
  void closeAll() {
    slots.clear();
  }
}
