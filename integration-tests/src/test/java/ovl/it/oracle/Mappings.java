package ovl.it.oracle;

import java.util.Arrays;
import ovl.it.os.RawCalls;
import ovl.sys.Errno;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * The shared mappings of one side, by the slot that they were made from; they outlive it there.
 * They are read and written by calls that copy from and to another file: beyond the end of the file
 * these say EFAULT, where an access would be a signal, and no Java code waits for a page that a
 * daemon in this JVM brings.
 */
final class Mappings implements AutoCloseable {
  private static final int PAGE = 4096;
  private static final int PAGES = 4;
  private static final int LENGTH = PAGES * PAGE;
  private static final int READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MS_SYNC = 4;
  private static final int F_DUPFD_CLOEXEC = 1030;

  private final Syscalls sys;
  private final int other;
  private final long[] addresses = new long[Session.SLOTS];

  /** Kept open: what is written when a file is open nowhere is a known limit, see README. */
  private final int[] fds = new int[Session.SLOTS];

  Mappings(Syscalls sys) {
    this.sys = sys;
    this.other = sys.memfdCreate(scratch().path("other"), 0);
    Arrays.fill(addresses, -1);
  }

  private Scratch scratch() {
    return Scratch.current(sys);
  }

  /** Maps the first pages for writing, in place of what was mapped from the slot. */
  Object map(Step step, int fd) {
    if (Session.isDirect(fd)) {
      return Deviations.DIRECT;
    }
    int slot = step.integer(0);
    long address = sys.mmap(0, LENGTH, READ_WRITE, MAP_SHARED, fd, 0);
    if (address < 0) {
      return address;
    }
    unmap(slot);
    addresses[slot] = address;
    fds[slot] = sys.fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return 0L;
  }

  private void unmap(int slot) {
    if (addresses[slot] >= 0) {
      sys.munmap(addresses[slot], LENGTH);
      sys.close(fds[slot]);
    }
    addresses[slot] = -1;
  }

  /** The first byte of each page. */
  Object read(Step step) {
    long address = addresses[step.integer(0)];
    if (address < 0) {
      return -Errno.EBADF;
    }
    StringBuilder bytes = new StringBuilder("bytes");
    for (int page = 0; page < PAGES; page++) {
      long got = sys.pwrite(other, address + page * PAGE, 1, 0);
      bytes.append(' ').append(got < 0 ? Errno.name((int) -got) : Integer.toString(stored()));
    }
    return bytes.toString();
  }

  private int stored() {
    sys.pread(other, scratch().value(), 1, 0);
    return scratch().valueBytes(1)[0];
  }

  /**
   * Writes the first byte of a page, and brings it to the file: what is written later is a change
   * again, with a time of its own, at whatever moment the system writes pages back.
   */
  Object write(Step step) {
    long address = addresses[step.integer(0)];
    if (address < 0) {
      return -Errno.EBADF;
    }
    sys.pwrite(other, scratch().value(new byte[] {(byte) step.number(2)}), 1, 0);
    long done = sys.pread(other, address + step.number(1) % PAGES * PAGE, 1, 0);
    long synced = RawCalls.msync(address, LENGTH, MS_SYNC);
    return synced < 0 ? synced : done;
  }

  @Override
  public void close() {
    for (int slot = 0; slot < addresses.length; slot++) {
      unmap(slot);
    }
    sys.close(other);
  }
}
