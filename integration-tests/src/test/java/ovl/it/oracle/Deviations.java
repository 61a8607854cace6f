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
  private static final Pattern MTIME = Pattern.compile(" mtime \\w+");
  private static final Set<Call> OPENS = EnumSet.of(Call.OPEN, Call.OPENAT, Call.REOPEN);
  private static final Set<String> REFUSALS = Set.of("EEXIST", "ENOTDIR", "ENOENT");
  private static final Set<Call> CHANGES =
      EnumSet.of(
          Call.FCHMOD,
          Call.FCHOWN,
          Call.FUTIMENS,
          Call.FSETXATTR,
          Call.FREMOVEXATTR,
          Call.LINKFD,
          Call.LINKEMPTY,
          Call.REOPEN);

  /** The calls that give an object one more name. */
  static final Set<Call> LINKS = EnumSet.of(Call.LINK, Call.LINKFD, Call.LINKEMPTY);

  /** The kernel's FUSE answers SEEK_HOLE and SEEK_DATA of a directory itself, and not EINVAL. */
  static final String HOLES_OF_DIRECTORIES = "not a file";

  /**
   * With O_DIRECT, what is not aligned is EINVAL if the filesystem below says so; not where the
   * daemon reads and writes.
   */
  static final String DIRECT = "not aligned";

  /**
   * The link count of what is open and has lost its name: the kernel shows that of the lower object
   * for ever, ours 0.
   */
  static final String NLINK_OF_REMOVED = "0|1";

  /**
   * The kernel takes the mark away when it lists a directory of upper that no longer has such
   * entries.
   */
  static final String[] IMPURE = {"xattr.trusted.overlay.impure", "xattr.user.overlay.impure"};

  /**
   * What a listing says of an entry whose d_ino is not its st_ino: of a copied-up file, if the
   * kernel has listed its directory before it was linked there.
   */
  static final String WRONG_NUMBER = " with another d_ino";

  private Deviations() {}

  /**
   * Which names of an indexed file are on upper, and with them which of their directories are: the
   * kernel takes the name that is used, ours one of them where the request says the file only. The
   * link count of a directory that is merged is 1.
   */
  static String nlinkOf(boolean isDirectory, int nlink, Combo combo) {
    return isDirectory && combo.hasLinks() ? "any" : Integer.toString(nlink);
  }

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

  /**
   * The kernel's copy-up of a lower special file that is open and has lost its name puts it into
   * its whiteout's place, and that of a lower directory into the place of one that has the name by
   * now: the name is there again.
   */
  static boolean revives(Step step, Session kernel) {
    return CHANGES.contains(step.call())
        && step.slots().stream()
            .mapToInt(Long::intValue)
            .anyMatch(slot -> kernel.isRemovedSpecial(slot) || kernel.isReplacedDirectory(slot));
  }

  /**
   * What cannot have user attributes does not say on upper where it came from: another name of it
   * is another object to the kernel, with another number.
   */
  static boolean isLinkOfSpecial(Step step, Session kernel) {
    return LINKS.contains(step.call()) && new LinkedObject(kernel, step).isSpecial();
  }

  /**
   * A file without its content gets a redirect when it is linked. The kernel takes the name that is
   * used, ours one of them where the request says the file only, and EXDEV is the answer if the
   * redirect by that name would be too long.
   */
  static boolean isLinkByOtherName(
      Step step, Session kernel, String expected, Session ours, String actual) {
    if (!LINKS.contains(step.call())) {
      return false;
    }
    if (expected.startsWith("EXDEV") && actual.startsWith("0\n")) {
      return new LinkedObject(ours, step).hasLongName();
    }
    return expected.startsWith("0\n")
        && actual.startsWith("EXDEV")
        && new LinkedObject(kernel, step).hasLongName();
  }

  /** The same for a name that is moved; such a call is not made. */
  static boolean isRenameOfOtherName(Step step, Session kernel) {
    return step.call() == Call.RENAME && new LinkedObject(kernel, step).hasLongNameBefore();
  }

  /**
   * With metacopy the kernel's copying of the data, when a file is opened for writing, takes its
   * time of modification onward; ours restore it.
   */
  static boolean isTimeOfCopy(Step step, String kernel, String ours) {
    return OPENS.contains(step.call())
        && !kernel.equals(ours)
        && MTIME.matcher(kernel).replaceAll("").equals(MTIME.matcher(ours).replaceAll(""));
  }

  /**
   * A chown to no owner drops setuid, which the kernel permits the owner only. To ours it looks
   * like what precedes a write if somebody has the file open for writing.
   */
  static boolean isChownByOther(Step step, String kernel, String ours) {
    return step.call() == Call.CHOWN
        && step.actor() != Actor.ROOT
        && step.number(0) == -1
        && step.number(1) == -1
        && kernel.startsWith("EPERM")
        && ours.startsWith("0\n");
  }

  /** Between two filesystems the kernel's overlay does not copy a range, the daemon does. */
  static boolean isCopyFromElsewhere(Step step, String kernel, String ours) {
    return step.call() == Call.COPYRANGE
        && kernel.startsWith("EXDEV")
        && Character.isDigit(ours.charAt(0));
  }

  /** The kernel's outcome as it would be without that. */
  static String withoutWrongNumbers(String outcome) {
    return outcome.replace(WRONG_NUMBER, "");
  }

  /**
   * The kernel cannot change a lower file that is open and has lost its name, since it cannot copy
   * it to where its whiteout is: EEXIST, or another error if its directory is gone too. Ours can.
   */
  static boolean isChangeOfRemoved(Step step, Session kernel, String outcome) {
    return REFUSALS.stream().anyMatch(outcome::startsWith)
        && CHANGES.contains(step.call())
        && step.slots().stream().anyMatch(slot -> kernel.isRemoved(slot.intValue()));
  }

  /** With all passed through, a descriptor from before a copy-up shows the lower content. */
  static boolean isReadByEarlier(Step step, Session ours, String expected, String actual) {
    return (step.call() == Call.READ || step.call() == Call.MAPREAD)
        && !expected.equals(actual)
        && ours.isCopiedUpSince(step.integer(0));
  }

  /**
   * A descriptor that goes on showing the lower file after a copy-up looks as if its name were
   * gone, if the kernel reads lower files by itself. It cannot be opened by way of /proc then.
   */
  static String withoutRemoval(String outcome) {
    return outcome.replace(NLINK_OF_REMOVED, "1");
  }
}
