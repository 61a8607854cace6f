package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** See {@link PosixSuite}. */
final class LibFuse2XfsPosixTest extends PosixSuite {
  LibFuse2XfsPosixTest() {
    super(MountKind.LIBFUSE2, Backing.XFS);
  }
}
