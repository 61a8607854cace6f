package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every constant of {@link IoUringAbi} against the kernel header of this machine, if it has one.
 */
final class IoUringAbiTest {
  private static final Path HEADER = Path.of("/usr/include/linux/io_uring.h");

  /** The structures by the beginning of the constants' names. */
  private static final Map<String, String> STRUCTS =
      Map.of(
          "PARAMS", "struct io_uring_params",
          "SQ_OFF", "struct io_sqring_offsets",
          "CQ_OFF", "struct io_cqring_offsets",
          "SQE", "struct io_uring_sqe",
          "CQE", "struct io_uring_cqe");

  @TempDir Path folder;

  @Test
  void constantsAreTheHeaders() throws Exception {
    if (!Files.isReadable(HEADER)) {
      System.err.println("IoUringAbiTest skipped: no " + HEADER);
    }
    assumeTrue(Files.isReadable(HEADER), "no " + HEADER);
    CProgram compiler = new CProgram(folder);
    List<String> expected = new ArrayList<>();
    StringBuilder source = new StringBuilder("#include <linux/io_uring.h>\n");
    source.append("#include <stddef.h>\n#include <stdio.h>\nint main(void)\n{\n");
    for (Field field : IoUringAbi.class.getDeclaredFields()) {
      String name = field.getName();
      if (isNewer(name)) {
        continue;
      }
      expected.add(name + " " + ((Number) field.get(null)).longValue());
      source.append("\tprintf(\"%s %%lld\\n\", (long long)%s);\n".formatted(name, inC(name)));
    }
    source.append("\treturn 0;\n}\n");
    Path file = Files.writeString(folder.resolve("abi.c"), source);
    assertEquals(expected, compiler.output(file));
    assertTrue(expected.size() >= 25, () -> "only " + expected);
  }

  /** Of 6.6 and 6.15; headers of 6.0, which has all else, are still about. */
  private static boolean isNewer(String name) throws Exception {
    return name.contains("NO_") && !Files.readString(HEADER).contains("IORING_" + name);
  }

  private static String inC(String name) {
    for (Map.Entry<String, String> struct : STRUCTS.entrySet()) {
      if (name.startsWith(struct.getKey() + "_")) {
        String field = name.substring(struct.getKey().length() + 1).toLowerCase(Locale.ROOT);
        return switch (name) {
          case "SQE_LENGTH" -> "2 * sizeof(struct io_uring_sqe)";
          case "PARAMS_LENGTH", "CQE_LENGTH" -> "sizeof(" + struct.getValue() + ")";
          default -> "offsetof(" + struct.getValue() + ", " + field + ")";
        };
      }
    }
    return "IORING_" + name;
  }
}
