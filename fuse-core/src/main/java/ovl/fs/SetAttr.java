package ovl.fs;

/** What a SETATTR asks to change. Reused by a worker; {@link #clear} first. */
public final class SetAttr {
  /** Change the permission bits to {@link #mode}. */
  public boolean setMode;

  public boolean setUid;
  public boolean setGid;
  public boolean setSize;
  public boolean setAtime;
  public boolean setMtime;

  /** Set to the time of the server's clock; {@link #atime} is then meaningless. */
  public boolean atimeNow;

  public boolean mtimeNow;

  /** The caller has no CAP_FSETID, so a size change must drop setuid and setgid. */
  public boolean killSuidgid;

  public int mode;
  public int uid;
  public int gid;
  public long size;
  public long atime;
  public long mtime;
  public int atimeNsec;
  public int mtimeNsec;

  /** Back to "change nothing". */
  public void clear() {
    setMode = false;
    setUid = false;
    setGid = false;
    setSize = false;
    setAtime = false;
    setMtime = false;
    atimeNow = false;
    mtimeNow = false;
    killSuidgid = false;
  }
}
