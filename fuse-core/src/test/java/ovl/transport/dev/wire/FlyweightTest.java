package ovl.transport.dev.wire;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FlyweightTest {
  private static final int OFFSET = 8;

  static Iterable<Class<?>> flyweights() {
    return WireClasses.flyweights();
  }

  @ParameterizedTest
  @MethodSource("flyweights")
  void wrapNeedsTheWholeStructBeforeTheLimit(Class<?> type) throws ReflectiveOperationException {
    int length = WireClasses.length(type);
    Flyweight<?> flyweight = WireClasses.create(type);
    ByteBuffer buffer = buffer(OFFSET + length + 100);
    buffer.limit(OFFSET + length);
    assertDoesNotThrow(() -> flyweight.wrap(buffer, OFFSET));
    assertEquals(OFFSET + length, flyweight.tail());
    assertThrows(ShortRequestException.class, () -> flyweight.wrap(buffer, OFFSET + 1));
    buffer.limit(OFFSET + length - 1);
    assertThrows(ShortRequestException.class, () -> flyweight.wrap(buffer, OFFSET));
  }

  @ParameterizedTest
  @MethodSource("flyweights")
  void wrapNeedsTheWholeStructBeforeTheEnd(Class<?> type) throws ReflectiveOperationException {
    int length = WireClasses.length(type);
    Flyweight<?> flyweight = WireClasses.create(type);
    ByteBuffer buffer = buffer(OFFSET + length + 100);
    assertDoesNotThrow(() -> flyweight.wrap(buffer, OFFSET, OFFSET + length));
    assertThrows(
        ShortRequestException.class, () -> flyweight.wrap(buffer, OFFSET, OFFSET + length - 1));
  }

  @Test
  void endBeyondTheLimitDoesNotCount() {
    ByteBuffer buffer = buffer(ReadIn.LENGTH - 1);
    assertThrows(ShortRequestException.class, () -> new ReadIn().wrap(buffer, 0, 4096));
  }

  @Test
  void lengthsThatOverflowAreShort() {
    ByteBuffer buffer = buffer(256);
    ReadIn readIn = new ReadIn();
    assertThrows(ShortRequestException.class, () -> readIn.wrap(buffer, Integer.MAX_VALUE));
    assertThrows(ShortRequestException.class, () -> readIn.wrap(buffer, 16, Integer.MIN_VALUE));
    assertThrows(IndexOutOfBoundsException.class, () -> readIn.wrap(buffer, Integer.MIN_VALUE));
    assertThrows(IndexOutOfBoundsException.class, () -> readIn.wrap(buffer, -1));
  }

  @Test
  void failedWrapLeavesTheViewWhereItWas() {
    ByteBuffer buffer = buffer(48).putLong(8, 7);
    ForgetIn forgetIn = new ForgetIn().wrap(buffer, 8);
    assertThrows(ShortRequestException.class, () -> forgetIn.wrap(buffer, 41));
    assertEquals(7, forgetIn.nlookup());
  }

  @Test
  void shortRequestSaysHowMuchIsMissing() {
    Exception e =
        assertThrows(ShortRequestException.class, () -> new WriteIn().wrap(buffer(50), 40));
    assertEquals("40 bytes needed, 10 there", e.getMessage());
    assertEquals(0, e.getStackTrace().length);
  }

  @Test
  void bufferInForeignByteOrderIsRefused() {
    ByteOrder foreign =
        ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
            ? ByteOrder.BIG_ENDIAN
            : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer buffer = ByteBuffer.allocate(64).order(foreign);
    assertThrows(IllegalArgumentException.class, () -> new OpenIn().wrap(buffer, 0));
  }

  @Test
  void positionPlaysNoPart() {
    ByteBuffer buffer = buffer(64).putLong(16, 42);
    buffer.position(32);
    assertEquals(42, new ForgetIn().wrap(buffer, 16).nlookup());
    assertEquals(32, buffer.position());
  }

  @Test
  void initInBeforeFlags2ReadsItAsZero() {
    ByteBuffer buffer = buffer(64).putInt(12, 5).putInt(16, -1);
    InitIn initIn = new InitIn();
    assertSame(initIn, initIn.wrapCompat(buffer, 0, InitIn.COMPAT_LENGTH));
    assertEquals(5, initIn.flags());
    assertEquals(0, initIn.flags2());
    assertEquals(InitIn.COMPAT_LENGTH, initIn.tail());
    assertThrows(
        ShortRequestException.class, () -> initIn.wrapCompat(buffer, 0, InitIn.COMPAT_LENGTH - 1));
    assertEquals(-1, initIn.wrap(buffer, 0).flags2());
  }

  @Test
  void setxattrInWithoutExtensionEndsBeforeTheName() {
    ByteBuffer buffer = buffer(64).putInt(0, 3).putInt(4, 2).putInt(8, -1);
    SetxattrIn setxattrIn = new SetxattrIn().wrapCompat(buffer, 0, 64);
    assertEquals(3, setxattrIn.size());
    assertEquals(2, setxattrIn.flags());
    assertEquals(0, setxattrIn.setxattrFlags());
    assertEquals(SetxattrIn.COMPAT_LENGTH, setxattrIn.tail());
    assertThrows(
        ShortRequestException.class,
        () -> setxattrIn.wrapCompat(buffer, 0, SetxattrIn.COMPAT_LENGTH - 1));
    assertEquals(-1, setxattrIn.wrap(buffer, 0).setxattrFlags());
  }

  @Test
  void direntsAreMultiplesOfEightBytes() {
    assertEquals(32, Dirent.sizeFor(1));
    assertEquals(32, Dirent.sizeFor(8));
    assertEquals(40, Dirent.sizeFor(9));
    assertEquals(280, Dirent.sizeFor(255));
    assertEquals(160, DirentPlus.sizeFor(8));
    assertEquals(408, DirentPlus.sizeFor(255));
  }

  @Test
  void headerIsReadableInTheLog() {
    InHeader header = new InHeader().wrap(buffer(InHeader.LENGTH), 0);
    header.len(44).opcode(Opcode.LOOKUP).unique(-2).nodeid(1).uid(-1).gid(5).pid(6);
    assertEquals(
        "LOOKUP unique=18446744073709551614 nodeid=1 len=44 uid=4294967295 gid=5 pid=6",
        header.toString());
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }
}
