package ovl.it.overlay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import ovl.it.os.FsPath;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** The mounts of this process's namespace, by /proc/self/mountinfo. */
public final class Mounts {
  private static final Syscalls SYS = Syscalls.load();

  private Mounts() {}

  /** The mountpoints at or below a directory, innermost last; each as often as it is mounted on. */
  static List<String> below(FsPath dir) {
    String prefix = new String(dir.bytes(), ISO_8859_1);
    List<String> found = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"), ISO_8859_1)) {
        String point = unescape(line.split(" ")[4]);
        if (point.equals(prefix) || point.startsWith(prefix + "/")) {
          found.add(point);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** True if something is mounted exactly here. */
  static boolean isMounted(FsPath dir) {
    return below(dir).contains(new String(dir.bytes(), ISO_8859_1));
  }

  private static String unescape(String field) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\' && i + 3 < field.length()) {
        text.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        text.append(field.charAt(i));
      }
    }
    return text.toString();
  }

  /** umount2(2): 0 or -errno. */
  public static int unmount(FsPath dir, int flags) {
    return SYS.umount2(Scratch.current(SYS).path(dir.bytes()), flags);
  }

  /** Detaches whatever is mounted at or below, innermost first; for cleaning up only. */
  static void detachAll(FsPath dir) {
    List<String> points = below(dir);
    Collections.reverse(points);
    for (String point : points) {
      SYS.umount2(Scratch.current(SYS).path(FsPath.latin(point)), Linux.MNT_DETACH);
    }
  }
}
