package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** All reads and writes by the daemon, as where the kernel has no passthrough. */
final class DevCachedDataTest extends DataSuite {
  DevCachedDataTest() {
    super(MountKind.DEV, Backing.EXT4, "--passthrough=off");
  }
}
