package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link PosixSuite}. */
final class KernelExt4PosixTest extends PosixSuite {
  KernelExt4PosixTest() {
    super(MountKind.KERNEL, Backing.EXT4);
  }
}
