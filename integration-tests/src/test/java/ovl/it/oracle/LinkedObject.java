package ovl.it.oracle;

import ovl.it.os.FsPath;
import ovl.it.os.Stat;
import ovl.sys.Statx;

/** What a step gives one more name or another one, as one side shows it. */
final class LinkedObject {
  /** The kernel's default for redirect_max: a longer path is not written. */
  private static final int MAX_REDIRECT = 256;

  private final Session session;
  private final Step step;

  LinkedObject(Session session, Step step) {
    this.session = session;
    this.step = step;
  }

  /** The name that the step adds. */
  static String newName(Step step) {
    return step.paths().get(step.paths().size() - 1);
  }

  /** True if it is neither a file nor a directory. */
  boolean isSpecial() {
    Statx stat = session.scratch().statx();
    int result =
        step.call() == Call.LINK
            ? session.stat(step.name(0), stat)
            : session.stat((int) step.number(0), stat);
    return result == 0 && !stat.isRegular() && !stat.isDirectory();
  }

  /** True if one of the names that it has now cannot be a redirect. */
  boolean hasLongName() {
    return hasLongName(session.at("."), "", session.at(newName(step)).stat().ino());
  }

  /** The same of a file with several names that the step is to move, or to exchange for another. */
  boolean hasLongNameBefore() {
    Statx stat = session.scratch().statx();
    return step.paths().stream()
        .filter(path -> session.stat(path, stat) == 0 && stat.isRegular() && stat.nlink() > 1)
        .map(path -> session.at(path).stat().ino())
        .anyMatch(ino -> hasLongName(session.at("."), "", ino));
  }

  private static boolean hasLongName(FsPath dir, String prefix, long ino) {
    for (String name : dir.list()) {
      String path = prefix + "/" + name;
      FsPath object = dir.at(name);
      Stat stat = object.stat();
      if (stat.ino() == ino && path.length() > MAX_REDIRECT
          || stat.isDirectory() && hasLongName(object, path, ino)) {
        return true;
      }
    }
    return false;
  }
}
