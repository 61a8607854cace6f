package ovl.it.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import ovl.it.overlay.MountKind;

/** See {@link InspectSuite}. */
final class DevInspectTest extends InspectSuite {
  DevInspectTest() {
    super(MountKind.DEV);
  }

  /** Their data is in the page cache when they are open. */
  @Test
  void smallFilesAreReadWithoutARequest() {
    stack.mount();
    assertEquals("top", stack.merged().at("f").text());
    assertEquals("lower", stack.merged().at("d/x").text());
    assertEquals(Optional.empty(), operations("READ"));
  }
}
