package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import ovl.sys.Linux;

final class PosixAclTest {
  private static final int USER_OBJ = 1;
  private static final int USER = 2;
  private static final int GROUP_OBJ = 4;
  private static final int GROUP = 8;
  private static final int MASK = 0x10;
  private static final int OTHER = 0x20;
  private static final int NONE = -1;

  /** The value of an ACL attribute from (tag, permissions, id) triples. */
  static byte[] acl(int... triples) {
    ByteBuffer value =
        ByteBuffer.allocate(4 + triples.length / 3 * 8).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    for (int i = 0; i < triples.length; i += 3) {
      value.putShort((short) triples[i]).putShort((short) triples[i + 1]).putInt(triples[i + 2]);
    }
    return value.array();
  }

  @Test
  void minimalAclIsAllInTheMode() {
    byte[] defaults = acl(USER_OBJ, 7, NONE, GROUP_OBJ, 5, NONE, OTHER, 1, NONE);
    PosixAcl inherited = PosixAcl.inherit(defaults, Linux.S_IFREG | 0666);
    assertEquals(Linux.S_IFREG | 0640, inherited.mode());
    assertNull(inherited.accessAcl());
  }

  @Test
  void namedEntriesStayAndTheMaskTakesTheGroupBits() {
    byte[] defaults =
        acl(
            USER_OBJ, 7, NONE, USER, 7, 1000, GROUP_OBJ, 5, NONE, GROUP, 6, 2000, MASK, 7, NONE,
            OTHER, 0, NONE);
    PosixAcl inherited = PosixAcl.inherit(defaults, 0664);
    assertEquals(0660, inherited.mode());
    assertArrayEquals(
        acl(
            USER_OBJ, 6, NONE, USER, 7, 1000, GROUP_OBJ, 5, NONE, GROUP, 6, 2000, MASK, 6, NONE,
            OTHER, 0, NONE),
        inherited.accessAcl());
  }

  @Test
  void modeGrantsNoMoreThanTheAcl() {
    byte[] defaults = acl(USER_OBJ, 4, NONE, GROUP_OBJ, 0, NONE, OTHER, 0, NONE);
    assertEquals(0400, PosixAcl.inherit(defaults, 0777).mode());
  }

  @Test
  void specialBitsOfTheModeStay() {
    byte[] defaults = acl(USER_OBJ, 7, NONE, GROUP_OBJ, 7, NONE, OTHER, 7, NONE);
    assertEquals(02755, PosixAcl.inherit(defaults, 02755).mode());
  }

  @Test
  void defaultAclItselfIsNotChanged() {
    byte[] defaults = acl(USER_OBJ, 7, NONE, GROUP_OBJ, 7, NONE, OTHER, 7, NONE);
    byte[] copy = defaults.clone();
    PosixAcl.inherit(defaults, 0);
    assertArrayEquals(copy, defaults);
  }

  @Test
  void strangersAreLeftOut() {
    byte[] known = acl(USER_OBJ, 6, NONE, USER, 7, 5, GROUP_OBJ, 4, NONE, MASK, 7, NONE);
    assertSame(known, PosixAcl.withoutStrangers(known));
    byte[] some =
        acl(
            USER_OBJ, 6, NONE, USER, 7, NONE, USER, 7, 5, GROUP_OBJ, 4, NONE, GROUP, 7, NONE, MASK,
            7, NONE);
    assertArrayEquals(known, PosixAcl.withoutStrangers(some));
    byte[] empty = {};
    assertSame(empty, PosixAcl.withoutStrangers(empty));
  }
}
