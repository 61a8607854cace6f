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

  /**
   * Nothing is named: what remains, as the kernel puts it (HANDLE_KILLPRIV_V2), of a chown that
   * changes no owner and of the look before a write by somebody without CAP_FSETID. Both drop
   * setuid and setgid of a file.
   */
  public boolean isEmpty() {
    return !setMode && !setUid && !setGid && !setSize && !setAtime && !setMtime;
  }

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
