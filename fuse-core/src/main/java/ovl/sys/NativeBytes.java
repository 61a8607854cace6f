package ovl.sys;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;

/**
 * Reads and writes bytes, runs of bytes and integers at native addresses. Nothing is checked: the
 * caller knows how far the memory reaches. To read a field of a {@link ByteBuffer} takes ten calls
 * in place of four, which counts until the JVM has compiled them, and has to be compiled as well.
 */
public final class NativeBytes {
  private static final MemoryIO IO = MemoryIO.getInstance();

  private NativeBytes() {}

  /** Copies {@code length} bytes; the areas must not overlap. */
  public static void copy(long from, long to, long length) {
    IO.memcpy(to, from, length);
  }

  /** Fills with zeros. */
  public static void clear(long address, long length) {
    IO.setMemory(address, length, (byte) 0);
  }

  /** Copies {@code length} native bytes to a new array. */
  public static byte[] read(long address, int length) {
    byte[] bytes = new byte[length];
    IO.getByteArray(address, bytes, 0, length);
    return bytes;
  }

  /** Fills a whole array with 64-bit values from native memory, in native byte order. */
  public static void read(long address, long[] words) {
    IO.getLongArray(address, words, 0, words.length);
  }

  /** Copies a whole array to native memory. */
  public static void write(long address, byte[] bytes) {
    IO.putByteArray(address, bytes, 0, bytes.length);
  }

  /** Copies a whole array of 64-bit values to native memory, in native byte order. */
  public static void write(long address, long[] words) {
    IO.putLongArray(address, words, 0, words.length);
  }

  /** The byte at an address. */
  public static byte get(long address) {
    return IO.getByte(address);
  }

  /** The number of bytes before the NUL that ends the string at an address. */
  public static int length(long address) {
    return (int) IO.getStringLength(address);
  }

  /**
   * Where the first byte of a value is among {@code length} bytes.
   *
   * @return its distance from the address, or -1
   */
  public static int indexOf(long address, byte value, int length) {
    return (int) IO.indexOf(address, value, length);
  }

  /** The address of the first byte of a direct buffer. */
  public static long address(ByteBuffer direct) {
    return IO.getDirectBufferAddress(direct);
  }

  /** The 16 bits at an address, in native byte order. */
  public static short getShort(long address) {
    return IO.getShort(address);
  }

  /** The 32 bits at an address, in native byte order. */
  public static int getInt(long address) {
    return IO.getInt(address);
  }

  /** The 64 bits at an address, in native byte order. */
  public static long getLong(long address) {
    return IO.getLong(address);
  }

  /** Writes one byte. */
  public static void put(long address, byte value) {
    IO.putByte(address, value);
  }

  /** Writes 16 bits in native byte order. */
  public static void putShort(long address, short value) {
    IO.putShort(address, value);
  }

  /** Writes 32 bits in native byte order. */
  public static void putInt(long address, int value) {
    IO.putInt(address, value);
  }

  /** Writes 64 bits in native byte order. */
  public static void putLong(long address, long value) {
    IO.putLong(address, value);
  }
}
