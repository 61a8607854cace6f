package ovl.it.stress;

import ovl.it.overlay.MountKind;

/** See {@link ConcurrencySuite}. */
final class LibFuse2ConcurrencyTest extends ConcurrencySuite {
  LibFuse2ConcurrencyTest() {
    super(MountKind.LIBFUSE2);
  }
}
