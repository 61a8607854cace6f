package ovl.transport.dev.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import ovl.transport.dev.wire.AbiTable.Field;
import ovl.transport.dev.wire.AbiTable.Struct;

/**
 * Every flyweight against the offset table, both ways: no field of the kernel is without an
 * accessor and no accessor without a field, other than those listed here.
 */
class AbiLayoutTest {
  private static final int BASE = 13;
  private static final int MARGIN = 32;

  /** Structs of messages that a filesystem without DAX, block maps and poll never sees. */
  private static final Set<String> WITHOUT_FLYWEIGHT =
      Set.of(
          "fuse_bmap_in",
          "fuse_bmap_out",
          "fuse_ioctl_iovec",
          "fuse_poll_in",
          "fuse_poll_out",
          "fuse_notify_poll_wakeup_out",
          "fuse_notify_retrieve_in",
          "fuse_setupmapping_in",
          "fuse_removemapping_in",
          "fuse_removemapping_one",
          "fuse_secctx",
          "fuse_secctx_header",
          "fuse_ext_header",
          "fuse_supp_groups");

  /** Fields that say nothing, and arrays for what varies. */
  private static final Set<String> WITHOUT_ACCESSOR =
      Set.of(
          "fuse_sx_time.__reserved",
          "fuse_statx.__spare0",
          "fuse_statx.__spare2",
          "fuse_kstatfs.padding",
          "fuse_kstatfs.spare",
          "fuse_batch_forget_in.dummy",
          "fuse_getattr_in.dummy",
          "fuse_attr_out.dummy",
          "fuse_statx_in.reserved",
          "fuse_statx_out.spare",
          "fuse_mknod_in.padding",
          "fuse_rename2_in.padding",
          "fuse_setattr_in.padding",
          "fuse_setattr_in.unused4",
          "fuse_setattr_in.unused5",
          "fuse_flush_in.unused",
          "fuse_flush_in.padding",
          "fuse_read_in.padding",
          "fuse_write_in.padding",
          "fuse_write_out.padding",
          "fuse_fsync_in.padding",
          "fuse_setxattr_in.padding",
          "fuse_getxattr_in.padding",
          "fuse_getxattr_out.padding",
          "fuse_lk_in.padding",
          "fuse_access_in.padding",
          "fuse_init_in.unused",
          "fuse_init_out.unused",
          "fuse_fallocate_in.padding",
          "fuse_in_header.padding",
          "fuse_dirent.name",
          "fuse_notify_delete_out.padding",
          "fuse_notify_store_out.padding",
          "fuse_notify_retrieve_out.padding",
          "fuse_notify_prune_out.padding",
          "fuse_notify_prune_out.spare",
          "fuse_backing_map.padding",
          "fuse_lseek_in.padding",
          "fuse_syncfs_in.padding",
          "fuse_uring_ent_in_out.padding",
          "fuse_uring_ent_in_out.reserved",
          "fuse_uring_req_header.in_out",
          "fuse_uring_req_header.op_in",
          "fuse_uring_cmd_req.padding");

  /** Methods that are no accessors: shorter forms, all fields at once, and text for the log. */
  private static final Set<String> NO_ACCESSORS = Set.of("bind", "wrapCompat", "put", "toString");

  /**
   * Structs that are written all at once; that it is in their order is seen through the getters.
   */
  private static final Set<Class<?>> WRITTEN_AT_ONCE =
      Set.of(EntryOut.class, AttrOut.class, WireAttr.class);

  private static final Map<String, Struct> TABLE = AbiTable.structs();

  private final Random random = new Random(1);
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BASE + 512 + MARGIN).order(ByteOrder.nativeOrder());

  /** What the tests of fields leave out. The comparison with a C compiler leaves it out as well. */
  static boolean isWithoutAccessor(String struct, String field) {
    return WITHOUT_ACCESSOR.contains(struct + "." + field);
  }

  @Test
  void everyStructHasAFlyweightAndEveryFlyweightAStruct() {
    Set<String> expected =
        TABLE.keySet().stream()
            .filter(struct -> !WITHOUT_FLYWEIGHT.contains(struct))
            .map(WireClasses::simpleNameFor)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> actual =
        WireClasses.flyweights().stream()
            .map(Class::getSimpleName)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(expected, actual);
  }

  @Test
  void listsOfTheUnmappedNameOnlyWhatTheTableHas() {
    assertTrue(TABLE.keySet().containsAll(WITHOUT_FLYWEIGHT));
    Set<String> fields =
        TABLE.values().stream()
            .flatMap(struct -> struct.fields().stream().map(f -> struct.name() + "." + f.name()))
            .collect(Collectors.toSet());
    assertTrue(fields.containsAll(WITHOUT_ACCESSOR));
  }

  @TestFactory
  Stream<DynamicTest> everyFlyweightHasTheLengthOfItsStruct() {
    return mapped()
        .map(
            s ->
                DynamicTest.dynamicTest(
                    s.name(), () -> assertEquals(s.size(), WireClasses.length(type(s)), s.name())));
  }

  @TestFactory
  Stream<DynamicTest> everyAccessorIsAFieldOfItsStruct() {
    return mapped().map(s -> DynamicTest.dynamicTest(s.name(), () -> assertAccessorsAreFields(s)));
  }

  @TestFactory
  Stream<DynamicTest> everyFieldIsReadAndWrittenInItsPlace() {
    List<DynamicTest> tests = new ArrayList<>();
    mapped()
        .forEach(
            struct -> {
              Flyweight<?> flyweight = WireClasses.create(type(struct));
              addFieldTests(tests, struct.name(), struct, BASE, () -> wrap(flyweight, BASE));
            });
    return tests.stream();
  }

  @TestFactory
  Stream<DynamicTest> clearZeroesTheStructAndNothingElse() {
    return mapped()
        .map(
            struct ->
                DynamicTest.dynamicTest(
                    struct.name(),
                    () -> {
                      byte[] expected = fillWithGarbage();
                      Arrays.fill(expected, BASE, BASE + struct.size(), (byte) 0);
                      wrap(WireClasses.create(type(struct)), BASE).clear();
                      assertArrayEquals(expected, bytes(), struct.name());
                    }));
  }

  private void addFieldTests(
      List<DynamicTest> tests,
      String path,
      Struct struct,
      int base,
      Supplier<Flyweight<?>> wrapped) {
    for (Field field : struct.fields()) {
      if (isWithoutAccessor(struct.name(), field.name())) {
        continue;
      }
      String fieldPath = path + "." + field.name();
      int offset = base + field.offset();
      if (field.isStruct()) {
        Struct inner = TABLE.get(field.type().substring("struct ".length()));
        addFieldTests(tests, fieldPath, inner, offset, () -> view(wrapped.get(), field));
      } else {
        tests.add(
            DynamicTest.dynamicTest(
                fieldPath, () -> assertFieldInPlace(fieldPath, field, offset, wrapped)));
      }
    }
  }

  private void assertFieldInPlace(
      String path, Field field, int offset, Supplier<Flyweight<?>> wrapped)
      throws ReflectiveOperationException {
    Class<?> type = wrapped.get().getClass();
    Class<?> javaType = field.size() == Long.BYTES ? long.class : int.class;
    Method getter = accessor(type, field);
    Method setter = accessor(type, field, javaType);
    assertTrue(getter != null || !needsGetters(type), () -> "no getter for " + path);
    assertTrue(setter != null || !needsSetters(type), () -> "no setter for " + path);
    for (int round = 0; round < 8; round++) {
      byte[] pattern = new byte[field.size()];
      random.nextBytes(pattern);
      if (getter != null) {
        assertEquals(javaType, getter.getReturnType(), path);
        fillWithGarbage();
        buffer.put(offset, pattern);
        assertEquals(number(pattern), ((Number) getter.invoke(wrapped.get())).longValue(), path);
      }
      if (setter != null) {
        byte[] expected = fillWithGarbage();
        System.arraycopy(pattern, 0, expected, offset, pattern.length);
        Flyweight<?> target = wrapped.get();
        Object argument =
            javaType == long.class ? (Object) number(pattern) : (Object) (int) number(pattern);
        assertEquals(target, setter.invoke(target, argument), path);
        assertArrayEquals(expected, bytes(), path);
      }
    }
  }

  private void assertAccessorsAreFields(Struct struct) {
    Set<String> fields =
        struct.fields().stream()
            .filter(field -> !isWithoutAccessor(struct.name(), field.name()))
            .map(field -> WireClasses.accessorFor(field.name()))
            .collect(Collectors.toSet());
    for (Method method : type(struct).getDeclaredMethods()) {
      boolean accessor =
          !Modifier.isStatic(method.getModifiers())
              && !method.isSynthetic()
              && !NO_ACCESSORS.contains(method.getName());
      if (accessor) {
        assertTrue(fields.contains(method.getName()), method::toString);
        assertTrue(Modifier.isPublic(method.getModifiers()), method::toString);
        assertTrue(method.getParameterCount() <= 1, method::toString);
      }
    }
  }

  /** Structs that the daemon reads: requests and what is inside them; and what only tests read. */
  private static boolean needsGetters(Class<?> type) {
    return type.getSimpleName().endsWith("In")
        || WRITTEN_AT_ONCE.contains(type)
        || Set.of(InHeader.class, ForgetOne.class, FileLock.class).contains(type);
  }

  /** Structs that the daemon writes: all the others. */
  private static boolean needsSetters(Class<?> type) {
    return !needsGetters(type) || type == FileLock.class;
  }

  private static Stream<Struct> mapped() {
    return TABLE.values().stream().filter(struct -> !WITHOUT_FLYWEIGHT.contains(struct.name()));
  }

  private static Class<?> type(Struct struct) {
    String name = WireClasses.simpleNameFor(struct.name());
    return WireClasses.flyweights().stream()
        .filter(type -> type.getSimpleName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no class " + name));
  }

  private static Method accessor(Class<?> type, Field field, Class<?>... parameters) {
    try {
      return type.getDeclaredMethod(WireClasses.accessorFor(field.name()), parameters);
    } catch (NoSuchMethodException e) {
      return null;
    }
  }

  private static Flyweight<?> view(Flyweight<?> outer, Field field) {
    try {
      return (Flyweight<?>) accessor(outer.getClass(), field).invoke(outer);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private Flyweight<?> wrap(Flyweight<?> flyweight, int offset) {
    Flyweight<?> returned = flyweight.wrap(buffer, offset);
    assertEquals(flyweight, returned);
    return returned;
  }

  private byte[] fillWithGarbage() {
    byte[] garbage = new byte[buffer.capacity()];
    random.nextBytes(garbage);
    buffer.put(0, garbage);
    return garbage;
  }

  private byte[] bytes() {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  /** Of 2 bytes unsigned, of 4 or 8 as the Java type. */
  private static long number(byte[] pattern) {
    ByteBuffer bytes = ByteBuffer.wrap(pattern).order(ByteOrder.nativeOrder());
    return switch (pattern.length) {
      case Short.BYTES -> Short.toUnsignedInt(bytes.getShort());
      case Integer.BYTES -> bytes.getInt();
      case Long.BYTES -> bytes.getLong();
      default -> throw new AssertionError("a field of " + pattern.length + " bytes");
    };
  }
}
