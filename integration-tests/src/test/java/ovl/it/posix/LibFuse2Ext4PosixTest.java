package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link PosixSuite}. */
final class LibFuse2Ext4PosixTest extends PosixSuite {
  LibFuse2Ext4PosixTest() {
    super(MountKind.LIBFUSE2, Backing.EXT4);
  }
}
