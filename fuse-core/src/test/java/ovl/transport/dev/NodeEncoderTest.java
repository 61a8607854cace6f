package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import ovl.fs.Attr;
import ovl.fs.Entry;
import ovl.transport.dev.wire.AttrOut;
import ovl.transport.dev.wire.EntryOut;
import ovl.transport.dev.wire.WireAttr;

/** Every field by its getter, which AbiLayoutTest compares with the kernel's struct. */
final class NodeEncoderTest {
  private static final int BASE = 24;
  private static final int NANOS = 1_000_000_000;

  private final Random random = new Random(4);
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BASE + EntryOut.LENGTH + 8).order(ByteOrder.nativeOrder());
  private final EntryOut entryOut = new EntryOut();
  private final AttrOut attrOut = new AttrOut();
  private final NodeEncoder encoder = new NodeEncoder();

  @Test
  void nodeIsEncodedInFull() {
    for (int round = 0; round < 20; round++) {
      Entry entry = new Entry();
      entry.nodeid = random.nextLong() | 1;
      entry.generation = random.nextLong();
      entry.validNanos = 5L * NANOS + round;
      fill(entry.attr);
      fillWithGarbage(EntryOut.LENGTH);
      encoder.put(entry, entryOut.wrap(buffer, BASE));
      assertEquals(entry.nodeid, entryOut.nodeid());
      assertEquals(entry.generation, entryOut.generation());
      assertEquals(5, entryOut.entryValid());
      assertEquals(round, entryOut.entryValidNsec());
      assertEquals(7, entryOut.attrValid());
      assertEquals(NANOS - 1, entryOut.attrValidNsec());
      assertSame(entry.attr, entryOut.attr());
      assertMargins(EntryOut.LENGTH);
    }
  }

  @Test
  void attributesAreEncodedInFull() {
    for (int round = 0; round < 20; round++) {
      Attr attr = new Attr();
      fill(attr);
      fillWithGarbage(AttrOut.LENGTH);
      encoder.put(attr, attrOut.wrap(buffer, BASE));
      assertEquals(7, attrOut.attrValid());
      assertEquals(NANOS - 1, attrOut.attrValidNsec());
      assertEquals(0, buffer.getInt(BASE + 12), "the padding");
      assertSame(attr, attrOut.attr());
      assertMargins(AttrOut.LENGTH);
    }
  }

  @Test
  void absenceHasNothingOfANodeBefore() {
    Entry entry = new Entry();
    entry.nodeid = 3;
    fill(entry.attr);
    encoder.put(entry, entryOut.wrap(buffer, BASE));
    entry.negative(2L * NANOS + 9);
    fillWithGarbage(EntryOut.LENGTH);
    encoder.put(entry, entryOut.wrap(buffer, BASE));
    assertEquals(2, entryOut.entryValid());
    assertEquals(9, entryOut.entryValidNsec());
    buffer.putLong(BASE + 16, 0).putInt(BASE + 32, 0);
    for (int i = 0; i < EntryOut.LENGTH; i++) {
      assertEquals(0, buffer.get(BASE + i), "at " + i);
    }
    assertMargins(EntryOut.LENGTH);
  }

  private void fill(Attr attr) {
    attr.ino = random.nextLong();
    attr.size = random.nextLong();
    attr.blocks = random.nextLong();
    attr.atime = random.nextLong();
    attr.mtime = random.nextLong();
    attr.ctime = -1; // before 1970
    attr.atimeNsec = random.nextInt(NANOS);
    attr.mtimeNsec = random.nextInt(NANOS);
    attr.ctimeNsec = random.nextInt(NANOS);
    attr.mode = random.nextInt();
    attr.nlink = random.nextInt();
    attr.uid = -2; // above Integer.MAX_VALUE, for the kernel
    attr.gid = random.nextInt();
    attr.rdevMajor = 0x123;
    attr.rdevMinor = 0x45678;
    attr.blksize = 4096;
    attr.validNanos = 8L * NANOS - 1;
  }

  private static void assertSame(Attr attr, WireAttr out) {
    assertEquals(attr.ino, out.ino());
    assertEquals(attr.size, out.size());
    assertEquals(attr.blocks, out.blocks());
    assertEquals(attr.atime, out.atime());
    assertEquals(attr.mtime, out.mtime());
    assertEquals(attr.ctime, out.ctime());
    assertEquals(attr.atimeNsec, out.atimensec());
    assertEquals(attr.mtimeNsec, out.mtimensec());
    assertEquals(attr.ctimeNsec, out.ctimensec());
    assertEquals(attr.mode, out.mode());
    assertEquals(attr.nlink, out.nlink());
    assertEquals(attr.uid, out.uid());
    assertEquals(attr.gid, out.gid());
    assertEquals(0x45612378, out.rdev(), "as new_encode_dev packs it");
    assertEquals(attr.blksize, out.blksize());
    assertEquals(0, out.flags());
  }

  private void fillWithGarbage(int length) {
    for (int i = 0; i < BASE + length + 8; i++) {
      buffer.put(i, (byte) 0xa5);
    }
  }

  private void assertMargins(int length) {
    assertEquals(0xa5a5a5a5a5a5a5a5L, buffer.getLong(BASE - 8));
    assertEquals(0xa5a5a5a5a5a5a5a5L, buffer.getLong(BASE + length));
  }
}
