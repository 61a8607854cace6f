package ovl.it.launcher;

import ovl.it.overlay.MountKind;

/** See {@link LauncherSuite}. */
final class DevLauncherTest extends LauncherSuite {
  DevLauncherTest() {
    super(MountKind.DEV);
  }
}
