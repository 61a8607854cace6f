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

  @Test
  void quotesProtectCommasAndAreDropped() {
    assertEquals(
        List.of("context=system_u:object_r:c1,c2", "volatile"),
        Escapes.options("context=\"system_u:object_r:c1,c2\",volatile"));
    assertEquals(List.of("upperdir=a,b"), Escapes.options("\"upperdir=a,b\""));
  }

  @Test
  void escapedPunctuationBelongsToTheValue() {
    assertEquals(List.of("upperdir=a\"b c", "ro"), Escapes.options("upperdir=a\\\"b\\ c,ro"));
    assertEquals(List.of("upperdir=dev\\x2d1\\"), Escapes.options("upperdir=dev\\x2d1\\"));
  }
}
