package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link PosixSuite}. */
final class DevExt4PosixTest extends PosixSuite {
  DevExt4PosixTest() {
    super(MountKind.DEV, Backing.EXT4);
  }
}
