package ovl.transport.dev.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every constant against the table, both ways. A constant has the kernel's name without {@code
 * FUSE_}.
 */
class AbiConstantsTest {
  /**
   * Lengths that flyweights know, older forms of structs, and what belongs to structs not mapped.
   */
  private static final Set<String> NOT_DECLARED =
      Set.of(
          "FUSE_INIT_RESERVED",
          "FUSE_DIRECT_IO_RELAX", // the old name of DIRECT_IO_ALLOW_MMAP
          "FUSE_POLL_SCHEDULE_NOTIFY",
          "FUSE_COMPAT_ENTRY_OUT_SIZE",
          "FUSE_COMPAT_ATTR_OUT_SIZE",
          "FUSE_COMPAT_MKNOD_IN_SIZE",
          "FUSE_COMPAT_WRITE_IN_SIZE",
          "FUSE_COMPAT_STATFS_SIZE",
          "FUSE_COMPAT_SETXATTR_IN_SIZE",
          "FUSE_COMPAT_INIT_OUT_SIZE",
          "FUSE_COMPAT_22_INIT_OUT_SIZE",
          "FUSE_NAME_OFFSET",
          "FUSE_NAME_OFFSET_DIRENTPLUS",
          "FUSE_DEV_IOC_MAGIC",
          "FUSE_SETUPMAPPING_FLAG_WRITE",
          "FUSE_SETUPMAPPING_FLAG_READ",
          "FUSE_URING_IN_OUT_HEADER_SZ",
          "FUSE_URING_OP_IN_OUT_SZ",
          "FUSE_MAX_NR_SECCTX",
          "FUSE_EXT_GROUPS",
          "FUSE_INIT_BSWAP_RESERVED",
          "FUSE_IO_URING_CMD_INVALID");

  private static final Map<String, Long> TABLE = AbiTable.constants();

  static Iterable<Class<?>> classes() {
    return WireClasses.constants();
  }

  @ParameterizedTest
  @MethodSource("classes")
  void everyConstantHasTheKernelsValue(Class<?> type) throws IllegalAccessException {
    assertTrue(type.getFields().length > 0);
    for (Field field : type.getFields()) {
      Long expected = TABLE.get(kernelName(field));
      assertNotNull(expected, field.getName());
      assertEquals(expected, value(field), field.getName());
    }
  }

  @Test
  void everyConstantOfTheKernelIsDeclaredOnceOrListed() {
    Set<String> declared = new HashSet<>();
    for (Class<?> type : WireClasses.constants()) {
      for (Field field : type.getFields()) {
        assertTrue(declared.add(kernelName(field)), field + " is declared twice");
      }
    }
    Set<String> missing = new TreeSet<>(TABLE.keySet());
    missing.removeAll(declared);
    assertEquals(new TreeSet<>(NOT_DECLARED), missing);
  }

  @Test
  void lengthsOfFlyweightsAreTheKernelsConstants() {
    assertEquals(TABLE.get("FUSE_NAME_OFFSET"), Dirent.LENGTH);
    assertEquals(TABLE.get("FUSE_NAME_OFFSET_DIRENTPLUS"), DirentPlus.LENGTH);
    assertEquals(TABLE.get("FUSE_COMPAT_SETXATTR_IN_SIZE"), SetxattrIn.COMPAT_LENGTH);
  }

  @Test
  void everyOpcodeHasItsNameInTheLog() throws IllegalAccessException {
    for (Field field : Opcode.class.getFields()) {
      assertEquals(field.getName(), Opcode.name(field.getInt(null)));
    }
    assertEquals("opcode 7", Opcode.name(7));
    assertEquals("opcode 4294967295", Opcode.name(-1));
  }

  @Test
  void initFlagsSplitIntoTwoWordsAndJoinAgain() {
    long flags =
        InitFlags.ASYNC_READ | InitFlags.INIT_EXT | InitFlags.PASSTHROUGH | 1L << 31 | 1L << 63;
    assertEquals(0xc0000001, InitFlags.low(flags));
    assertEquals(0x80000020, InitFlags.high(flags));
    assertEquals(flags, InitFlags.of(InitFlags.low(flags), InitFlags.high(flags)));
  }

  @Test
  void secondWordOfInitFlagsCountsOnlyWithInitExt() {
    assertEquals(InitFlags.ASYNC_READ, InitFlags.of(1, -1));
    assertEquals(0x8000_0001L, InitFlags.of(0x80000001, -1));
  }

  private static String kernelName(Field field) {
    String prefixed = "FUSE_" + field.getName();
    return TABLE.containsKey(prefixed) ? prefixed : field.getName();
  }

  private static long value(Field field) throws IllegalAccessException {
    return field.getType() == int.class
        ? Integer.toUnsignedLong(field.getInt(null))
        : field.getLong(null);
  }
}
