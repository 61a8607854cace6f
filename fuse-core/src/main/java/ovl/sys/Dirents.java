package ovl.sys;

import java.nio.ByteBuffer;

/**
 * Cursor over a block of struct linux_dirent64 as getdents64(2) fills it.
 *
 * <pre>
 *  0 u64 d_ino   8 s64 d_off   16 u16 d_reclen   18 u8 d_type   19 char d_name[] (NUL-terminated)
 * </pre>
 */
public final class Dirents {
  private static final int NAME = 19;

  private final Syscalls sys;
  private final Memory memory;
  private final ByteBuffer buffer;
  private int end;
  private int current;
  private int next;

  Dirents(Syscalls sys, Memory memory) {
    this.sys = sys;
    this.memory = memory;
    this.buffer = memory.buffer();
  }

  /** A cursor over a block of its own; close it with {@link #close}. */
  public static Dirents allocate(Syscalls sys, int size) {
    return new Dirents(sys, Memory.map(sys, size));
  }

  /**
   * Reads the next block from where the descriptor stands.
   *
   * @return the bytes read, 0 at the end of the directory
   * @throws ErrnoException as getdents64(2)
   */
  public int fill(int fd) throws ErrnoException {
    return fill(fd, memory.size());
  }

  /** As {@link #fill(int)}, for no more than {@code limit} bytes of entries. */
  public int fill(int fd, int limit) throws ErrnoException {
    int size = Math.min(limit, memory.size());
    end = (int) ErrnoException.check(sys.getdents64(fd, memory.address(), size));
    next = 0;
    return end;
  }

  /** Moves to the next entry of the block; false when the block is used up. */
  public boolean next() {
    if (next >= end) {
      return false;
    }
    current = next;
    next += buffer.getShort(current + 16) & 0xffff;
    return true;
  }

  public long ino() {
    return buffer.getLong(current);
  }

  /** The position after this entry, for lseek(2) on the directory. */
  public long offset() {
    return buffer.getLong(current + 8);
  }

  /** One of the DT_ constants. */
  public int type() {
    return buffer.get(current + 18) & 0xff;
  }

  /** The address of the NUL-terminated name, valid until the next {@link #fill}. */
  public long nameAddress() {
    return memory.address() + current + NAME;
  }

  public int nameLength() {
    int length = 0;
    while (buffer.get(current + NAME + length) != 0) {
      length++;
    }
    return length;
  }

  /** A copy of the name without its NUL. */
  public byte[] name() {
    byte[] name = new byte[nameLength()];
    buffer.get(current + NAME, name);
    return name;
  }

  /** True for {@code .} and {@code ..}. */
  public boolean isDotOrDotDot() {
    int at = current + NAME;
    return buffer.get(at) == '.'
        && (buffer.get(at + 1) == 0 || buffer.get(at + 1) == '.' && buffer.get(at + 2) == 0);
  }

  /** Frees the block. */
  public void close() {
    memory.close();
  }
}
