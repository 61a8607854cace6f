package ovl.it.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import ovl.sys.Linux;

/** Steps that fill the lower layers, from the lowest up. */
final class LayerGenerator {
  private enum Kind {
    DIR,
    OPAQUE,
    FILE,
    OTHER,
    WHITEOUT
  }

  private final Random random;
  private final Names names;
  private final Values values;
  private final Model model;
  private final boolean hasLinks;
  private final List<Step> steps = new ArrayList<>();

  private TreeMap<String, Kind> mine;
  private String root;

  LayerGenerator(Random random, Names names, Values values, Model model, boolean hasLinks) {
    this.random = random;
    this.names = names;
    this.values = values;
    this.model = model;
    this.hasLinks = hasLinks;
  }

  List<Step> generate(int layers) {
    for (int layer = layers - 1; layer >= 0; layer--) {
      root = "lower" + layer;
      mine = new TreeMap<>();
      attributes(root);
      int objects = 6 + random.nextInt(14);
      for (int i = 0; i < objects; i++) {
        object(random.nextInt(3) == 0 ? names.random() : shared());
      }
      setTimes();
      mergeInto();
    }
    return steps;
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
      add(Call.MKNOD, List.of(in(path)), (long) Linux.S_IFCHR, 0L);
      mine.put(path, Kind.WHITEOUT);
      return;
    }
    make(path);
  }

  private void make(String path) {
    switch (random.nextInt(9)) {
      case 0, 1, 2 -> directory(path);
      case 3 -> add(Call.SYMLINK, List.of(in(path), values.target()));
      case 4 -> add(Call.MKNOD, List.of(in(path)), values.specialMode(), values.device());
      case 5 -> {
        String other = anyFile();
        if (hasLinks && other != null) {
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
    add(Call.WRITEFILE, List.of(in(path)), values.length(), values.seed(), values.offset());
  }

  private void directory(String path) {
    add(Call.MKDIR, List.of(in(path)), 0755L);
    boolean isOpaque = random.nextInt(4) == 0;
    mine.put(path, isOpaque ? Kind.OPAQUE : Kind.DIR);
    if (isOpaque) {
      add(Call.SETXATTR, List.of(in(path), "trusted.overlay.opaque", "y"), 0L);
    }
  }

  private String anyFile() {
    List<String> files = new ArrayList<>();
    mine.forEach(
        (path, kind) -> {
          if (kind == Kind.OTHER) {
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

  /** True if a whiteout here is in a directory that is merged with one below. */
  private boolean isBelowMerged(String path) {
    for (int i = path.indexOf('/'); i > 0; i = path.indexOf('/', i + 1)) {
      String parent = path.substring(0, i);
      if (mine.get(parent) != Kind.DIR || !model.isDirectory(parent)) {
        return false;
      }
    }
    return model.get(path) != null;
  }

  private void mergeInto() {
    for (Map.Entry<String, Kind> entry : mine.entrySet()) {
      String path = entry.getKey();
      if (entry.getValue() != Kind.DIR || !model.isDirectory(path)) {
        model.remove(path);
      }
      switch (entry.getValue()) {
        case DIR, OPAQUE -> model.put(path, Model.Kind.LAYER_DIR);
        case FILE -> model.put(path, Model.Kind.FILE);
        case OTHER -> model.put(path, Model.Kind.OTHER);
        case WHITEOUT -> {}
      }
    }
  }

  private void attributes(String path) {
    if (random.nextInt(2) == 0) {
      add(Call.CHOWN, List.of(path), values.id(), values.id());
    }
    String relative = path.substring(Math.min(path.length(), root.length() + 1));
    boolean isLink = !steps.isEmpty() && steps.get(steps.size() - 1).call() == Call.SYMLINK;
    if (random.nextInt(3) == 0 && mine.get(relative) == Kind.DIR || relative.isEmpty()) {
      add(Call.CHMOD, List.of(path), relative.isEmpty() ? 0777L : values.directoryMode());
    } else if (!isLink && random.nextInt(3) == 0 && mine.get(relative) == Kind.FILE) {
      add(Call.SETXATTR, List.of(path, values.xattrName(), values.xattrValue()), 0L);
    }
  }

  private void setTimes() {
    for (String path : mine.keySet()) {
      Long[] times = values.times();
      add(Call.UTIMENS, List.of(in(path)), times);
    }
    add(Call.UTIMENS, List.of(root), values.times());
  }
}
