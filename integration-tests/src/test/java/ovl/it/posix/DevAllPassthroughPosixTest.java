package ovl.it.posix;

import java.util.Map;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** Lower files are read by the kernel as well. */
final class DevAllPassthroughPosixTest extends PosixSuite {
  DevAllPassthroughPosixTest() {
    super(MountKind.DEV, Backing.EXT4, "--passthrough=all");
  }

  @Override
  Map<String, String> deviations() {
    return Map.of(
        "descriptorFromBeforeSeesTheNewContent",
        "a descriptor keeps its backing file for as long as it is open");
  }
}
