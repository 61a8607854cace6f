package ovl.it.tree;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import ovl.it.os.FsPath;
import ovl.it.os.OsError;

/** The program: one directory prints its snapshot, two are compared (status 1 if they differ). */
public final class TreeTool {
  private static final String USAGE =
      """
      usage: tree-snapshot [options] DIR          print one line per object
             tree-snapshot [options] LEFT RIGHT   print the differences; status 1 if there are any
        --atime --mtime --ctime     note these times too
        --ignore REGEX              leave out the paths that match as a whole
        --ignore REGEX=FACT,...     leave out these facts of them (mode, mtime, xattr.user.a, ...)
      """;

  private TreeTool() {}

  /** Exit status: 0 done and equal, 1 different, 2 wrong usage or a failed call. */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
    int status = run(args, out);
    out.flush();
    System.exit(status);
  }

  static int run(String[] args, PrintStream out) {
    Set<TreeSnapshot.Time> times = EnumSet.noneOf(TreeSnapshot.Time.class);
    TreeRules rules = TreeRules.none();
    List<FsPath> dirs = new ArrayList<>();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--atime", "--mtime", "--ctime" ->
            times.add(TreeSnapshot.Time.valueOf(args[i].substring(2).toUpperCase(Locale.ROOT)));
        case "--ignore" -> rules.parse(++i < args.length ? args[i] : "");
        default -> dirs.add(FsPath.of(Path.of(args[i])));
      }
    }
    try {
      return switch (dirs.size()) {
        case 1 -> {
          TreeSnapshot.of(dirs.get(0), times).lines(rules).forEach(out::println);
          yield 0;
        }
        case 2 -> compare(dirs, times, rules, out);
        default -> {
          System.err.print(USAGE);
          yield 2;
        }
      };
    } catch (OsError e) {
      System.err.println("tree-snapshot: " + e.getMessage());
      return 2;
    }
  }

  private static int compare(
      List<FsPath> dirs, Set<TreeSnapshot.Time> times, TreeRules rules, PrintStream out) {
    TreeSnapshot left = TreeSnapshot.of(dirs.get(0), times);
    TreeSnapshot right = TreeSnapshot.of(dirs.get(1), times);
    List<String> differences = left.differences(right, rules);
    differences.forEach(out::println);
    return differences.isEmpty() ? 0 : 1;
  }
}
