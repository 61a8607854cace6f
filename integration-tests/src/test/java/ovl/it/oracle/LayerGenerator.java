package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import ovl.sys.Linux;

/** Steps that fill the lower layers, from the lowest up. */
final class LayerGenerator {
  private enum Kind {
    DIR,
    OPAQUE,
    /** A directory with a redirect. */
    MOVED,
    FILE,
    OTHER,
    WHITEOUT
  }

  private final Random random;
  private final Names names;
  private final Values values;
  private final Model model;
  private final Combo combo;
  private final List<Step> steps = new ArrayList<>();

  /** Sizes of the files that are to be seen in the layers so far, and of those that are data. */
  private final TreeMap<String, Long> sizes = new TreeMap<>();

  private final TreeMap<String, Long> data = new TreeMap<>();
  private final TreeMap<String, String> moved = new TreeMap<>();
  private TreeMap<String, Kind> mine;
  private TreeMap<String, Long> mySizes;
  private String root;

  LayerGenerator(Random random, Names names, Values values, Model model, Combo combo) {
    this.random = random;
    this.names = names;
    this.values = values;
    this.model = model;
    this.combo = combo;
  }

  List<Step> generate(int layers) {
    for (int layer = 0; layer < combo.dataLayers(); layer++) {
      dataLayer("data" + layer);
    }
    for (int layer = layers - 1; layer >= 0; layer--) {
      root = "lower" + layer;
      mine = new TreeMap<>();
      mySizes = new TreeMap<>();
      moved.clear();
      rootAttributes();
      int objects = 6 + random.nextInt(14);
      for (int i = 0; i < objects; i++) {
        object(random.nextInt(3) == 0 ? names.random() : shared());
      }
      setTimes();
      mergeInto();
    }
    return steps;
  }

  private void dataLayer(String layer) {
    add(Call.MKDIR, List.of(layer + "/sub"), 0755L);
    for (String name : List.of("one", "sub/two", "sub/three")) {
      long length = values.length();
      long offset = values.offset();
      add(Call.WRITEFILE, List.of(layer + "/" + name), length, values.seed(), offset);
      data.putIfAbsent(name, offset + length);
    }
  }

  /** A path that layers below have, or one in a directory of theirs. */
  private String shared() {
    return random.nextBoolean() ? names.existing(Model.ALL) : names.free();
  }

  private void add(Call call, List<String> paths, Long... numbers) {
    steps.add(new Step(Actor.ROOT, call, paths, List.of(numbers)));
  }

  private void object(String path) {
    if (path.contains("y".repeat(256)) || !makeParents(path) || mine.containsKey(path)) {
      return;
    }
    if (random.nextInt(5) == 0 && isBelowMerged(path)) {
      whiteout(path);
      return;
    }
    make(path);
  }

  private void whiteout(String path) {
    add(Call.MKNOD, List.of(in(path)), (long) Linux.S_IFCHR, 0L);
    mine.put(path, Kind.WHITEOUT);
  }

  private void make(String path) {
    switch (random.nextInt(9)) {
      case 0, 1, 2 -> directory(path);
      case 3 -> add(Call.SYMLINK, List.of(in(path), values.target()));
      case 4 -> add(Call.MKNOD, List.of(in(path)), values.specialMode(), values.device());
      case 5 -> {
        String other = anyFile();
        if (combo.hasLinks() && other != null) {
          add(Call.LINK, List.of(in(other), in(path)), 0L);
          mine.put(path, Kind.FILE);
        } else {
          file(path);
        }
      }
      default -> file(path);
    }
    mine.putIfAbsent(path, Kind.OTHER);
    if (random.nextInt(2) == 0) {
      attributes(in(path));
    }
  }

  private void file(String path) {
    mine.put(path, Kind.FILE);
    if (combo.hasMetacopy() && random.nextInt(3) == 0 && metacopy(path)) {
      return;
    }
    long length = values.length();
    long offset = values.offset();
    add(Call.WRITEFILE, List.of(in(path)), length, values.seed(), offset);
    mySizes.put(path, offset + length);
  }

  /** A file whose content is in a layer below; false if there is none. */
  private boolean metacopy(String path) {
    boolean isData = !data.isEmpty() && random.nextInt(3) > 0;
    TreeMap<String, Long> contents = isData ? data : sizes;
    if (contents.isEmpty()) {
      return false;
    }
    boolean isSame = !isData && sizes.containsKey(path) && isBelowMerged(path);
    String content = isSame ? path : any(contents.keySet());
    add(Call.WRITEFILE, List.of(in(path)), 0L, 0L, 0L);
    add(Call.TRUNCATE, List.of(in(path)), contents.get(content));
    add(Call.SETXATTR, List.of(in(path), combo.prefix() + "metacopy", ""), 0L);
    if (!isSame || combo.hasLinks()) {
      // Under the name of a hard link to it there may be no content.
      add(Call.SETXATTR, List.of(in(path), combo.prefix() + "redirect", "/" + content), 0L);
    }
    mySizes.put(path, contents.get(content));
    return true;
  }

  private String any(Set<String> paths) {
    return List.copyOf(paths).get(random.nextInt(paths.size()));
  }

  private void directory(String path) {
    add(Call.MKDIR, List.of(in(path)), 0755L);
    if (combo.followsRedirects() && random.nextInt(3) == 0 && redirect(path)) {
      mine.put(path, Kind.MOVED);
      return;
    }
    boolean isOpaque = random.nextInt(4) == 0;
    mine.put(path, isOpaque ? Kind.OPAQUE : Kind.DIR);
    if (isOpaque) {
      add(Call.SETXATTR, List.of(in(path), combo.prefix() + "opaque", "y"), 0L);
    }
  }

  /**
   * Moves a directory of the layers below here. It must not stay at its place too: a directory has
   * one name.
   */
  private boolean redirect(String path) {
    String from = model.pick(Set.of(Model.Kind.LAYER_DIR));
    boolean isApart =
        from != null
            && !(path + "/").startsWith(from + "/")
            && !(from + "/").startsWith(path + "/");
    if (!isApart || hasMineAt(from) || !isBelowMerged(from) || !makeParents(from)) {
      return false;
    }
    whiteout(from);
    boolean isSibling = parent(from).equals(parent(path)) && random.nextBoolean();
    String target = isSibling ? from.substring(from.lastIndexOf('/') + 1) : "/" + from;
    add(Call.SETXATTR, List.of(in(path), combo.prefix() + "redirect", target), 0L);
    moved.put(path, from);
    return true;
  }

  private boolean hasMineAt(String path) {
    String next = mine.ceilingKey(path);
    return next != null && (next + "/").startsWith(path + "/");
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private String anyFile() {
    List<String> files = new ArrayList<>();
    mine.forEach(
        (path, kind) -> {
          if (kind == Kind.OTHER || kind == Kind.FILE) {
            files.add(path);
          }
        });
    return files.isEmpty() ? null : files.get(random.nextInt(files.size()));
  }

  private String in(String path) {
    return root + "/" + path;
  }

  /** False if something in this layer is in the way. */
  private boolean makeParents(String path) {
    for (int i = path.indexOf('/'); i > 0; i = path.indexOf('/', i + 1)) {
      String parent = path.substring(0, i);
      Kind kind = mine.get(parent);
      if (kind == Kind.FILE || kind == Kind.OTHER || kind == Kind.WHITEOUT) {
        return false;
      }
      if (kind == null) {
        add(Call.MKDIR, List.of(in(parent)), 0755L);
        mine.put(parent, Kind.DIR);
        attributes(in(parent));
      }
    }
    return true;
  }

  /** True if something here is in a directory that is merged with one below that has its name. */
  private boolean isBelowMerged(String path) {
    for (int i = path.indexOf('/'); i > 0; i = path.indexOf('/', i + 1)) {
      String parent = path.substring(0, i);
      boolean isMerged = mine.getOrDefault(parent, Kind.DIR) == Kind.DIR;
      if (!isMerged || !model.isDirectory(parent)) {
        return false;
      }
    }
    return model.get(path) != null;
  }

  private void mergeInto() {
    Map<String, Map<String, Model.Kind>> kinds = new TreeMap<>();
    Map<String, Map<String, Long>> lengths = new TreeMap<>();
    moved.forEach((path, from) -> kinds.put(path, model.below(from)));
    moved.forEach((path, from) -> lengths.put(path, below(from)));
    for (Map.Entry<String, Kind> entry : mine.entrySet()) {
      String path = entry.getKey();
      if (entry.getValue() != Kind.DIR || !model.isDirectory(path)) {
        model.remove(path);
        sizes.keySet().removeIf(p -> (p + "/").startsWith(path + "/"));
      }
      switch (entry.getValue()) {
        case DIR, OPAQUE -> model.put(path, Model.Kind.LAYER_DIR);
        case MOVED -> {
          model.put(path, Model.Kind.LAYER_DIR);
          kinds.get(path).forEach((name, kind) -> model.put(path + name, kind));
          lengths.get(path).forEach((name, length) -> sizes.put(path + name, length));
        }
        case FILE -> model.put(path, Model.Kind.FILE);
        case OTHER -> model.put(path, Model.Kind.OTHER);
        case WHITEOUT -> {}
      }
      if (mySizes.containsKey(path)) {
        sizes.put(path, mySizes.get(path));
      }
    }
  }

  private Map<String, Long> below(String dir) {
    Map<String, Long> found = new TreeMap<>();
    sizes.forEach(
        (path, size) -> {
          if (path.startsWith(dir + "/")) {
            found.put(path.substring(dir.length()), size);
          }
        });
    return found;
  }

  private void rootAttributes() {
    String path = in(".");
    if (random.nextInt(2) == 0) {
      add(Call.CHOWN, List.of(path), values.id(), values.id());
    }
    add(Call.CHMOD, List.of(path), 0777L);
  }

  private void attributes(String path) {
    if (random.nextInt(2) == 0) {
      add(Call.CHOWN, List.of(path), values.id(), values.id());
    }
    String relative = path.substring(root.length() + 1);
    boolean isLink = !steps.isEmpty() && steps.get(steps.size() - 1).call() == Call.SYMLINK;
    if (random.nextInt(3) == 0 && mine.get(relative) == Kind.DIR) {
      add(Call.CHMOD, List.of(path), values.directoryMode());
    } else if (!isLink && random.nextInt(3) == 0 && mine.get(relative) == Kind.FILE) {
      String name = values.xattrName();
      add(Call.SETXATTR, List.of(path, name, values.xattrValue(name)), 0L);
    }
  }

  private void setTimes() {
    for (String path : mine.keySet()) {
      Long[] times = values.times();
      add(Call.UTIMENS, List.of(in(path)), times);
    }
    add(Call.UTIMENS, List.of(in(".")), values.times());
  }
}
