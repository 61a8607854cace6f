package ovl.transport.dev.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.CProgram;
import ovl.transport.dev.wire.AbiTable.Struct;

/**
 * The committed offset table against the C compiler and the kernel header of this machine, where it
 * has them.
 */
class AbiHeaderTest {
  private static final Path HEADER = Path.of("/usr/include/linux/fuse.h");
  private static final int OLDEST_MINOR = 34;

  @TempDir Path folder;

  @Test
  void tableAgreesWithTheHeaderOfThisMachine() throws IOException, InterruptedException {
    assumeTrue(Files.isReadable(HEADER), "no " + HEADER);
    int minor = minorVersion();
    assumeTrue(minor >= OLDEST_MINOR, "protocol 7." + minor + " in " + HEADER + " is too old");
    List<String> rows = new CProgram(folder).output(source());

    Map<String, Struct> table = AbiTable.structs();
    List<String> different = new ArrayList<>();
    for (String row : rows) {
      String[] columns = row.split("\t");
      if (!AbiLayoutTest.isWithoutAccessor(columns[0], columns[1])
          && !row.equals(expectedRow(table.get(columns[0]), columns[1]))) {
        different.add(row);
      }
    }
    assertEquals(List.of(), different);
    assertTrue(rows.size() >= 200, () -> "only " + rows.size() + " rows");
  }

  /**
   * The row of the table in the program's format; padding is left out, as new fields are made of
   * it.
   */
  private static String expectedRow(Struct struct, String name) {
    if (name.equals("-")) {
      return String.join("\t", struct.name(), "-", "0", "" + struct.size());
    }
    return struct.fields().stream()
        .filter(field -> field.name().equals(name))
        .map(
            field -> String.join("\t", struct.name(), name, "" + field.offset(), "" + field.size()))
        .findFirst()
        .orElse("not in the table");
  }

  private static int minorVersion() throws IOException {
    Matcher matcher =
        Pattern.compile("#define FUSE_KERNEL_MINOR_VERSION\\s+(\\d+)")
            .matcher(Files.readString(HEADER));
    assertTrue(matcher.find());
    return Integer.parseInt(matcher.group(1));
  }

  /** Found from the module's directory or any below it, wherever the tests are started. */
  private static Path source() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path source = at.resolve("scripts/abi-offsets.c");
      if (Files.exists(source)) {
        return source;
      }
    }
    throw new AssertionError("no scripts/abi-offsets.c above " + Path.of("").toAbsolutePath());
  }
}
