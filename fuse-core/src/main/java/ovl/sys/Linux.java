package ovl.sys;

/** Constants of the Linux ABI on x86-64 (fcntl.h, sys/stat.h, linux/*.h), with their C names. */
public final class Linux {
  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_REMOVEDIR = 0x200;
  public static final int AT_SYMLINK_FOLLOW = 0x400;

  /** A directory that something is mounted on when it is entered. */
  public static final long STATX_ATTR_AUTOMOUNT = 0x1000;

  public static final int AT_NO_AUTOMOUNT = 0x800;
  public static final int AT_EMPTY_PATH = 0x1000;
  public static final int AT_RECURSIVE = 0x8000;

  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_ACCMODE = 3;
  public static final int O_CREAT = 0x40;
  public static final int O_EXCL = 0x80;
  public static final int O_NOCTTY = 0x100;
  public static final int O_TRUNC = 0x200;

  /** The kernel's own mark of an open by execve(2) (__FMODE_EXEC, include/linux/fs.h). */
  public static final int FMODE_EXEC = 0x20;

  public static final int O_APPEND = 0x400;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_DSYNC = 0x1000;
  public static final int O_DIRECT = 0x4000;
  public static final int O_LARGEFILE = 0x8000;
  public static final int O_DIRECTORY = 0x10000;
  public static final int O_NOFOLLOW = 0x20000;
  public static final int O_NOATIME = 0x40000;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_SYNC = 0x101000;
  public static final int O_PATH = 0x200000;
  public static final int O_TMPFILE = 0x410000;

  public static final int S_IFMT = 0xf000;
  public static final int S_IFIFO = 0x1000;
  public static final int S_IFCHR = 0x2000;
  public static final int S_IFDIR = 0x4000;
  public static final int S_IFBLK = 0x6000;
  public static final int S_IFREG = 0x8000;
  public static final int S_IFLNK = 0xa000;
  public static final int S_IFSOCK = 0xc000;
  public static final int S_ISUID = 0x800;
  public static final int S_ISGID = 0x400;
  public static final int S_ISVTX = 0x200;
  public static final int S_IXGRP = 0x8;

  public static final int DT_UNKNOWN = 0;
  public static final int DT_CHR = 2;
  public static final int DT_DIR = 4;
  public static final int DT_REG = 8;
  public static final int DT_LNK = 10;

  public static final int RENAME_NOREPLACE = 1;
  public static final int RENAME_EXCHANGE = 2;
  public static final int RENAME_WHITEOUT = 4;

  public static final int RESOLVE_NO_XDEV = 0x01;
  public static final int RESOLVE_NO_MAGICLINKS = 0x02;
  public static final int RESOLVE_NO_SYMLINKS = 0x04;
  public static final int RESOLVE_BENEATH = 0x08;

  public static final int STATX_BASIC_STATS = 0x7ff;
  public static final int STATX_BTIME = 0x800;
  public static final int STATX_MNT_ID = 0x1000;

  public static final long UTIME_NOW = 0x3fffffffL;
  public static final long UTIME_OMIT = 0x3ffffffeL;

  public static final int SEEK_SET = 0;
  public static final int SEEK_END = 2;
  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  public static final int XATTR_CREATE = 1;
  public static final int XATTR_REPLACE = 2;
  public static final int XATTR_SIZE_MAX = 65536;
  public static final int XATTR_LIST_MAX = 65536;

  public static final int FALLOC_FL_KEEP_SIZE = 1;
  public static final int FALLOC_FL_PUNCH_HOLE = 2;

  public static final int LOCK_SH = 1;
  public static final int LOCK_EX = 2;
  public static final int LOCK_NB = 4;
  public static final int LOCK_UN = 8;

  public static final int NAME_MAX = 255;
  public static final int PATH_MAX = 4096;

  public static final long FICLONE = 0x40049409L;
  public static final long FS_IOC_GETFLAGS = 0x80086601L;
  public static final long FS_IOC_SETFLAGS = 0x40086602L;
  public static final long FS_IOC_FSGETXATTR = 0x801c581fL;
  public static final long FS_IOC_FSSETXATTR = 0x401c5820L;
  public static final int FS_SYNC_FL = 0x8;
  public static final int FS_IMMUTABLE_FL = 0x10;
  public static final int FS_APPEND_FL = 0x20;
  public static final int FS_NOATIME_FL = 0x80;
  public static final int FS_XFLAG_IMMUTABLE = 0x8;
  public static final int FS_XFLAG_APPEND = 0x10;
  public static final long FS_IOC_GETFSUUID = 0x80111500L;

  public static final int MS_RDONLY = 1;
  public static final int MS_NOSUID = 2;
  public static final int MS_NODEV = 4;
  public static final int MS_NOEXEC = 8;
  public static final int MS_SYNCHRONOUS = 16;
  public static final int MS_DIRSYNC = 128;
  public static final int MS_NOATIME = 1024;
  public static final int MS_NODIRATIME = 2048;
  public static final int MS_NOSYMFOLLOW = 256;
  public static final int MNT_DETACH = 2;
  public static final int UMOUNT_NOFOLLOW = 8;
  public static final long MS_PRIVATE = 1L << 18;

  public static final int OPEN_TREE_CLONE = 1;
  public static final int OPEN_TREE_CLOEXEC = O_CLOEXEC;
  public static final long MOUNT_ATTR_RDONLY = 0x1;
  public static final long MOUNT_ATTR_NOATIME = 0x10;
  public static final long MOUNT_ATTR_ATIME_MASK = 0x70;
  public static final long MOUNT_ATTR_NODIRATIME = 0x80;

  public static final int RLIMIT_NOFILE = 7;
  public static final int CLONE_FS = 0x200;
  public static final int PR_SET_SECUREBITS = 28;
  public static final int SECBIT_NO_SETUID_FIXUP = 1 << 2;

  // f_type of statfs(2)
  public static final long CRAMFS_MAGIC = 0x28cd3d45L;
  public static final long EROFS_SUPER_MAGIC_V1 = 0xe0f5e1e2L;
  public static final long EXFAT_SUPER_MAGIC = 0x2011bab0L;
  public static final long FUSE_SUPER_MAGIC = 0x65735546L;
  public static final long ISOFS_SUPER_MAGIC = 0x9660L;
  public static final long MSDOS_SUPER_MAGIC = 0x4d44L;
  public static final long RAMFS_MAGIC = 0x858458f6L;
  public static final long ROMFS_MAGIC = 0x7275L;
  public static final long UDF_SUPER_MAGIC = 0x15013346L;

  public static final int AF_UNIX = 1;
  public static final int SOCK_STREAM = 1;
  public static final int SOCK_CLOEXEC = O_CLOEXEC;
  public static final int SOL_SOCKET = 1;
  public static final int SCM_RIGHTS = 1;
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;
  public static final int POLLIN = 1;

  public static final int MFD_CLOEXEC = 1;

  public static final int F_GETFD = 1;
  public static final int F_SETFD = 2;
  public static final int F_GETFL = 3;
  public static final int F_SETFL = 4;
  public static final int F_DUPFD_CLOEXEC = 1030;

  private Linux() {}

  /** True for the directory bit in a {@code st_mode}. */
  public static boolean isDirectory(int mode) {
    return (mode & S_IFMT) == S_IFDIR;
  }

  /** True for a regular file's {@code st_mode}. */
  public static boolean isRegular(int mode) {
    return (mode & S_IFMT) == S_IFREG;
  }

  /** True for a symbolic link's {@code st_mode}. */
  public static boolean isSymlink(int mode) {
    return (mode & S_IFMT) == S_IFLNK;
  }
}
