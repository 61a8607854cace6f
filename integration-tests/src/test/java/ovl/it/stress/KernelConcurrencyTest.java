package ovl.it.stress;

import ovl.it.overlay.MountKind;

/** See {@link ConcurrencySuite}. */
final class KernelConcurrencyTest extends ConcurrencySuite {
  KernelConcurrencyTest() {
    super(MountKind.KERNEL);
  }
}
