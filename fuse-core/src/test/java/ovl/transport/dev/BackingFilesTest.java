package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import ovl.fs.OpenResult;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/** Every sequence of opens and releases of one node, against the kernel's own rules. */
final class BackingFilesTest {
  private static final long NODE = 7;
  private static final int LOWER_FD = 10;
  private static final int UPPER_FD = 20;
  private static final int DEPTH = 6;

  /** What can happen to the node: an open of some kind, or the release of the oldest handle. */
  private enum Event {
    READ_LOWER(Linux.O_RDONLY, LOWER_FD, false),
    READ_UPPER(Linux.O_RDONLY, UPPER_FD, true),
    WRITE_UPPER(Linux.O_RDWR, UPPER_FD, true),
    READ_SMALL_UPPER(Linux.O_RDONLY, UPPER_FD, true),
    READ_INELIGIBLE(Linux.O_RDONLY, -1, false),
    WRITE_INELIGIBLE(Linux.O_WRONLY, -1, true),
    RELEASE(0, -1, false);

    final int flags;
    final int fd;
    final boolean isWritable;

    Event(int flags, int fd, boolean isWritable) {
      this.flags = flags;
      this.fd = fd;
      this.isWritable = isWritable;
    }

    OpenResult result() {
      OpenResult result = new OpenResult();
      result.backingFd = fd;
      result.backingIsWritable = isWritable;
      result.prefersCache = this == READ_SMALL_UPPER;
      return result;
    }
  }

  /** fs/fuse/backing.c: ids of descriptors, refusing what it is told to refuse. */
  private static final class Table implements BackingFiles.Registry {
    final Map<Integer, Integer> ids = new HashMap<>();
    int refusal;
    boolean direct = true;
    private int last;

    @Override
    public int register(int backingFd) {
      if (refusal != 0) {
        return -refusal;
      }
      ids.put(++last, backingFd);
      return last;
    }

    @Override
    public void unregister(int id) {
      assertTrue(ids.remove(id) != null, "unregistered twice: " + id);
    }

    @Override
    public boolean allowsDirect(int backingFd) {
      return direct;
    }
  }

  /** fs/fuse/iomode.c for one inode: fails where the user would see EIO. */
  private static final class Inode {
    private final List<Integer> open = new ArrayList<>();

    void open(int id) {
      for (int other : open) {
        assertEquals(other, id, "the kernel would answer EIO");
      }
      open.add(id);
    }
  }

  private final Table table = new Table();
  private BackingFiles backings = new BackingFiles(table);

  @Test
  void noSequenceOfOpensMakesTheKernelRefuse() {
    Event[] sequence = new Event[DEPTH];
    int[] played = {0};
    play(sequence, 0, played);
    assertEquals((int) Math.pow(Event.values().length, DEPTH), played[0]);
  }

  private void play(Event[] sequence, int length, int[] played) {
    if (length == sequence.length) {
      backings = new BackingFiles(table);
      run(sequence);
      played[0]++;
      return;
    }
    for (Event event : Event.values()) {
      sequence[length] = event;
      play(sequence, length + 1, played);
    }
  }

  private void run(Event[] sequence) {
    Inode inode = new Inode();
    for (Event event : sequence) {
      if (event == Event.RELEASE) {
        if (!inode.open.isEmpty()) {
          inode.open.remove(0);
          backings.release(NODE);
        }
        continue;
      }
      boolean mustConflict =
          !inode.open.isEmpty()
              && inode.open.get(0) != BackingFiles.NONE
              && !Integer.valueOf(event.fd).equals(table.ids.get(inode.open.get(0)));
      try {
        int id = backings.open(NODE, event.flags, event.result());
        assertFalse(mustConflict, () -> Arrays.toString(sequence));
        boolean mustBeCached = inode.open.isEmpty() && event == Event.READ_SMALL_UPPER;
        assertFalse(mustBeCached && id != BackingFiles.NONE, () -> Arrays.toString(sequence));
        inode.open(id);
        checkBacking(event, id, sequence);
      } catch (ErrnoException e) {
        assertEquals(Errno.ESTALE, e.errno());
        assertTrue(mustConflict, () -> "needless ESTALE: " + Arrays.toString(sequence));
      }
    }
    inode.open.forEach(id -> backings.release(NODE));
    assertTrue(table.ids.isEmpty(), () -> "left registered: " + Arrays.toString(sequence));
  }

  private void checkBacking(Event event, int id, Event[] sequence) {
    if (id != BackingFiles.NONE) {
      assertEquals(event.fd, table.ids.get(id), () -> Arrays.toString(sequence));
      boolean writes = event.flags != Linux.O_RDONLY;
      assertFalse(writes && table.ids.get(id) == LOWER_FD, () -> Arrays.toString(sequence));
    }
  }

  @Test
  void openForWritingNeverGetsABackingForReading() throws ErrnoException {
    OpenResult wrong = Event.READ_LOWER.result();
    assertThrows(IllegalStateException.class, () -> backings.open(NODE, Linux.O_RDWR, wrong));
    assertThrows(IllegalStateException.class, () -> backings.open(NODE, Linux.O_WRONLY, wrong));
    assertTrue(table.ids.isEmpty());
    assertTrue(backings.open(NODE, Linux.O_RDWR, Event.WRITE_UPPER.result()) > 0);
  }

  @Test
  void nodesAreIndependent() throws ErrnoException {
    int lower = backings.open(1, Linux.O_RDONLY, Event.READ_LOWER.result());
    int upper = backings.open(2, Linux.O_RDWR, Event.WRITE_UPPER.result());
    assertEquals(BackingFiles.NONE, backings.open(3, Linux.O_RDWR, new OpenResult()));
    assertEquals(Map.of(lower, LOWER_FD, upper, UPPER_FD), table.ids);
    backings.release(1);
    assertEquals(Map.of(upper, UPPER_FD), table.ids);
  }

  @Test
  void refusedBackingMeansCachedUntilTheLastClose() throws ErrnoException {
    table.refusal = Errno.ELOOP;
    assertEquals(BackingFiles.NONE, backings.open(NODE, 0, Event.READ_UPPER.result()));
    table.refusal = 0;
    assertEquals(BackingFiles.NONE, backings.open(NODE, 0, Event.READ_UPPER.result()));
    backings.release(NODE);
    assertEquals(BackingFiles.NONE, backings.open(NODE, 0, Event.READ_UPPER.result()));
    backings.release(NODE);
    backings.release(NODE);
    assertTrue(backings.open(NODE, 0, Event.READ_UPPER.result()) > 0);
  }

  @Test
  void directOpenOfAFilesystemWithoutItIsCachedOrInvalid() throws ErrnoException {
    table.direct = false;
    int flags = Linux.O_RDONLY | Linux.O_DIRECT;
    assertEquals(BackingFiles.NONE, backings.open(NODE, flags, Event.READ_LOWER.result()));
    backings.release(NODE);
    assertTrue(backings.open(NODE, Linux.O_RDONLY, Event.READ_LOWER.result()) > 0);
    ErrnoException e =
        assertThrows(
            ErrnoException.class, () -> backings.open(NODE, flags, Event.READ_LOWER.result()));
    assertEquals(Errno.EINVAL, e.errno());
    table.direct = true;
    assertTrue(backings.open(NODE, flags, Event.READ_LOWER.result()) > 0);
  }

  @Test
  void directOpenWithABackingIsReadAndWrittenByUs() throws ErrnoException {
    int direct = Linux.O_RDWR | Linux.O_DIRECT;
    OpenResult open = Event.WRITE_UPPER.result();
    assertTrue(backings.open(NODE, direct, open) > 0);
    assertTrue(open.directIo);
    OpenResult besides = Event.WRITE_UPPER.result();
    assertTrue(backings.open(NODE, Linux.O_RDWR, besides) > 0);
    assertFalse(besides.directIo);
  }

  @Test
  void releaseOfWhatWasNeverCountedIsIgnored() {
    backings.release(NODE);
    assertTrue(table.ids.isEmpty());
  }

  @Test
  void offMeansNone() throws ErrnoException {
    assertEquals(
        BackingFiles.NONE, BackingFiles.off().open(NODE, Linux.O_RDWR, Event.WRITE_UPPER.result()));
  }
}
