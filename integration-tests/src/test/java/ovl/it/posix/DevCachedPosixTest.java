package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** All reads and writes by the daemon, as where the kernel has no passthrough. */
final class DevCachedPosixTest extends PosixSuite {
  DevCachedPosixTest() {
    super(MountKind.DEV, Backing.EXT4, "--passthrough=off");
  }
}
