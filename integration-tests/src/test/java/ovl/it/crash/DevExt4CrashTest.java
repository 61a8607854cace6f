package ovl.it.crash;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link CrashSuite}. */
final class DevExt4CrashTest extends CrashSuite {
  DevExt4CrashTest() {
    super(MountKind.DEV, Backing.EXT4);
  }
}
