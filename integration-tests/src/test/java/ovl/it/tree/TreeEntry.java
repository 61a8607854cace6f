package ovl.it.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * One object of a tree.
 *
 * @param path relative to the root, with bytes beyond printable ASCII as {@code \xNN}; {@code .} is
 *     the root itself
 * @param facts what is said of it, by name: {@code type}, {@code mode}, {@code xattr.user.a}, ...
 */
record TreeEntry(String path, SortedMap<String, String> facts) {
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(path);
    for (Map.Entry<String, String> fact : facts.entrySet()) {
      line.append('\t').append(fact.getKey()).append('=').append(fact.getValue());
    }
    return line.toString();
  }

  /** One text for each fact that differs, {@code name left | right}. */
  List<String> differences(TreeEntry other) {
    TreeSet<String> names = new TreeSet<>(facts.keySet());
    names.addAll(other.facts.keySet());
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      String left = facts.getOrDefault(name, "none");
      String right = other.facts.getOrDefault(name, "none");
      if (!left.equals(right)) {
        differences.add(name + " " + left + " | " + right);
      }
    }
    return differences;
  }
}
