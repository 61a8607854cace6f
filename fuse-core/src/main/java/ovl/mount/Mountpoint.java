package ovl.mount;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** What must hold of the directory that will show the merged tree. */
final class Mountpoint {
  private Mountpoint() {}

  /**
   * The directory without symbolic links, so that moving a link later does not confuse the unmount.
   *
   * @throws OverlayMountException if it is missing, not a directory, or shows a FUSE mount already:
   *     the kernel would stack a second one over it, which nobody means
   */
  static Path check(Path directory) throws OverlayMountException {
    try {
      Path real = directory.toRealPath();
      if (!Files.readAttributes(real, BasicFileAttributes.class).isDirectory()) {
        throw new OverlayMountException("mountpoint " + directory + ": Not a directory");
      }
      if (isMountRoot(real) && Files.getFileStore(real).type().startsWith("fuse")) {
        throw new OverlayMountException(
            "mountpoint " + directory + ": busy, a FUSE filesystem is mounted there");
      }
      return real;
    } catch (OverlayMountException e) {
      throw e;
    } catch (NoSuchFileException e) {
      throw new OverlayMountException("mountpoint " + directory + ": No such file or directory", e);
    } catch (FileSystemException e) {
      String reason = e.getReason() != null ? e.getReason() : "Permission denied";
      throw new OverlayMountException("mountpoint " + directory + ": " + reason, e);
    } catch (IOException e) {
      throw new OverlayMountException("mountpoint " + directory + ": " + e.getMessage(), e);
    }
  }

  private static boolean isMountRoot(Path directory) throws IOException {
    Path parent = directory.getParent();
    return parent != null && !device(parent).equals(device(directory));
  }

  private static Object device(Path directory) throws IOException {
    return Files.getAttribute(directory, "unix:dev", LinkOption.NOFOLLOW_LINKS);
  }
}
