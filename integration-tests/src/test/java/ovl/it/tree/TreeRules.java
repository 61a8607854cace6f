package ovl.it.tree;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What a comparison leaves out: whole subtrees, or single facts of the paths that match. */
public final class TreeRules {
  private record Rule(Pattern path, Set<String> facts) {}

  private final List<Rule> rules = new ArrayList<>();

  /** Leaves nothing out. */
  public static TreeRules none() {
    return new TreeRules();
  }

  /** Leaves out every path that matches as a whole; name the subtree with {@code (/.*)?}. */
  public TreeRules skip(String pathRegex) {
    rules.add(new Rule(Pattern.compile(pathRegex), Set.of()));
    return this;
  }

  /** Leaves out these facts of every path that matches as a whole. */
  public TreeRules ignore(String pathRegex, String... facts) {
    rules.add(new Rule(Pattern.compile(pathRegex), new TreeSet<>(Arrays.asList(facts))));
    return this;
  }

  /** From the command line: {@code REGEX} or {@code REGEX=fact,fact}. */
  TreeRules parse(String text) {
    int equals = text.lastIndexOf('=');
    return equals < 0
        ? skip(text)
        : ignore(text.substring(0, equals), text.substring(equals + 1).split(","));
  }

  /** The entry without what is left out; null if nothing is left. */
  TreeEntry apply(TreeEntry entry) {
    SortedMap<String, String> facts = null;
    for (Rule rule : rules) {
      if (rule.path().matcher(entry.path()).matches()) {
        if (rule.facts().isEmpty()) {
          return null;
        }
        facts = facts == null ? new TreeMap<>(entry.facts()) : facts;
        facts.keySet().removeAll(rule.facts());
      }
    }
    return facts == null ? entry : new TreeEntry(entry.path(), facts);
  }
}
