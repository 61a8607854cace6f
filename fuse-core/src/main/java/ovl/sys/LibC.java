package ovl.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.LastError;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.util.Arrays;

/**
 * The C library: the addresses of the functions that {@link Syscalls} uses, and calling them. They
 * take and return integers and addresses only, which x86-64 passes in whole registers, so one
 * description does for every function with so many arguments; the upper half of an {@code int} that
 * is returned means nothing.
 *
 * <p>Called through jffi, as jnr-ffi does too: but to generate the implementation of an interface
 * takes that half of the time from start to mount.
 */
final class LibC {
  private static final Invoker INVOKER = Invoker.getInstance();

  private final CallContext takes0 = taking(0);
  private final CallContext takes1 = taking(1);
  private final CallContext takes2 = taking(2);
  private final CallContext takes3 = taking(3);
  private final CallContext takes4 = taking(4);
  private final CallContext takes5 = taking(5);
  private final CallContext takes6 = taking(6);

  final long openat = symbol("openat");
  final long close = symbol("close");
  final long statx = symbol("statx");
  final long read = symbol("read");
  final long write = symbol("write");
  final long writev = symbol("writev");
  final long pread = symbol("pread");
  final long pwrite = symbol("pwrite");
  final long lseek = symbol("lseek");
  final long truncate = symbol("truncate");
  final long ftruncate = symbol("ftruncate");
  final long fallocate = symbol("fallocate");
  final long fsync = symbol("fsync");
  final long fdatasync = symbol("fdatasync");
  final long syncfs = symbol("syncfs");
  final long getrandom = symbol("getrandom");
  final long copy_file_range = symbol("copy_file_range");
  final long ioctl = symbol("ioctl");
  final long fcntl = symbol("fcntl");
  final long dup3 = symbol("dup3");
  final long memfd_create = symbol("memfd_create");
  final long flock = symbol("flock");
  final long getdents64 = symbol("getdents64");
  final long mkdirat = symbol("mkdirat");
  final long mknodat = symbol("mknodat");
  final long symlinkat = symbol("symlinkat");
  final long linkat = symbol("linkat");
  final long unlinkat = symbol("unlinkat");
  final long renameat2 = symbol("renameat2");
  final long readlinkat = symbol("readlinkat");
  final long fchmod = symbol("fchmod");
  final long chmod = symbol("chmod");
  final long fchmodat = symbol("fchmodat");
  final long fchownat = symbol("fchownat");
  final long utimensat = symbol("utimensat");
  final long fgetxattr = symbol("fgetxattr");
  final long lgetxattr = symbol("lgetxattr");
  final long getxattr = symbol("getxattr");
  final long flistxattr = symbol("flistxattr");
  final long llistxattr = symbol("llistxattr");
  final long listxattr = symbol("listxattr");
  final long fsetxattr = symbol("fsetxattr");
  final long lsetxattr = symbol("lsetxattr");
  final long setxattr = symbol("setxattr");
  final long fremovexattr = symbol("fremovexattr");
  final long lremovexattr = symbol("lremovexattr");
  final long removexattr = symbol("removexattr");
  final long name_to_handle_at = symbol("name_to_handle_at");
  final long open_by_handle_at = symbol("open_by_handle_at");
  final long fstatfs = symbol("fstatfs");
  final long mount = symbol("mount");
  final long umount2 = symbol("umount2");
  final long socketpair = symbol("socketpair");
  final long pipe2 = symbol("pipe2");
  final long recvmsg = symbol("recvmsg");
  final long posix_spawnp = symbol("posix_spawnp");
  final long posix_spawn_file_actions_init = symbol("posix_spawn_file_actions_init");
  final long posix_spawn_file_actions_adddup2 = symbol("posix_spawn_file_actions_adddup2");
  final long posix_spawn_file_actions_destroy = symbol("posix_spawn_file_actions_destroy");
  final long waitpid = symbol("waitpid");
  final long poll = symbol("poll");
  final long setfsuid = symbol("setfsuid");
  final long setfsgid = symbol("setfsgid");
  final long umask = symbol("umask");
  final long unshare = symbol("unshare");
  final long prctl = symbol("prctl");
  final long prlimit = symbol("prlimit");
  final long sched_setaffinity = symbol("sched_setaffinity");
  final long geteuid = symbol("geteuid");
  final long getegid = symbol("getegid");
  final long getpid = symbol("getpid");
  final long mmap = symbol("mmap");
  final long madvise = symbol("madvise");
  final long munmap = symbol("munmap");
  final long syscall = symbol("syscall");

  /**
   * @throws UnsatisfiedLinkError if the C library is too old for one of these functions
   */
  LibC() {}

  private static CallContext taking(int arguments) {
    Type[] types = new Type[arguments];
    Arrays.fill(types, Type.SLONG_LONG);
    return CallContext.getCallContext(Type.SLONG_LONG, types, CallingConvention.DEFAULT, true);
  }

  private static long symbol(String name) {
    long address = Library.getDefault().getSymbolAddress(name);
    if (address == 0) {
      // A call of address 0 would be the end of the process.
      throw new UnsatisfiedLinkError("the C library has no " + name);
    }
    return address;
  }

  /** The errno of this thread's last call, good only after a failure. */
  int errno() {
    return LastError.getInstance().get();
  }

  long call(long function) {
    return INVOKER.invokeL0(takes0, function);
  }

  long call(long function, long a) {
    return INVOKER.invokeL1(takes1, function, a);
  }

  long call(long function, long a, long b) {
    return INVOKER.invokeL2(takes2, function, a, b);
  }

  long call(long function, long a, long b, long c) {
    return INVOKER.invokeL3(takes3, function, a, b, c);
  }

  long call(long function, long a, long b, long c, long d) {
    return INVOKER.invokeL4(takes4, function, a, b, c, d);
  }

  long call(long function, long a, long b, long c, long d, long e) {
    return INVOKER.invokeL5(takes5, function, a, b, c, d, e);
  }

  long call(long function, long a, long b, long c, long d, long e, long f) {
    return INVOKER.invokeL6(takes6, function, a, b, c, d, e, f);
  }
}
