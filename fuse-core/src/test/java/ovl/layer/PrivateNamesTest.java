package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class PrivateNamesTest {
  private final PrivateNames names = new PrivateNames("user.overlay.");

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void privateNamesAreThoseOfThePrefix() {
    assertTrue(names.isPrivate(ascii("user.overlay.opaque")));
    assertTrue(names.isPrivate(ascii("user.overlay.anything")));
    assertFalse(names.isPrivate(ascii("user.overlay")));
    assertFalse(names.isPrivate(ascii("user.other")));
    assertFalse(names.isPrivate(ascii("trusted.overlay.opaque")));
    assertTrue(names.isPrefix(ascii("user.overlay.")));
    assertFalse(names.isPrefix(ascii("user.overlay.x")));
  }

  @Test
  void escapingPutsOneMoreLevelIn() {
    byte[] name = ascii("user.overlay.opaque");
    byte[] stored = names.escape(name);
    assertEquals("user.overlay.overlay.opaque", new String(stored, StandardCharsets.US_ASCII));
    assertTrue(names.isEscaped(stored));
    assertFalse(names.isEscaped(name));
    assertArrayEquals(name, names.unescape(stored));
    byte[] twice = names.escape(stored);
    assertArrayEquals(stored, names.unescape(twice));
  }
}
