package ovl.layer;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import ovl.sys.Errno;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * A directory of a stack as named by the user and as it really is.
 *
 * @param label what it is to be and the name that it was given, for messages
 * @param real absolute, without symbolic links
 */
record LayerPlace(String label, Path real, long dev, long ino, long mntId) {
  private static final int STATX_MASK = Linux.STATX_BASIC_STATS | Linux.STATX_MNT_ID;

  /**
   * Finds a directory that the user named.
   *
   * @param label what it is to be
   * @throws LayerException with a one-line reason
   */
  static LayerPlace of(Syscalls sys, String label, Path path) throws LayerException {
    Path real;
    try {
      real = path.toRealPath();
    } catch (NoSuchFileException e) {
      throw new LayerException(label + " " + path + ": " + Errno.text(Errno.ENOENT));
    } catch (AccessDeniedException e) {
      throw new LayerException(label + " " + path + ": " + Errno.text(Errno.EACCES));
    } catch (FileSystemException e) {
      throw new LayerException(
          label + " " + path + ": " + (e.getReason() == null ? "cannot be read" : e.getReason()));
    } catch (IOException e) {
      throw new LayerException(label + " " + path + ": " + e.getMessage());
    }
    if (!Files.isDirectory(real)) {
      throw new LayerException(label + " " + path + ": " + Errno.text(Errno.ENOTDIR));
    }
    try (Fd fd = openPath(sys, label, real)) {
      Statx stat = stat(sys, fd);
      return new LayerPlace(label + " " + path, real, stat.dev(), stat.ino(), stat.mntId());
    }
  }

  static Fd openPath(Syscalls sys, String label, Path real) throws LayerException {
    int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    long path = Scratch.current(sys).path(real.toString());
    int fd = sys.openat(Linux.AT_FDCWD, path, flags, 0);
    if (fd < 0) {
      throw new LayerException(label + " " + real + ": " + Errno.text(-fd));
    }
    return new Fd(sys, fd);
  }

  /** The record is the thread's and lasts until the next call. */
  static Statx stat(Syscalls sys, Fd fd) throws LayerException {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx();
    int rc = sys.statx(fd.get(), scratch.empty(), Linux.AT_EMPTY_PATH, STATX_MASK, stat);
    if (rc < 0) {
      throw new LayerException("statx: " + Errno.text(-rc));
    }
    return stat;
  }
}
