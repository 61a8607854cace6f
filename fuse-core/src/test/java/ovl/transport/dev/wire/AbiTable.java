package ovl.transport.dev.wire;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The committed tables of protocol 7.45: struct layouts and constants, as a C compiler sees them.
 */
final class AbiTable {
  /** A field of a struct; the name is without the brackets of an array. */
  record Field(String name, int offset, int size, String type) {
    boolean isStruct() {
      return type.startsWith("struct ");
    }
  }

  /** A struct; its fields are in the order of the header. */
  record Struct(String name, int size, List<Field> fields) {}

  private AbiTable() {}

  static Map<String, Struct> structs() {
    Map<String, List<Field>> fields = new LinkedHashMap<>();
    Map<String, Struct> structs = new LinkedHashMap<>();
    for (String[] row : rows("fuse-abi.tsv")) {
      List<Field> known = fields.computeIfAbsent(row[0], name -> new ArrayList<>());
      int offset = Integer.parseInt(row[2]);
      int size = Integer.parseInt(row[3]);
      if (row[1].equals("-")) {
        structs.put(row[0], new Struct(row[0], size, known));
      } else {
        known.add(new Field(row[1].replaceFirst("\\[\\d*]$", ""), offset, size, row[4]));
      }
    }
    return structs;
  }

  /** Values as unsigned 64-bit numbers. */
  static Map<String, Long> constants() {
    Map<String, Long> constants = new LinkedHashMap<>();
    for (String[] row : rows("fuse-constants.tsv")) {
      constants.put(row[0], Long.parseUnsignedLong(row[1]));
    }
    return constants;
  }

  private static List<String[]> rows(String resource) {
    InputStream stream = AbiTable.class.getResourceAsStream(resource);
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split("\t"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
