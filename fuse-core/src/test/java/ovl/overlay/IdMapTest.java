package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IdMapTest {
  private static final int OVERFLOW = 65534;

  @Test
  void rangesMapBothWays() {
    IdMap map = IdMap.parse("0:1000:1:1:100000:65536", OVERFLOW);
    assertEquals(1000, map.toShown(0));
    assertEquals(0, map.toDisk(1000));
    assertEquals(100000, map.toShown(1));
    assertEquals(165535, map.toShown(65536));
    assertEquals(65536, map.toDisk(165535));
  }

  @Test
  void idOutsideAllRangesOverflows() {
    IdMap map = IdMap.parse("0:1000:1", OVERFLOW);
    assertEquals(OVERFLOW, map.toShown(1));
    assertEquals(OVERFLOW, map.toDisk(0));
    assertEquals(OVERFLOW, map.toDisk(1001));
  }

  @Test
  void firstRangeThatFitsCounts() {
    IdMap map = IdMap.parse("0:10:5:0:20:5", OVERFLOW);
    assertEquals(11, map.toShown(1));
    assertEquals(1, map.toDisk(21));
  }

  @Test
  void leadingColonIsSkipped() {
    IdMap map = IdMap.parse(":0:1000:1:1:1:999", OVERFLOW);
    assertEquals(1000, map.toShown(0));
    assertEquals(2, map.toShown(2));
  }

  @Test
  void idsAreUnsigned() {
    IdMap map = IdMap.parse("0:0:4294967295", OVERFLOW);
    assertEquals(-2, map.toShown(-2));
    assertEquals(-2, map.toDisk(-2));
    assertEquals(OVERFLOW, map.toDisk(-1), "4294967295 is no id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "0:1", "0:1:2:3", "a:b:c", "0:0:-1", "0:0:4294967296", "1 :2:3"})
  void malformedMapIsRefused(String triples) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> IdMap.parse(triples, OVERFLOW));
    assertEquals("invalid mapping specified: " + triples, e.getMessage());
  }

  @Test
  void squashingShowsOneIdAndStoresAsMapped() {
    IdMap map = IdMap.parse("0:1000:10", OVERFLOW).squashedTo(7);
    assertEquals(7, map.toShown(3));
    assertEquals(7, map.toShown(5000));
    assertEquals(3, map.toDisk(1003));
    assertTrue(map.isSquashing());
    assertFalse(map.isIdentity());
  }

  @Test
  void whatIsNoIdCannotBeSquashedTo() {
    assertThrows(IllegalArgumentException.class, () -> IdMap.IDENTITY.squashedTo(-1));
    assertThrows(IllegalArgumentException.class, () -> IdMap.IDENTITY.squashedTo(4294967295L));
  }
}
