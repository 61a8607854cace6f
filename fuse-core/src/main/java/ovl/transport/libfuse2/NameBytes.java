package ovl.transport.libfuse2;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import ovl.fs.NameKey;

/** Names as parts of byte arrays. */
final class NameBytes {
  private NameBytes() {}

  /** The bytes of a name that is ours. */
  static byte[] of(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /** Where the last component of an absolute path starts. */
  static int lastStart(byte[] path) {
    int at = path.length;
    while (path[at - 1] != '/') {
      at--;
    }
    return at;
  }

  /** The bytes from a position to the end, as a key. */
  static NameKey key(byte[] path, int from) {
    return new NameKey(Arrays.copyOfRange(path, from, path.length));
  }
}
