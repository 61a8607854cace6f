package ovl.layer;

import java.util.Set;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** Tells filesystems on which nothing has extended attributes from all others. */
final class XattrlessFilesystem {
  /** The kinds (f_type) that have none in Linux (no s_xattr in their fill_super). */
  private static final Set<Long> KINDS =
      Set.of(
          Linux.CRAMFS_MAGIC,
          Linux.EXFAT_SUPER_MAGIC,
          Linux.ISOFS_SUPER_MAGIC,
          Linux.MSDOS_SUPER_MAGIC,
          Linux.RAMFS_MAGIC,
          Linux.ROMFS_MAGIC,
          Linux.UDF_SUPER_MAGIC);

  private final Syscalls sys;

  XattrlessFilesystem(Syscalls sys) {
    this.sys = sys;
  }

  /**
   * True if the directory is on one, and no security module gives its objects labels, which would
   * be listed (vfs_listxattr).
   *
   * @param fd of a directory, O_PATH will do
   */
  boolean isAt(int fd) {
    Scratch scratch = Scratch.current(sys);
    // f_type is the first field of struct statfs.
    long stat = scratch.value();
    return sys.fstatfs(fd, stat) == 0
        && KINDS.contains(NativeBytes.getLong(stat))
        && sys.listxattr(scratch.procFd(fd), scratch.list(), Linux.XATTR_LIST_MAX) == 0;
  }
}
