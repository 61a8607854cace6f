package ovl.fs;

/** The numbers of statfs(2). Reused by a worker. */
public final class StatFs {
  public long blocks;
  public long bfree;
  public long bavail;
  public long files;
  public long ffree;
  public int bsize;
  public int frsize;
  public int namelen;
}
