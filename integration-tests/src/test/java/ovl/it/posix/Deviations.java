package ovl.it.posix;

import java.util.Map;
import ovl.it.overlay.MountKind;

/**
 * The tests that do not hold for one kind of mount, each with the reason: what the kernel's
 * overlayfs does otherwise by design, and what libfuse 2 has no means for. There is no list for the
 * transport on /dev/fuse.
 */
final class Deviations {
  private static final Map<String, String> KERNEL =
      Map.of(
          "knownNameOfALinkedLowerKeepsWhatWasWrittenUnderAnother",
          "without index=on a copy-up takes one name out of its hard links",
          "linkedLowerNamesStayOneFileOverACopyUp",
          "without index=on a copy-up takes one name out of its hard links",
          "whiteoutInDirectoryOfOneLayerIsNeverShown",
          "a directory of one layer is listed as it is; only stat says ENOENT",
          "mappingFromBeforeTheCopyUpSeesWhatIsWritten",
          "the mapping stays one of the lower file");

  private static final String FLAGS = "libfuse 2 knows no rename flags";
  private static final String TMPFILE = "libfuse 2 knows no O_TMPFILE";
  private static final String HOLES = "libfuse 2 does not ask for holes; the kernel sees data only";
  private static final String ACL = "libfuse 2 cannot have the kernel enforce POSIX ACLs";

  private static final String REMOVED = "libfuse 2 knows an object by its path only";

  private static final String A_SECOND =
      "libfuse 2 cannot tell the kernel that a copy-up changed a directory's ctime; it asks again"
          + " after a second";

  private static final Map<String, String> LIBFUSE2 =
      Map.ofEntries(
          Map.entry("remountShowsTheSame", A_SECOND),
          Map.entry("otherSideCanMountWhatWasWritten", A_SECOND),
          Map.entry("removedUpperDirectoryThatIsOpenStillAnswers", REMOVED),
          Map.entry("handlesOfOneFileSeeEachOther", REMOVED),
          Map.entry("mappingsOfTwoNamesAreOneMemory", REMOVED),
          Map.entry("fileOfTwoTebibytesIsCopiedUpWithItsHoles", HOLES),
          Map.entry("exchangeSwapsFilesOfDifferentLayers", FLAGS),
          Map.entry("exchangeSwapsFileAndDirectory", FLAGS),
          Map.entry("noreplaceRefusesExistingNamesOnly", FLAGS),
          Map.entry("withoutRedirectsRenameOfLowerDirectoriesIsCrossDevice", FLAGS),
          Map.entry("exclusiveTmpfileCannotBeLinked", TMPFILE),
          Map.entry("tmpfileNeverLinkedLeavesNothing", TMPFILE),
          Map.entry("tmpfileCanBeLinkedOverARemovedName", TMPFILE),
          Map.entry("tmpfileHasNoNameUntilItIsLinked", TMPFILE),
          Map.entry("newObjectsBelongToTheirCreator", TMPFILE),
          Map.entry(
              "chownToNobodyChangesCtime", "libfuse 2 does not pass on a chown that names nobody"),
          Map.entry("holesAndDataAreFound", HOLES),
          Map.entry("aclOfALowerIsEnforced", ACL),
          Map.entry("aclSetOnTheMountIsEnforcedAtOnce", ACL),
          Map.entry("aclCanTakeRightsAway", ACL),
          Map.entry("newFilesInheritTheDefaultAclAndNotTheUmask", ACL),
          Map.entry("aclOnDirectoriesGuardsNames", ACL));

  private Deviations() {}

  /** Method name to reason, for one kind. */
  static Map<String, String> of(MountKind kind) {
    return switch (kind) {
      case KERNEL -> KERNEL;
      case DEV -> Map.of();
      case LIBFUSE2 -> LIBFUSE2;
    };
  }
}
