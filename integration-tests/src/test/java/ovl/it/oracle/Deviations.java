package ovl.it.oracle;

import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import ovl.sys.Linux;
import ovl.sys.Statx;

/**
 * Where ours are not the kernel's overlayfs, on purpose or because FUSE is in between; README has
 * the same list. What is not compared is replaced by one of these texts, on both sides.
 */
final class Deviations {
  private static final Pattern MODES = Pattern.compile("(?s).*: mode ([0-7]+) \\| ([0-7]+)");
  private static final Set<Call> CHANGES =
      EnumSet.of(
          Call.FCHMOD, Call.FCHOWN, Call.FUTIMENS, Call.FSETXATTR, Call.FREMOVEXATTR, Call.LINKFD);

  /** The kernel's FUSE answers SEEK_HOLE and SEEK_DATA of a directory itself, and not EINVAL. */
  static final String HOLES_OF_DIRECTORIES = "not a file";

  /**
   * The link count of what is open and has lost its name: the kernel shows that of the lower object
   * for ever, ours 0.
   */
  static final String NLINK_OF_REMOVED = "0|1";

  /**
   * The kernel does not mark the directory that a copied-up file is linked into, ours do: without
   * the mark d_ino there is not st_ino. And the kernel takes the mark away when it lists a
   * directory of upper that no longer has such entries.
   */
  static final String IMPURE = "xattr.trusted.overlay.impure";

  /** What a listing says of an entry whose d_ino is not its st_ino. */
  static final String WRONG_NUMBER = " with another d_ino";

  private Deviations() {}

  /**
   * Setgid of a file that its group may not execute is not looked at: when somebody outside the
   * group writes the kernel drops it; ours are not told of the writer's groups, and keep it.
   */
  static int modeOf(Statx stat) {
    boolean isOfNoUse = stat.isRegular() && (stat.mode() & Linux.S_IXGRP) == 0;
    return isOfNoUse ? stat.mode() & ~Linux.S_ISGID : stat.mode();
  }

  /** The same in a line of a tree's differences: a mode with setgid and one without. */
  static boolean isSetgidOfNoUse(String line) {
    Matcher modes = MODES.matcher(line);
    return modes.matches()
        && (Integer.parseInt(modes.group(1), 8) ^ Integer.parseInt(modes.group(2), 8))
            == Linux.S_ISGID
        && (Integer.parseInt(modes.group(1), 8) & Linux.S_IXGRP) == 0;
  }

  /** The kernel's outcome as it would be with that mark. */
  static String withoutWrongNumbers(String outcome) {
    return outcome.replace(WRONG_NUMBER, "");
  }

  /**
   * The kernel cannot change a lower file that is open and has lost its name, since it cannot copy
   * it to where its whiteout is: EEXIST. Ours can.
   */
  static boolean isChangeOfRemoved(Step step, Session kernel, String outcome) {
    return outcome.startsWith("EEXIST")
        && CHANGES.contains(step.call())
        && step.slots().stream().anyMatch(slot -> kernel.isRemoved(slot.intValue()));
  }
}
