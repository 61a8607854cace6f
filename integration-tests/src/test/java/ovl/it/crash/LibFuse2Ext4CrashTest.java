package ovl.it.crash;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link CrashSuite}. */
final class LibFuse2Ext4CrashTest extends CrashSuite {
  LibFuse2Ext4CrashTest() {
    super(MountKind.LIBFUSE2, Backing.EXT4);
  }
}
