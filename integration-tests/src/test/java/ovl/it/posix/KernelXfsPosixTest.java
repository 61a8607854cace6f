package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link PosixSuite}. */
final class KernelXfsPosixTest extends PosixSuite {
  KernelXfsPosixTest() {
    super(MountKind.KERNEL, Backing.XFS);
  }
}
