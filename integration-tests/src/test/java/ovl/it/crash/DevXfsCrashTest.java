package ovl.it.crash;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link CrashSuite}. */
final class DevXfsCrashTest extends CrashSuite {
  DevXfsCrashTest() {
    super(MountKind.DEV, Backing.XFS);
  }
}
