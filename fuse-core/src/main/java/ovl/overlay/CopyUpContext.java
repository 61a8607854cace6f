package ovl.overlay;

import ovl.layer.WorkDir;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * The state of one copy-up: source, target, and what is to be cleaned if it fails. Closing it
 * removes a temporary object that was not published.
 */
final class CopyUpContext implements AutoCloseable {
  private final Syscalls sys;
  private final WorkDir work;
  private final Node node;
  private Fd source;
  private Fd target;
  private byte[] temporary;
  private int temporaryFlags;
  private boolean data;
  private boolean metacopy;
  private byte[] origin;
  private boolean indexed;
  private long targetIno;

  private int mode;
  private int uid;
  private int gid;
  private int nlink;
  private long size;
  private long allocated;
  private int rdevMajor;
  private int rdevMinor;
  private long atime;
  private int atimeNsec;
  private long mtime;
  private int mtimeNsec;

  CopyUpContext(Syscalls sys, WorkDir work, Node node) {
    this.sys = sys;
    this.work = work;
    this.node = node;
  }

  /** Keeps what the source is like; the record is reused by later calls. */
  void remember(Statx stat) {
    mode = stat.mode();
    uid = stat.uid();
    gid = stat.gid();
    nlink = stat.nlink();
    size = stat.size();
    allocated = stat.blocks() * 512;
    rdevMajor = stat.rdevMajor();
    rdevMinor = stat.rdevMinor();
    atime = stat.atime();
    atimeNsec = stat.atimeNsec();
    mtime = stat.mtime();
    mtimeNsec = stat.mtimeNsec();
  }

  Node node() {
    return node;
  }

  /** The lower object: open for reading if a regular file, else O_PATH. */
  Fd source() {
    return source;
  }

  void setSource(Fd fd) {
    source = fd;
  }

  /** The new object: open for writing if a regular file, else O_PATH. */
  Fd target() {
    return target;
  }

  void setTarget(Fd fd) {
    target = fd;
  }

  /** Gives the target away; closing the context leaves it open. */
  Fd releaseTarget() {
    Fd released = new Fd(sys, target.release());
    return released;
  }

  /** The target's name in the workdir; null if it has none. */
  byte[] temporary() {
    return temporary;
  }

  /**
   * @param flags AT_REMOVEDIR for a directory
   */
  void setTemporary(byte[] name, int flags) {
    temporary = name;
    temporaryFlags = flags;
  }

  void temporaryIsGone() {
    temporary = null;
  }

  boolean hasData() {
    return data;
  }

  void setHasData() {
    data = true;
  }

  /** True if only metadata is copied. */
  boolean isMetacopy() {
    return metacopy;
  }

  void setIsMetacopy() {
    metacopy = true;
  }

  /** True if the target carries an origin attribute, which its parent must announce. */
  boolean hasOrigin() {
    return origin != null;
  }

  /** The handle of the source; empty if its filesystem gives none. */
  byte[] origin() {
    return origin;
  }

  void setOrigin(byte[] handle) {
    origin = handle;
  }

  /** True if the target goes to the index first, as the source has several names. */
  boolean isIndexed() {
    return indexed;
  }

  void setIsIndexed() {
    indexed = true;
  }

  /** Known for directories and for files with several names. */
  long targetIno() {
    return targetIno;
  }

  void setTargetIno(long ino) {
    targetIno = ino;
  }

  boolean isDirectory() {
    return Linux.isDirectory(mode);
  }

  boolean isRegular() {
    return Linux.isRegular(mode);
  }

  boolean isSymlink() {
    return Linux.isSymlink(mode);
  }

  int mode() {
    return mode;
  }

  int uid() {
    return uid;
  }

  int gid() {
    return gid;
  }

  int nlink() {
    return nlink;
  }

  long size() {
    return size;
  }

  /** Puts owner, mode and device number of the source into a record. */
  void recall(Statx stat) {
    stat.override(uid, gid, mode, rdevMajor, rdevMinor);
  }

  /** False if as much is allocated to the file as it is long. */
  boolean mayHaveHoles() {
    return allocated < size;
  }

  /** In the encoding of mknod(2). */
  long rdev() {
    return DeviceNumber.toLibc(rdevMajor, rdevMinor);
  }

  long atime() {
    return atime;
  }

  int atimeNsec() {
    return atimeNsec;
  }

  long mtime() {
    return mtime;
  }

  int mtimeNsec() {
    return mtimeNsec;
  }

  @Override
  public void close() {
    if (temporary != null) {
      work.remove(temporary, temporaryFlags);
    }
    if (source != null) {
      source.close();
    }
    if (target != null) {
      target.close();
    }
  }
}
