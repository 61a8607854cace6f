package ovl.transport.libfuse2;

import java.nio.charset.StandardCharsets;

/**
 * The names under which libfuse lets removed files live on while they are open: {@code
 * .fuse_hidden} and 16 hexadecimal digits. libfuse asks the filesystem for a rename to such a name;
 * here none reaches a disk, see {@link PathOps#rename}.
 */
final class HiddenName {
  private static final byte[] PREFIX = ".fuse_hidden".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGITS = 16;

  private HiddenName() {}

  /** Whether the bytes from {@code from} to the end have that form. */
  static boolean matches(byte[] path, int from) {
    if (path.length - from != PREFIX.length + DIGITS) {
      return false;
    }
    for (int i = 0; i < PREFIX.length; i++) {
      if (path[from + i] != PREFIX[i]) {
        return false;
      }
    }
    for (int i = from + PREFIX.length; i < path.length; i++) {
      if (Character.digit(path[i], 16) < 0) {
        return false;
      }
    }
    return true;
  }
}
