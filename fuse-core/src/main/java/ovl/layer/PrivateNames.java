package ovl.layer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The names of extended attributes under the prefix in which an overlay keeps its own state (kernel
 * document overlayfs.rst, "Nesting overlayfs mounts"). They are private: a user never sees them,
 * and one that a user sets (a nested overlay's) is stored with {@code overlay.} put in between.
 */
public final class PrivateNames {
  private static final byte[] ESCAPE = "overlay.".getBytes(StandardCharsets.US_ASCII);

  private final byte[] prefix;

  PrivateNames(String prefix) {
    this.prefix = prefix.getBytes(StandardCharsets.US_ASCII);
  }

  /** True for the namespace that the owner of a file can write. */
  boolean areOfUser() {
    return prefix[0] == 'u';
  }

  /** True for a name that belongs to the overlay itself. */
  public boolean isPrivate(byte[] name) {
    return startsWith(name, prefix, 0);
  }

  /** True for the prefix alone, which is the name of nothing. */
  public boolean isPrefix(byte[] name) {
    return Arrays.equals(name, prefix);
  }

  /** What follows the prefix of a private name. */
  byte[] withoutPrefix(byte[] name) {
    return Arrays.copyOfRange(name, prefix.length, name.length);
  }

  /** True for a private name that stands, escaped, for a user's own. */
  public boolean isEscaped(byte[] name) {
    return isPrivate(name) && startsWith(name, ESCAPE, prefix.length);
  }

  /** The name under which a user's private-looking name is stored. */
  public byte[] escape(byte[] name) {
    byte[] stored = new byte[name.length + ESCAPE.length];
    System.arraycopy(prefix, 0, stored, 0, prefix.length);
    System.arraycopy(ESCAPE, 0, stored, prefix.length, ESCAPE.length);
    System.arraycopy(
        name, prefix.length, stored, prefix.length + ESCAPE.length, name.length - prefix.length);
    return stored;
  }

  /** The inverse of {@link #escape}. */
  public byte[] unescape(byte[] stored) {
    byte[] name = new byte[stored.length - ESCAPE.length];
    System.arraycopy(prefix, 0, name, 0, prefix.length);
    System.arraycopy(
        stored, prefix.length + ESCAPE.length, name, prefix.length, name.length - prefix.length);
    return name;
  }

  private static boolean startsWith(byte[] name, byte[] part, int at) {
    if (name.length < at + part.length) {
      return false;
    }
    for (int i = 0; i < part.length; i++) {
      if (name[at + i] != part[i]) {
        return false;
      }
    }
    return true;
  }
}
