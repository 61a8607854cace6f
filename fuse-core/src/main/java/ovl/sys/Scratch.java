package ovl.sys;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Per-thread native memory for the arguments and results of one system call at a time: two paths, a
 * statx record, a directory block, an xattr name, list and value. A method that fills an area and
 * calls another that uses the same area loses its content; the areas are named so that this shows.
 */
public final class Scratch {
  private static final int PATH = 2 * Linux.PATH_MAX;
  private static final int VALUE = Linux.XATTR_SIZE_MAX;
  private static final int DIRENTS = 1 << 16;
  private static final byte[] PROC = "/proc/self/fd/".getBytes(StandardCharsets.US_ASCII);
  private static final ThreadLocal<Scratch> CURRENT = new ThreadLocal<>();

  /** What belonged to threads that have ended, which is known once nothing refers to it. */
  private static final ReferenceQueue<Scratch> LEFT = new ReferenceQueue<>();

  /** Of threads that do not say when they end. */
  private static final Set<Foreign> FOREIGN = ConcurrentHashMap.newKeySet();

  /** The memory of a thread's areas, to be given back after the thread. */
  private static final class Foreign extends PhantomReference<Scratch> {
    private final Memory memory;

    Foreign(Scratch scratch) {
      super(scratch, LEFT);
      memory = scratch.memory;
    }
  }

  private final Memory memory;
  private final ByteBuffer bytes;
  private final int pathA;
  private final int pathB;
  private final int pathC;
  private final int proc;
  private final int empty;
  private final int words;
  private final int value;
  private final int list;
  private final Statx statx;
  private final Statx statx2;
  private final Statx statxForReopen;
  private final Dirents dirents;
  private int procLength;

  private Scratch(Syscalls sys) {
    pathA = 0;
    pathB = pathA + PATH;
    pathC = pathB + PATH;
    proc = pathC + PATH;
    words = proc + PATH;
    empty = words + 1016;
    int stat = words + 1024;
    value = stat + 3 * Statx.LENGTH;
    list = value + VALUE;
    int block = list + Linux.XATTR_LIST_MAX;
    memory = Memory.map(sys, block + DIRENTS);
    bytes = memory.buffer();
    bytes.put(proc, PROC); // to stay
    statx = new Statx(memory, stat);
    statx2 = new Statx(memory, stat + Statx.LENGTH);
    statxForReopen = new Statx(memory, stat + 2 * Statx.LENGTH);
    dirents = new Dirents(sys, memory, block);
  }

  /** The calling thread's areas, made at its first call. They last as long as the thread. */
  public static Scratch current(Syscalls sys) {
    if (Thread.currentThread() instanceof ScratchThread thread) {
      if (thread.scratch == null) {
        thread.scratch = new Scratch(sys);
      }
      return thread.scratch;
    }
    Scratch scratch = CURRENT.get();
    if (scratch == null) {
      scratch = new Scratch(sys);
      FOREIGN.add(new Foreign(scratch));
      CURRENT.set(scratch);
      closeLeft();
    }
    return scratch;
  }

  private static void closeLeft() {
    for (Reference<?> left = LEFT.poll(); left != null; left = LEFT.poll()) {
      FOREIGN.remove(left);
      ((Foreign) left).memory.close();
    }
  }

  /** The thread has ended. */
  void close() {
    memory.close();
  }

  /** Puts a NUL-terminated copy into the first path area and returns its address. */
  public long path(byte[] path) {
    return put(pathA, path);
  }

  /** As {@link #path(byte[])}, in the second path area. */
  public long path2(byte[] path) {
    return put(pathB, path);
  }

  /**
   * As {@link #path(byte[])}, in the third path area, which only the reopening of a directory uses.
   */
  public long path3(byte[] path) {
    return put(pathC, path);
  }

  /** The address of an empty string, for AT_EMPTY_PATH. */
  public long empty() {
    return memory.address() + empty;
  }

  /** As {@link #path(byte[])}, for text that is ours (option values, /proc paths). */
  public long path(String path) {
    return put(pathA, path.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes {@code /proc/self/fd/FD} into the /proc area: the way to an object by its descriptor for
   * calls that know only paths, O_PATH descriptors included.
   */
  public long procFd(int fd) {
    long path = memory.address() + proc;
    int digits = 1;
    for (int rest = fd / 10; rest > 0; rest /= 10) {
      digits++;
    }
    procLength = PROC.length + digits;
    NativeBytes.put(path + procLength, (byte) 0);
    int rest = fd;
    for (int i = procLength - 1; i >= PROC.length; i--) {
      NativeBytes.put(path + i, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    return path;
  }

  /**
   * Writes {@code /proc/self/fd/FD/NAME} into the /proc area, for xattr calls on a name in a
   * directory that is open (there is no lgetxattrat before kernel 6.13).
   *
   * @param name address of the name, outside the /proc area
   */
  public long procFd(int fd, long name, int nameLength) {
    long path = procFd(fd);
    long end = path + procLength;
    NativeBytes.put(end, (byte) '/');
    NativeBytes.copy(name, end + 1, nameLength);
    NativeBytes.put(end + 1 + nameLength, (byte) 0);
    return path;
  }

  private long put(int at, byte[] path) {
    if (path.length >= PATH) {
      throw new IllegalArgumentException("path of " + path.length + " bytes");
    }
    long address = memory.address() + at;
    NativeBytes.write(address, path);
    NativeBytes.put(address + path.length, (byte) 0);
    return address;
  }

  /** The statx record. */
  public Statx statx() {
    return statx;
  }

  /** A second record, for code that compares two objects. */
  public Statx statx2() {
    return statx2;
  }

  /** A third one, which only the reopening of a directory uses. */
  public Statx statxForReopen() {
    return statxForReopen;
  }

  /** Sixteen 8-byte words for small structs (timespec pairs, open_how, iovec, rlimit). */
  public long words() {
    return memory.address() + words;
  }

  /** 256 bytes for one struct file_handle. */
  public long fileHandle() {
    return words() + 256;
  }

  /** Writes the i-th of those words. */
  public void word(int index, long content) {
    NativeBytes.putLong(words() + 8L * index, content);
  }

  /** Reads the i-th of those words. */
  public long word(int index) {
    return NativeBytes.getLong(words() + 8L * index);
  }

  /** The area of 64 KiB for an xattr value or a link target. */
  public long value() {
    return memory.address() + value;
  }

  /** The first byte of the value area that matters most: opaque marks are one byte. */
  public byte valueByte(int index) {
    return bytes.get(value + index);
  }

  /** A copy of the first {@code length} bytes of the value area. */
  public byte[] valueBytes(int length) {
    byte[] copy = new byte[length];
    bytes.get(value, copy);
    return copy;
  }

  /** Puts bytes into the value area and returns its address. */
  public long value(byte[] content) {
    bytes.put(value, content);
    return memory.address() + value;
  }

  /** The area of 64 KiB for a list of xattr names. */
  public long list() {
    return memory.address() + list;
  }

  /**
   * The names that listxattr(2) has put into the list area.
   *
   * @param length of all with the NUL that ends each, in bytes
   */
  public List<byte[]> listNames(int length) {
    List<byte[]> names = new ArrayList<>(1);
    byte[] copy = new byte[length];
    bytes.get(list, copy);
    for (int start = 0, end; start < length; start = end + 1) {
      end = start;
      while (end < length && copy[end] != 0) {
        end++;
      }
      names.add(Arrays.copyOfRange(copy, start, end));
    }
    return names;
  }

  /** A directory block of 64 KiB; one directory at a time. */
  public Dirents dirents() {
    return dirents;
  }
}
