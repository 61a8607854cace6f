package ovl.fs;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** An immutable name as bytes, with its hash: the key of every map of names. */
public final class NameKey implements Comparable<NameKey> {
  private final byte[] bytes;
  private final int hash;

  /**
   * @param bytes owned by the key from now on
   */
  public NameKey(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** A name that is ours, such as a test's. */
  public static NameKey of(String name) {
    return new NameKey(name.getBytes(StandardCharsets.UTF_8));
  }

  /** The bytes themselves, not a copy: not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NameKey key && hash == key.hash && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public int compareTo(NameKey other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      if (b >= 0x20 && b < 0x7f && b != '\\') {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b & 0xff));
      }
    }
    return text.toString();
  }
}
