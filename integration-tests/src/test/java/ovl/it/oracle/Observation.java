package ovl.it.oracle;

import java.util.HashMap;
import java.util.Map;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;

/**
 * What stat says of all that a step touches, before and after it, as one text. Inode numbers are
 * replaced by the order of their first appearance: the relations between them count, since the two
 * sides have layers of their own.
 */
final class Observation {
  private static final long NANOS = 1_000_000_000L;

  private final Session session;
  private final Step step;
  private final long now;
  private final Combo combo;
  private final Map<Long, Integer> inodes = new HashMap<>();
  private final StringBuilder text = new StringBuilder();

  /**
   * Looks at the paths before the step.
   *
   * @param now the earliest time that a call of this run can leave on a file
   */
  Observation(Session session, Step step, long now, Combo combo) {
    this.session = session;
    this.combo = combo;
    this.step = step;
    this.now = now;
    Statx stat = scratch().statx();
    text.append("before:");
    for (String path : step.paths()) {
      text.append(' ').append(session.stat(path, stat) == 0 ? number(stat) : "none");
    }
  }

  private Scratch scratch() {
    return session.scratch();
  }

  private String number(Statx stat) {
    if (!combo.hasStableNumber(stat)) {
      return "any";
    }
    Integer known = inodes.putIfAbsent(stat.ino(), inodes.size());
    return "#" + (known == null ? inodes.size() - 1 : known);
  }

  /** Looks again, at the parents and the descriptors too. */
  String after() {
    Statx stat = scratch().statx();
    for (String path : step.paths()) {
      add(path, session.stat(path, stat), stat);
      String parent = parent(path);
      add(parent, session.stat(parent, stat), stat);
    }
    for (long slot : step.slots()) {
      int result = session.stat((int) slot, stat);
      boolean canBe = stat.nlink() <= 1 || stat.isDirectory();
      boolean isGone = canBe && session.isRemoved((int) slot);
      String nlink = isGone ? Deviations.NLINK_OF_REMOVED : nlink(stat);
      add("slot " + slot, result, stat, nlink);
    }
    return text.toString();
  }

  static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "." : path.substring(0, slash);
  }

  private String nlink(Statx stat) {
    return Deviations.nlinkOf(stat.isDirectory(), stat.nlink(), combo);
  }

  private void add(String what, int result, Statx stat) {
    add(what, result, stat, nlink(stat));
  }

  private void add(String what, int result, Statx stat, String nlink) {
    text.append("\n    ").append(what).append(": ");
    if (result < 0) {
      text.append(Errno.name(-result));
      return;
    }
    text.append(String.format("%o", Deviations.modeOf(stat))).append(" nlink ").append(nlink);
    text.append(" owner ").append(stat.uid()).append(':').append(stat.gid());
    if ((stat.mode() & Linux.S_IFMT) != Linux.S_IFDIR) {
      text.append(" size ").append(stat.size());
    }
    text.append(" rdev ").append(stat.rdevMajor()).append(':').append(stat.rdevMinor());
    long mtime = stat.mtime() * NANOS + stat.mtimeNsec();
    text.append(" mtime ").append(mtime < now ? Long.toString(mtime) : "now");
    text.append(" ino ").append(number(stat));
  }
}
