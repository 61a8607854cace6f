package ovl.it.launcher;

import ovl.it.overlay.MountKind;

/** See {@link LauncherSuite}. */
final class LibFuse2LauncherTest extends LauncherSuite {
  LibFuse2LauncherTest() {
    super(MountKind.LIBFUSE2);
  }
}
