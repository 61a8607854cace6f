package ovl.layer;

import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** What filesystem a directory is on, as statfs(2) says. */
final class FilesystemKind {
  private FilesystemKind() {}

  /**
   * The f_type; 0 if it does not say.
   *
   * @param fd O_PATH will do
   */
  static long of(Syscalls sys, int fd) {
    // The first field of struct statfs.
    long stat = Scratch.current(sys).value();
    return sys.fstatfs(fd, stat) == 0 ? NativeBytes.getLong(stat) : 0;
  }
}
