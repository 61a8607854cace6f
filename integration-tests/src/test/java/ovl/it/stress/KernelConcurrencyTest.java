package ovl.it.stress;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import ovl.it.overlay.MountKind;

/** See {@link ConcurrencySuite}; not in every build, since the kernel is no news. */
@EnabledIfSystemProperty(named = "ovl.long", matches = "true")
final class KernelConcurrencyTest extends ConcurrencySuite {
  KernelConcurrencyTest() {
    super(MountKind.KERNEL);
  }
}
