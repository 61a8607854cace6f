package ovl.fs;

/**
 * The attributes of one node as stat(2) shows them, filled by the overlay and read by the encoder.
 * Public fields: a record of numbers with no invariant, reused for every request of a worker.
 */
public final class Attr {
  /** The number shown as st_ino, not the nodeid. */
  public long ino;

  public long size;

  /** In units of 512 bytes. */
  public long blocks;

  public long atime;
  public long mtime;
  public long ctime;
  public long btime;
  public int atimeNsec;
  public int mtimeNsec;
  public int ctimeNsec;
  public int btimeNsec;

  /** False where the real filesystem keeps no birth time. */
  public boolean hasBtime;

  /** Type and permission bits. */
  public int mode;

  public int nlink;
  public int uid;
  public int gid;
  public int rdevMajor;
  public int rdevMinor;
  public int blksize;

  /** STATX_ATTR_ flags (immutable, append, ...) and which of them are known. */
  public long attributes;

  public long attributesMask;

  /** How long the kernel may keep these attributes, in nanoseconds. */
  public long validNanos;
}
