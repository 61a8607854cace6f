package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** Lower files are read by the kernel as well. */
final class DevAllPassthroughDataTest extends DataSuite {
  DevAllPassthroughDataTest() {
    super(MountKind.DEV, Backing.EXT4, "--passthrough=all");
  }
}
