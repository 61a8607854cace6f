package ovl.it.stress;

import ovl.it.overlay.MountKind;

/** See {@link ConcurrencySuite}. */
final class DevConcurrencyTest extends ConcurrencySuite {
  DevConcurrencyTest() {
    super(MountKind.DEV);
  }
}
