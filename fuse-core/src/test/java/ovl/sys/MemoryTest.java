package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory, NativeBytes and Scratch: what lies outside the heap. */
final class MemoryTest {
  private final Syscalls sys = Syscalls.load();

  @Test
  void blockIsPageAlignedZeroedAndBounded() {
    try (Memory memory = Memory.map(sys, 10_000)) {
      assertEquals(0, memory.address() % 4096);
      assertEquals(10_000, memory.size());
      assertEquals(0, memory.buffer().get(9_999));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.buffer().get(10_000));
    }
  }

  @Test
  void bufferAndAddressAreTheSameBytes() {
    try (Memory memory = Memory.map(sys, 4096)) {
      memory.buffer().putInt(8, 0x01020304);
      assertEquals(0x01020304, NativeBytes.getInt(memory.address() + 8));
      NativeBytes.putLong(memory.address() + 16, -2);
      assertEquals(-2, memory.buffer().getLong(16));
    }
  }

  @Test
  void discardedBlockIsZeroAgain() {
    try (Memory memory = Memory.map(sys, 8192)) {
      memory.buffer().putLong(5000, 77);
      memory.discard();
      assertEquals(0, memory.buffer().getLong(5000));
    }
  }

  @Test
  void discardedPartIsZeroAgainAndTheRestIsNot() {
    try (Memory memory = Memory.map(sys, 3 * 4096)) {
      for (int page = 0; page < 3; page++) {
        memory.buffer().putLong(page * 4096, 77);
      }
      memory.discard(4096, 4096);
      assertEquals(77, memory.buffer().getLong(0));
      assertEquals(0, memory.buffer().getLong(4096));
      assertEquals(77, memory.buffer().getLong(8192));
    }
  }

  @Test
  void sizeThatCannotBeMappedIsAnError() {
    assertThrows(OutOfMemoryError.class, () -> Memory.map(sys, 0));
  }

  @Test
  void bytesAreCopiedBothWays() {
    try (Memory memory = Memory.map(sys, 4096)) {
      long at = memory.address() + 1;
      byte[] bytes = {1, 0, -1, 5};
      NativeBytes.write(at, bytes);
      assertArrayEquals(bytes, NativeBytes.read(at, 4));
      NativeBytes.copy(at, at + 100, 4);
      assertArrayEquals(bytes, NativeBytes.read(at + 100, 4));
      NativeBytes.put(at, (byte) 'x');
      assertEquals('x', NativeBytes.get(at));
      assertEquals(1, NativeBytes.length(at));
    }
  }

  @Test
  void scratchAreasDoNotOverlap() {
    Scratch scratch = Scratch.current(sys);
    byte[] longest = "p".repeat(2 * Linux.PATH_MAX - 1).getBytes(StandardCharsets.US_ASCII);
    List<Area> areas = new ArrayList<>();
    areas.add(new Area("path", scratch.path(longest), longest.length + 1));
    areas.add(new Area("path2", scratch.path2(longest), longest.length + 1));
    areas.add(new Area("path3", scratch.path3(longest), longest.length + 1));
    areas.add(new Area("proc", scratch.procFd(Integer.MAX_VALUE), 2 * Linux.PATH_MAX));
    areas.add(new Area("empty", scratch.empty(), 1));
    areas.add(new Area("words", scratch.words(), 16 * 8));
    areas.add(new Area("statx", scratch.statx().address(), Statx.LENGTH));
    areas.add(new Area("statx2", scratch.statx2().address(), Statx.LENGTH));
    areas.add(new Area("reopen", scratch.statxForReopen().address(), Statx.LENGTH));
    areas.add(new Area("value", scratch.value(), Linux.XATTR_SIZE_MAX));
    areas.add(new Area("list", scratch.list(), Linux.XATTR_LIST_MAX));
    for (Area a : areas) {
      for (Area b : areas) {
        assertTrue(a == b || a.end() <= b.start() || b.end() <= a.start(), a + " and " + b);
      }
    }
    assertEquals(0, NativeBytes.get(scratch.empty()));
  }

  private record Area(String name, long start, long length) {
    long end() {
      return start + length;
    }
  }

  @Test
  void pathThatDoesNotFitIsRefused() {
    byte[] tooLong = new byte[2 * Linux.PATH_MAX];
    Scratch scratch = Scratch.current(sys);
    assertThrows(IllegalArgumentException.class, () -> scratch.path(tooLong));
  }

  @Test
  void procPathsNameTheDescriptor() {
    Scratch scratch = Scratch.current(sys);
    for (int fd : new int[] {0, 9, 10, 123, 1_000_000}) {
      assertEquals("/proc/self/fd/" + fd, text(scratch.procFd(fd)));
    }
    long name = scratch.path("name");
    assertEquals("/proc/self/fd/7/name", text(scratch.procFd(7, name, 4)));
  }

  private static String text(long address) {
    byte[] bytes = NativeBytes.read(address, NativeBytes.length(address));
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  @Test
  void valuesListsAndWordsKeepTheirContent() {
    Scratch scratch = Scratch.current(sys);
    scratch.value(new byte[] {'y', 2});
    assertEquals('y', scratch.valueByte(0));
    assertArrayEquals(new byte[] {'y', 2}, scratch.valueBytes(2));
    NativeBytes.write(scratch.list(), new byte[] {'a', 0, 'b', 'c', 0, 'd'});
    List<byte[]> names = scratch.listNames(5);
    assertEquals(2, names.size());
    assertArrayEquals(new byte[] {'a'}, names.get(0));
    assertArrayEquals(new byte[] {'b', 'c'}, names.get(1));
    assertEquals(List.of(), scratch.listNames(0));
    // As no kernel ends it.
    assertArrayEquals(new byte[] {'d'}, scratch.listNames(6).get(2));
    scratch.word(15, -5);
    assertEquals(-5, scratch.word(15));
    assertArrayEquals(new byte[] {'y', 2}, scratch.valueBytes(2));
  }

  @Test
  void eachThreadHasItsOwnScratch() throws Exception {
    Scratch mine = Scratch.current(sys);
    assertSame(mine, Scratch.current(sys));
    Scratch[] other = new Scratch[1];
    Thread thread = new Thread(() -> other[0] = Scratch.current(sys));
    thread.start();
    thread.join();
    assertNotSame(mine, other[0]);
  }
}
