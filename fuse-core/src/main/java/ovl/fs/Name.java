package ovl.fs;

import ovl.sys.Memory;
import ovl.sys.NativeBytes;

/**
 * One path component (or link target) as NUL-terminated bytes in native memory, lent for the length
 * of one call: system calls take the address without a copy, maps take a {@link NameKey}. Mutable
 * so that a worker can own one and point it at each request.
 */
public final class Name {
  private long address;
  private int length;

  /**
   * Points at other bytes.
   *
   * @param length without the NUL that must follow
   */
  public Name set(long newAddress, int newLength) {
    address = newAddress;
    length = newLength;
    return this;
  }

  /** A name with its own copy in native memory, for callers that have no request buffer. */
  public static Name copyOf(Memory memory, int offset, byte[] bytes) {
    NativeBytes.write(memory.address() + offset, bytes);
    memory.buffer().put(offset + bytes.length, (byte) 0);
    return new Name().set(memory.address() + offset, bytes.length);
  }

  public long address() {
    return address;
  }

  /** The number of bytes before the NUL. */
  public int length() {
    return length;
  }

  /** An immutable copy for use as a map key. */
  public NameKey key() {
    return new NameKey(bytes());
  }

  /** A copy of the bytes, without the NUL. */
  public byte[] bytes() {
    return NativeBytes.read(address, length);
  }

  /** For logs only: bytes beyond ASCII are shown as escapes. */
  @Override
  public String toString() {
    return key().toString();
  }
}
