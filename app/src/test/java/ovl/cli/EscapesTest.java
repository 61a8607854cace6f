package ovl.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class EscapesTest {
  @Test
  void colonSeparatesLayers() {
    assertEquals(List.of("a", "b/c", "d"), Escapes.layers("a:b/c:d"));
  }

  @Test
  void escapedColonAndBackslashBelongToTheName() {
    assertEquals(List.of("a:b", "c\\"), Escapes.layers("a\\:b:c\\\\"));
    assertEquals(List.of("a\\", "b"), Escapes.layers("a\\\\:b"));
  }

  @Test
  void otherBackslashStandsForItself() {
    assertEquals(List.of("dev-disk\\x2d1", "end\\"), Escapes.layers("dev-disk\\x2d1:end\\"));
  }

  @Test
  void emptyLayersAreKeptForTheCallerToRefuse() {
    assertEquals(List.of("", "a", ""), Escapes.layers(":a:"));
  }

  @Test
  void commaSeparatesOptions() {
    assertEquals(List.of("ro", "", "lowerdir=a:b"), Escapes.options("ro,,lowerdir=a:b"));
  }

  @Test
  void escapedCommaBelongsToTheValue() {
    assertEquals(List.of("upperdir=a,b", "ro"), Escapes.options("upperdir=a\\,b,ro"));
  }

  @Test
  void escapesForLayersSurviveTheSplitAtCommas() {
    assertEquals(List.of("lowerdir=a\\:b\\\\", "ro"), Escapes.options("lowerdir=a\\:b\\\\,ro"));
  }

  @Test
  void pathIsUnescapedAndNotSplit() {
    assertEquals("a:b:c\\", Escapes.path("a:b\\:c\\\\"));
  }
}
