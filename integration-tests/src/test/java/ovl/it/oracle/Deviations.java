package ovl.it.oracle;

import java.util.EnumSet;
import java.util.Set;

/**
 * Where ours are not the kernel's overlayfs, on purpose or because FUSE is in between; README has
 * the same list. What is not compared is replaced by one of these texts, on both sides.
 */
final class Deviations {
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
   * the mark d_ino there is not st_ino.
   */
  static final String IMPURE_BY_LINK = "xattr.trusted.overlay.impure";

  /** What a listing says of an entry whose d_ino is not its st_ino. */
  static final String WRONG_NUMBER = " with another d_ino";

  private Deviations() {}

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
