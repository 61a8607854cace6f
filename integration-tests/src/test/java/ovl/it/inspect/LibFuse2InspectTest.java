package ovl.it.inspect;

import ovl.it.overlay.MountKind;

/** See {@link InspectSuite}. */
final class LibFuse2InspectTest extends InspectSuite {
  LibFuse2InspectTest() {
    super(MountKind.LIBFUSE2);
  }
}
