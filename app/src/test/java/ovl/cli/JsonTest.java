package ovl.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JsonTest {
  @Test
  void valuesOfAllKinds() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("a", Arrays.asList(1, -2L, true, null));
    map.put("b", Map.of());
    map.put("c", List.of());
    assertEquals("{\"a\":[1,-2,true,null],\"b\":{},\"c\":[]}", Json.of(map));
  }

  @Test
  void stringsAreEscaped() {
    assertEquals("\"\\\"\\\\/\\u000a\\u0000\\u001fü€😀\"", Json.of("\"\\/\n\0\u001fü€😀"));
  }
}
