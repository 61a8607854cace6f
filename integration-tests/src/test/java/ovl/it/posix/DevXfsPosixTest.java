package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link PosixSuite}. */
final class DevXfsPosixTest extends PosixSuite {
  DevXfsPosixTest() {
    super(MountKind.DEV, Backing.XFS);
  }
}
