package ovl.sys;

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
  private final long block;
  private final int size;
  private int end;
  private int current;
  private int next;

  /** A cursor over the end of a piece of memory, from an offset on. */
  Dirents(Syscalls sys, Memory memory, int offset) {
    this.sys = sys;
    this.memory = memory;
    this.block = memory.address() + offset;
    this.size = memory.size() - offset;
  }

  /** A cursor over a block of its own; close it with {@link #close}. */
  public static Dirents allocate(Syscalls sys, int size) {
    return new Dirents(sys, Memory.map(sys, size), 0);
  }

  /**
   * Reads the next block from where the descriptor stands.
   *
   * @return the bytes read, 0 at the end of the directory
   * @throws ErrnoException as getdents64(2)
   */
  public int fill(int fd) throws ErrnoException {
    return fill(fd, size);
  }

  /** As {@link #fill(int)}, for no more than {@code limit} bytes of entries. */
  public int fill(int fd, int limit) throws ErrnoException {
    end = (int) ErrnoException.check(sys.getdents64(fd, block, Math.min(limit, size)));
    next = 0;
    return end;
  }

  /** Moves to the next entry of the block; false when the block is used up. */
  public boolean next() {
    if (next >= end) {
      return false;
    }
    current = next;
    next += NativeBytes.getShort(block + current + 16) & 0xffff;
    return true;
  }

  public long ino() {
    return NativeBytes.getLong(block + current);
  }

  /** The position after this entry, for lseek(2) on the directory. */
  public long offset() {
    return NativeBytes.getLong(block + current + 8);
  }

  /** One of the DT_ constants. */
  public int type() {
    return NativeBytes.get(block + current + 18) & 0xff;
  }

  /** The address of the NUL-terminated name, valid until the next {@link #fill}. */
  public long nameAddress() {
    return block + current + NAME;
  }

  public int nameLength() {
    return NativeBytes.length(nameAddress());
  }

  /** A copy of the name without its NUL. */
  public byte[] name() {
    return NativeBytes.read(nameAddress(), nameLength());
  }

  /** True for {@code .} and {@code ..}. */
  public boolean isDotOrDotDot() {
    long at = nameAddress();
    return NativeBytes.get(at) == '.'
        && (NativeBytes.get(at + 1) == 0
            || NativeBytes.get(at + 1) == '.' && NativeBytes.get(at + 2) == 0);
  }

  /** Frees the block. */
  public void close() {
    memory.close();
  }
}
