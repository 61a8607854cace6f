package ovl.fs;

/** Who asks: filled by the transport from the request, valid for the length of one call. */
public final class Caller {
  private int uid;
  private int gid;
  private int pid;
  private int umask;

  public Caller set(int newUid, int newGid, int newPid, int newUmask) {
    uid = newUid;
    gid = newGid;
    pid = newPid;
    umask = newUmask;
    return this;
  }

  /** The filesystem user id of the calling thread. */
  public int uid() {
    return uid;
  }

  /** The filesystem group id of the calling thread. */
  public int gid() {
    return gid;
  }

  public int pid() {
    return pid;
  }

  /** The umask, for operations that create; 0 otherwise. */
  public int umask() {
    return umask;
  }
}
