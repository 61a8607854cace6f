package ovl.sys;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One page-aligned block of anonymous memory outside the heap: an address for system calls, and the
 * same bytes as a bounds-checked buffer. Pages that are never touched cost nothing, so a worker can
 * own a megabyte that most requests leave alone. Lives as long as the process unless {@link
 * #close}d; the owner sees to it that nobody uses it afterwards.
 */
public final class Memory implements AutoCloseable {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MAP_SHARED_POPULATE = 0x8001;
  private static final int MADV_DONTNEED = 4;

  private final Syscalls sys;
  private final long address;
  private final int size;
  private final ByteBuffer buffer;
  private boolean closed;

  private Memory(Syscalls sys, long address, int size) {
    this.sys = sys;
    this.address = address;
    this.size = size;
    this.buffer =
        MemoryIO.getInstance().newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
  }

  /**
   * Maps a zeroed block of at least {@code size} bytes.
   *
   * @throws OutOfMemoryError if the kernel refuses
   */
  public static Memory map(Syscalls sys, int size) {
    return map(sys, -1, size, 0, MAP_PRIVATE_ANONYMOUS);
  }

  /** As {@link #map(Syscalls, int)}, of memory that a descriptor shares with the kernel. */
  static Memory map(Syscalls sys, int fd, int size, long offset) {
    return map(sys, fd, size, offset, MAP_SHARED_POPULATE);
  }

  private static Memory map(Syscalls sys, int fd, int size, long offset, int flags) {
    long address = sys.mmap(0, size, PROT_READ_WRITE, flags, fd, offset);
    if (address < 0 && address > -4096) {
      throw new OutOfMemoryError("mmap of " + size + " bytes: " + Errno.name((int) -address));
    }
    return new Memory(sys, address, size);
  }

  public long address() {
    return address;
  }

  public int size() {
    return size;
  }

  /** The whole block in native byte order; position and limit are the caller's to leave alone. */
  public ByteBuffer buffer() {
    return buffer;
  }

  /** Gives the pages back to the system; the block stays mapped and is all zeros. */
  public void discard() {
    discard(0, size);
  }

  /** As {@link #discard()}, for a part of the block that begins and ends at a page. */
  public void discard(int offset, int length) {
    sys.madvise(address + offset, length, MADV_DONTNEED);
  }

  /**
   * Unmaps it, once: the same addresses may belong to somebody else by the second time. Of any
   * thread: a mount that fails late is closed by who asked for it and by its last worker.
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      sys.munmap(address, size);
    }
  }
}
