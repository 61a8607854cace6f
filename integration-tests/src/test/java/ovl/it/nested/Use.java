package ovl.it.nested;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** One round of work on a mount, every verb of it, and what came of it. */
final class Use {
  private static final String LARGE = "lower content ".repeat(20_000);
  private static final Map<String, Consumer<FsPath>> STEPS = new LinkedHashMap<>();

  static {
    STEPS.put("append", m -> m.at("a/f").append("more"));
    STEPS.put("overwrite", m -> overwrite(m.at("large")));
    STEPS.put("map", m -> store(m.at("mapped")));
    STEPS.put("chmod", m -> m.at("a/g").chmod(0600));
    STEPS.put("chown", m -> m.at("a/h").chown(7, 8));
    STEPS.put("truncate", m -> m.at("b/f").truncate(3));
    STEPS.put("set an attribute", m -> m.at("b").setXattr("user.b", "c"));
    STEPS.put("take an attribute", m -> m.at("b/g").removeXattr("user.a"));
    STEPS.put("keep an overlay's attribute", m -> m.at("b").setXattr("trusted.overlay.x", "y"));
    STEPS.put("rename a file", m -> m.at("b/h").rename(m.at("a/renamed")));
    STEPS.put("replace a file", m -> m.at("c/f").rename(m.at("c/g")));
    STEPS.put("exchange", m -> m.at("c/h").rename(m.at("c/e"), Linux.RENAME_EXCHANGE));
    STEPS.put("rename a directory", m -> m.at("d").rename(m.at("moved")));
    STEPS.put("rename inside it", m -> m.at("moved/f").rename(m.at("moved/sub/f")));
    STEPS.put("rename back over a whiteout", m -> m.at("moved/g").rename(m.at("moved/f")));
    STEPS.put("move a directory over a whiteout", m -> m.at("e").rename(m.at("c/f")));
    STEPS.put("unlink", m -> m.at("f/f").unlink());
    STEPS.put("create over a whiteout", m -> m.at("f/f").file("again"));
    STEPS.put("mkdir over a whiteout", m -> remake(m.at("f/sub")));
    STEPS.put("link", m -> m.at("f/g").link(m.at("f/linked")));
    STEPS.put("symlink", m -> m.at("f/link").symlink("target"));
    STEPS.put("mknod", m -> m.at("f/pipe").mknod(Linux.S_IFIFO | 0600, 0, 0));
    STEPS.put("device 0:0", m -> m.at("f/dev").mknod(Linux.S_IFCHR | 0600, 0, 0));
    STEPS.put("tmpfile", m -> linkTmpfile(m.at("g")));
    STEPS.put("empty a directory", m -> m.at("h").removeTree());
    STEPS.put("remove what is not empty", m -> m.at("g").rmdir());
  }

  private final List<String> outcomes = new ArrayList<>();
  private TreeSnapshot merged;

  private Use() {}

  private static void overwrite(FsPath path) {
    try (OpenFile file = path.open(Linux.O_RDWR)) {
      file.pwrite("changed", 150_000);
      file.fsync();
    }
  }

  private static void store(FsPath path) {
    try (OpenFile file = path.open(Linux.O_RDWR);
        OpenFile.Mapping mapping = file.map(20, true)) {
      mapping.store("stored");
    }
  }

  private static void remake(FsPath dir) {
    dir.removeTree();
    dir.mkdir();
  }

  private static void linkTmpfile(FsPath dir) {
    try (OpenFile file = dir.open(Linux.O_TMPFILE | Linux.O_WRONLY, 0600)) {
      file.write("unnamed");
      file.linkTo(dir.at("named"));
    }
  }

  /** Fills what is to become a lower. */
  static void fill(FsPath lower) {
    lower.at("large").file(LARGE);
    lower.at("mapped").file(LARGE);
    for (String name : List.of("a", "b", "c", "d", "e", "f", "g", "h")) {
      FsPath dir = lower.at(name).mkdir().chown(3, 4);
      dir.at("sub").mkdir().at("deep").file("deep").chmod(0640);
      dir.at("sub/link").symlink("deep");
      for (String file : List.of("e", "f", "g", "h")) {
        dir.at(file).file(name + file).setXattr("user.a", name).chown(5, 6);
      }
      dir.at("f").chmod(04755);
    }
  }

  /** Does it all on a mounted stack; the trees, before and after a remount, must be one. */
  static Use of(Overlay stack) {
    Use use = new Use();
    STEPS.forEach((name, step) -> use.outcomes.add(name + ": " + outcome(step, stack.merged())));
    use.merged = TreeSnapshot.of(stack.merged(), Set.of());
    stack.remount();
    TreeSnapshot again = TreeSnapshot.of(stack.merged(), Set.of());
    use.merged.assertEqualTo(again, TreeRules.none(), "after a remount");
    return use;
  }

  private static String outcome(Consumer<FsPath> step, FsPath merged) {
    try {
      step.accept(merged);
      return "done";
    } catch (OsError e) {
      return Errno.name(e.errno());
    }
  }

  List<String> outcomes() {
    return outcomes;
  }

  TreeSnapshot merged() {
    return merged;
  }
}
