package ovl.it.inspect;

import ovl.it.overlay.MountKind;

/** See {@link InspectSuite}. */
final class DevInspectTest extends InspectSuite {
  DevInspectTest() {
    super(MountKind.DEV);
  }
}
