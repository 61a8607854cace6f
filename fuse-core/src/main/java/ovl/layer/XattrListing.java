package ovl.layer;

import java.util.Set;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** What a filesystem's list of an object's extended attributes is worth. */
final class XattrListing {
  /** The kinds (f_type) that have none in Linux (no s_xattr in their fill_super). */
  private static final Set<Long> WITHOUT =
      Set.of(
          Linux.CRAMFS_MAGIC,
          Linux.EXFAT_SUPER_MAGIC,
          Linux.ISOFS_SUPER_MAGIC,
          Linux.MSDOS_SUPER_MAGIC,
          Linux.RAMFS_MAGIC,
          Linux.ROMFS_MAGIC,
          Linux.UDF_SUPER_MAGIC);

  private final Syscalls sys;

  XattrListing(Syscalls sys) {
    this.sys = sys;
  }

  /**
   * True if nothing has any on the filesystem that a directory is on, and no security module gives
   * its objects labels, which would be listed (vfs_listxattr).
   *
   * @param fd of a directory, O_PATH will do
   */
  boolean isAlwaysEmpty(int fd) {
    Scratch scratch = Scratch.current(sys);
    return WITHOUT.contains(FilesystemKind.of(sys, fd))
        && sys.listxattr(scratch.procFd(fd), scratch.list(), Linux.XATTR_LIST_MAX) == 0;
  }

  /**
   * True if it may lack names that getxattr(2) knows: a FUSE filesystem answers the two as it likes
   * (ours lists {@code trusted.*} to user 0 only).
   */
  boolean mayLackNames(int fd) {
    return FilesystemKind.of(sys, fd) == Linux.FUSE_SUPER_MAGIC;
  }
}
