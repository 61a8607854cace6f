package ovl.sys;

import com.kenai.jffi.MemoryIO;

/** Reads and writes single bytes and runs of bytes at native addresses. */
public final class NativeBytes {
  private static final MemoryIO IO = MemoryIO.getInstance();

  private NativeBytes() {}

  /** Copies {@code length} bytes; the areas must not overlap. */
  public static void copy(long from, long to, long length) {
    IO.memcpy(to, from, length);
  }

  /** Copies {@code length} native bytes to a new array. */
  public static byte[] read(long address, int length) {
    byte[] bytes = new byte[length];
    IO.getByteArray(address, bytes, 0, length);
    return bytes;
  }

  /** Copies a whole array to native memory. */
  public static void write(long address, byte[] bytes) {
    IO.putByteArray(address, bytes, 0, bytes.length);
  }

  /** The byte at an address. */
  public static byte get(long address) {
    return IO.getByte(address);
  }
}
