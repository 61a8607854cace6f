package ovl.sys;

/**
 * Makes the calling thread create files as somebody else: owner and group for new objects
 * (setfsuid(2), setfsgid(2)) and umask, all three per thread, for the length of one
 * try-with-resources block. The kernel then does what a chown afterwards could not: the object
 * never exists with the wrong owner, quota is charged to the right user, and setgid directories and
 * default ACLs are inherited as on any filesystem.
 *
 * <p>At first use a thread leaves the process-wide umask and working directory behind
 * (unshare(CLONE_FS)), and, where it may, keeps its capabilities across setfsuid
 * (SECBIT_NO_SETUID_FIXUP): the daemon must still reach its own mode-0 workdir.
 */
public final class FsCredentials implements AutoCloseable {
  private static final ThreadLocal<FsCredentials> CURRENT = new ThreadLocal<>();

  private final Syscalls sys;
  private final int ownUid;
  private final int ownGid;
  private final boolean ownUmask;
  private int uid;
  private int gid;
  private int umask;

  private FsCredentials(Syscalls sys) {
    this.sys = sys;
    this.ownUid = sys.geteuid();
    this.ownGid = sys.getegid();
    this.uid = ownUid;
    this.gid = ownGid;
    this.ownUmask = sys.unshare(Linux.CLONE_FS) == 0;
    if (ownUmask) {
      sys.umask(0);
    }
    // Refused without CAP_SETPCAP: then setfsuid below is refused too unless it changes nothing.
    sys.prctl(Linux.PR_SET_SECUREBITS, Linux.SECBIT_NO_SETUID_FIXUP, 0, 0, 0);
  }

  /**
   * Takes on the ids until {@link #close}, and the umask until the next call: whoever creates
   * without this class sets the mode afterwards. Not nested.
   *
   * @param umask the caller's, which the kernel ignores where the parent has a default ACL; 0 keeps
   *     a mode as it is
   * @throws ErrnoException EPERM if this process may not act for these ids
   */
  public static FsCredentials assume(Syscalls sys, int uid, int gid, int umask)
      throws ErrnoException {
    FsCredentials credentials = CURRENT.get();
    if (credentials == null) {
      credentials = new FsCredentials(sys);
      CURRENT.set(credentials);
    }
    credentials.take(uid, gid, umask);
    return credentials;
  }

  private void take(int newUid, int newGid, int newUmask) throws ErrnoException {
    if (newUmask != umask) {
      if (!ownUmask) {
        throw ErrnoException.of(Errno.EPERM);
      }
      sys.umask(newUmask);
      umask = newUmask;
    }
    if (newGid != gid) {
      sys.setfsgid(newGid);
      gid = newGid;
    }
    if (newUid != uid) {
      sys.setfsuid(newUid);
      uid = newUid;
    }
    // setfsuid reports no error; asking with an invalid id returns the one in force.
    if (uid != ownUid && sys.setfsuid(-1) != uid || gid != ownGid && sys.setfsgid(-1) != gid) {
      close();
      throw ErrnoException.of(Errno.EPERM);
    }
  }

  @Override
  public void close() {
    if (uid != ownUid) {
      sys.setfsuid(ownUid);
      uid = ownUid;
    }
    if (gid != ownGid) {
      sys.setfsgid(ownGid);
      gid = ownGid;
    }
  }
}
