package ovl.it.posix;

import java.util.Map;
import java.util.TreeMap;
import ovl.it.overlay.MountKind;

/**
 * The tests that do not hold for one kind of mount, each with the reason: what the kernel's
 * overlayfs does otherwise by design, and what libfuse 2 has no means for. There is no list for the
 * transport on /dev/fuse.
 */
final class Deviations {
  private static final Map<String, String> KERNEL =
      Map.of(
          "linkedLowerNamesStayOneFileOverACopyUp",
          "without index=on a copy-up takes one name out of its hard links",
          "whiteoutInDirectoryOfOneLayerIsNeverShown",
          "a directory of one layer is listed as it is; only stat says ENOENT");

  private static final Map<String, String> LIBFUSE2 = new TreeMap<>();

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
