package ovl.it.os;

import ovl.sys.Linux;
import ovl.sys.Statx;

/**
 * What statx(2) said of one object.
 *
 * @param atime in nanoseconds since the epoch, as the other two times
 */
public record Stat(
    long dev,
    long ino,
    int mode,
    int nlink,
    int uid,
    int gid,
    int rdevMajor,
    int rdevMinor,
    long size,
    long blocks,
    long atime,
    long mtime,
    long ctime) {

  private static final long NANOS = 1_000_000_000L;

  static Stat of(Statx s) {
    return new Stat(
        s.dev(),
        s.ino(),
        s.mode(),
        s.nlink(),
        s.uid(),
        s.gid(),
        s.rdevMajor(),
        s.rdevMinor(),
        s.size(),
        s.blocks(),
        s.atime() * NANOS + s.atimeNsec(),
        s.mtime() * NANOS + s.mtimeNsec(),
        s.ctime() * NANOS + s.ctimeNsec());
  }

  /** The S_IF bits. */
  public int type() {
    return mode & Linux.S_IFMT;
  }

  /** The mode without the type: permissions, setuid, setgid, sticky. */
  public int permissions() {
    return mode & 07777;
  }

  public boolean isDirectory() {
    return type() == Linux.S_IFDIR;
  }

  public boolean isRegular() {
    return type() == Linux.S_IFREG;
  }

  public boolean isSymlink() {
    return type() == Linux.S_IFLNK;
  }

  /** A character device 0:0, as overlayfs hides names with. */
  public boolean isWhiteout() {
    return type() == Linux.S_IFCHR && rdevMajor == 0 && rdevMinor == 0;
  }

  /** The d_type that a directory has to show for it. */
  public int direntType() {
    return type() >> 12;
  }
}
