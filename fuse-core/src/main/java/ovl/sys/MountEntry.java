package ovl.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * One line of /proc/self/mountinfo, see proc(5).
 *
 * @param id what statx(2) calls stx_mnt_id
 * @param device {@code major:minor}
 * @param root the directory of the filesystem that is mounted; {@code /} unless it is a bind mount
 * @param mountpoint where it is seen
 * @param type such as {@code ext4}, or {@code fuse.} and a subtype
 */
public record MountEntry(long id, String device, String root, String mountpoint, String type) {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");
  private static final int FIRST_OPTIONAL_FIELD = 6;

  /** The mounts that this process sees; of two in one place the later covers the earlier. */
  public static List<MountEntry> all() throws IOException {
    List<MountEntry> mounts = new ArrayList<>();
    for (String line : Files.readAllLines(MOUNTINFO, StandardCharsets.ISO_8859_1)) {
      mounts.add(parse(line));
    }
    return mounts;
  }

  /** Each byte of the line is a character. */
  static MountEntry parse(String line) {
    String[] field = line.split(" ");
    int dash = FIRST_OPTIONAL_FIELD;
    while (!field[dash].equals("-")) {
      dash++;
    }
    return new MountEntry(
        Long.parseLong(field[0]),
        field[2],
        unescape(field[3]),
        unescape(field[4]),
        unescape(field[dash + 1]));
  }

  /** Undoes the octal escapes of /proc for space, tab, newline and backslash. */
  private static String unescape(String field) {
    byte[] bytes = field.getBytes(StandardCharsets.ISO_8859_1);
    byte[] out = new byte[bytes.length];
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      boolean escaped = bytes[i] == '\\' && i + 3 < bytes.length;
      out[length++] =
          escaped ? (byte) Integer.parseInt(field.substring(i + 1, i + 4), 8) : bytes[i];
      i += escaped ? 3 : 0;
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }
}
