package ovl.it.os;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * System calls by number, for what {@link ovl.sys.Syscalls} has no use for: the C library's own
 * functions would change the credentials of the whole JVM, the raw calls change the thread only.
 */
public final class RawCalls {
  private static final int MSYNC = 26;
  private static final int SENDFILE = 40;
  private static final int TRUNCATE = 76;
  private static final int SETGROUPS = 116;
  private static final int SETRESUID = 117;
  private static final int SETRESGID = 119;
  private static final int MOVE_MOUNT = 429;
  private static final int FSOPEN = 430;
  private static final int FSCONFIG = 431;
  private static final int FSMOUNT = 432;
  private static final int FACCESSAT2 = 439;
  private static final int FCHMODAT2 = 452;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;

  /** What jnr-ffi binds. Public because the class it generates lives in another package. */
  public interface LibC {
    /** long syscall(long number, ...); the last one is for jnr-ffi, see ovl.sys.LibC. */
    long syscall(long number, long a, long b, long c, long d, long e, long unused);
  }

  private static final LibC LIBC = LibraryLoader.create(LibC.class).load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBC);

  private RawCalls() {}

  private static long call(int number, long a, long b, long c, long d, long e) {
    long result = LIBC.syscall(number, a, b, c, d, e, 0);
    return result == -1 ? -LastError.getLastError(RUNTIME) : result;
  }

  /** Makes the calling thread, for good, an ordinary user without groups and capabilities. */
  static void becomeUser(int uid, int gid) {
    OsError.check(call(SETGROUPS, 0, 0, 0, 0, 0), "setgroups");
    OsError.check(call(SETRESGID, gid, gid, gid, 0, 0), "setresgid", gid);
    OsError.check(call(SETRESUID, uid, uid, uid, 0, 0), "setresuid", uid);
  }

  /** truncate(2): 0 or -errno. */
  public static long truncate(long path, long size) {
    return call(TRUNCATE, path, size, 0, 0, 0);
  }

  /** faccessat2(2) with the ids of the thread: 0 or -errno. */
  public static long access(int dirFd, long path, int mode, int flags) {
    return call(FACCESSAT2, dirFd, path, mode, flags, 0);
  }

  /** fchmodat2(2): 0 or -errno. */
  public static long chmod(int dirFd, long path, int mode, int flags) {
    return call(FCHMODAT2, dirFd, path, mode, flags, 0);
  }

  /** msync(2): 0 or -errno. */
  public static long msync(long address, long length, int flags) {
    return call(MSYNC, address, length, flags, 0, 0);
  }

  /** sendfile(2): the number of bytes or -errno. */
  public static long sendfile(int out, int in, long offset, long count) {
    return call(SENDFILE, out, in, offset, count, 0);
  }

  /** fsopen(2); the addresses are of NUL-terminated strings. */
  public static int fsopen(long type) {
    return (int) OsError.check(call(FSOPEN, type, 0, 0, 0, 0), "fsopen");
  }

  /** fsconfig(2) with FSCONFIG_SET_STRING. */
  public static void fsconfig(int fd, long key, long value, String what) {
    OsError.check(call(FSCONFIG, fd, FSCONFIG_SET_STRING, key, value, 0), "fsconfig", what);
  }

  /** fsconfig(2) with FSCONFIG_CMD_CREATE, then fsmount(2) and move_mount(2). */
  public static int fsmount(int fd) {
    OsError.check(call(FSCONFIG, fd, FSCONFIG_CMD_CREATE, 0, 0, 0), "fsconfig create");
    return (int) OsError.check(call(FSMOUNT, fd, 0, 0, 0, 0), "fsmount");
  }

  /** move_mount(2) of a detached mount to a path. */
  public static void attach(int mountFd, long empty, long target, int cwd) {
    OsError.check(
        call(MOVE_MOUNT, mountFd, empty, cwd, target, MOVE_MOUNT_F_EMPTY_PATH), "move_mount");
  }
}
