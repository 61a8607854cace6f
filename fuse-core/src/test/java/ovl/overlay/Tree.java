package ovl.overlay;

import java.util.SortedMap;
import java.util.TreeMap;
import ovl.fs.Attr;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/** The whole of a merged view: walked, compared, removed. */
final class Tree {
  private Tree() {}

  private interface Visitor {
    void visit(String path, Attr attr) throws ErrnoException;
  }

  /** Every name, children before their directory. */
  private static void walk(View view, String dir, Visitor visitor) throws ErrnoException {
    for (String name : view.list(dir)) {
      String path = dir.isEmpty() ? name : dir + "/" + name;
      Attr attr = view.stat(path);
      if (Linux.isDirectory(attr.mode)) {
        walk(view, path, visitor);
      }
      visitor.visit(path, attr);
    }
  }

  /** Each path with its mode and content. */
  static SortedMap<String, String> of(View view) throws ErrnoException {
    SortedMap<String, String> tree = new TreeMap<>();
    walk(
        view,
        "",
        (path, attr) -> {
          String content = "";
          if (Linux.isRegular(attr.mode)) {
            content = view.read(path);
          } else if (Linux.isSymlink(attr.mode)) {
            content = view.readlink(path);
          }
          tree.put(path, Integer.toOctalString(attr.mode) + " " + content);
        });
    return tree;
  }

  /** So that every name of a hard link leads to upper. */
  static void copyUpAll(View view) throws ErrnoException {
    walk(
        view,
        "",
        (path, attr) -> {
          if (!Linux.isSymlink(attr.mode)) {
            view.chmod(path, attr.mode & 07777);
          }
        });
  }

  static void removeAll(View view) throws ErrnoException {
    walk(
        view,
        "",
        (path, attr) -> {
          if (Linux.isDirectory(attr.mode)) {
            view.rmdir(path);
          } else {
            view.unlink(path);
          }
        });
  }
}
