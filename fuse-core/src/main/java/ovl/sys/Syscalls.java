package ovl.sys;

/**
 * The one funnel for system calls: each method is one call, named by its C prototype, with a result
 * {@code >= 0} or {@code -errno} (posix_spawnp: a positive errno, as in C). EINTR is retried where
 * POSIX allows a plain repeat. Paths, names and buffers are addresses of native memory ({@link
 * Scratch}, {@link Memory}); directories are descriptors.
 */
public final class Syscalls {
  private static final long SYS_IO_URING_SETUP = 425;
  private static final long SYS_IO_URING_ENTER = 426;
  private static final long SYS_IO_URING_REGISTER = 427;
  private static final long SYS_OPEN_TREE = 428;
  private static final long SYS_OPENAT2 = 437;
  private static final long SYS_MOUNT_SETATTR = 442;
  private static final long SYS_LISTXATTRAT = 465;

  private final LibC libc;

  private Syscalls(LibC libc) {
    this.libc = libc;
  }

  /** Binds the C library. */
  public static Syscalls load() {
    return new Syscalls(Binding.bind());
  }

  private int result(int value) {
    return value == -1 ? -libc.errno() : value;
  }

  private long result(long value) {
    return value == -1 ? -libc.errno() : value;
  }

  /** int openat(int dirfd, const char *path, int flags, mode_t mode) */
  public int openat(int dirFd, long path, int flags, int mode) {
    int result;
    do {
      result = result((int) libc.call(libc.openat, dirFd, path, flags, mode));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** int close(int fd) */
  public int close(int fd) {
    return result((int) libc.call(libc.close, fd));
  }

  /** int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *buf) */
  public int statx(int dirFd, long path, int flags, int mask, Statx stat) {
    int rc = result((int) libc.call(libc.statx, dirFd, path, flags, mask, stat.address()));
    if (rc == 0) {
      stat.read();
    }
    return rc;
  }

  /** ssize_t read(int fd, void *buf, size_t count) */
  public long read(int fd, long buffer, long count) {
    long result;
    do {
      result = result(libc.call(libc.read, fd, buffer, count));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** ssize_t write(int fd, const void *buf, size_t count) */
  public long write(int fd, long buffer, long count) {
    long result;
    do {
      result = result(libc.call(libc.write, fd, buffer, count));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** ssize_t writev(int fd, const struct iovec *iov, int count) */
  public long writev(int fd, long iov, int count) {
    long result;
    do {
      result = result(libc.call(libc.writev, fd, iov, count));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** ssize_t pread(int fd, void *buf, size_t count, off_t offset) */
  public long pread(int fd, long buffer, long count, long offset) {
    long result;
    do {
      result = result(libc.call(libc.pread, fd, buffer, count, offset));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset) */
  public long pwrite(int fd, long buffer, long count, long offset) {
    long result;
    do {
      result = result(libc.call(libc.pwrite, fd, buffer, count, offset));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** off_t lseek(int fd, off_t offset, int whence) */
  public long lseek(int fd, long offset, int whence) {
    return result(libc.call(libc.lseek, fd, offset, whence));
  }

  /** int truncate(const char *path, off_t length) */
  public int truncate(long path, long length) {
    int result;
    do {
      result = result((int) libc.call(libc.truncate, path, length));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** int ftruncate(int fd, off_t length) */
  public int ftruncate(int fd, long length) {
    int result;
    do {
      result = result((int) libc.call(libc.ftruncate, fd, length));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** int fallocate(int fd, int mode, off_t offset, off_t len) */
  public int fallocate(int fd, int mode, long offset, long length) {
    int result;
    do {
      result = result((int) libc.call(libc.fallocate, fd, mode, offset, length));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** int fsync(int fd) */
  public int fsync(int fd) {
    int result;
    do {
      result = result((int) libc.call(libc.fsync, fd));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** int fdatasync(int fd) */
  public int fdatasync(int fd) {
    int result;
    do {
      result = result((int) libc.call(libc.fdatasync, fd));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** ssize_t getrandom(void *buf, size_t buflen, unsigned flags) */
  public long getrandom(long buffer, long length, int flags) {
    return result(libc.call(libc.getrandom, buffer, length, flags));
  }

  /** int syncfs(int fd) */
  public int syncfs(int fd) {
    return result((int) libc.call(libc.syncfs, fd));
  }

  /**
   * ssize_t copy_file_range(int in, off64_t *off_in, int out, off64_t *off_out, size_t len,
   * unsigned flags)
   */
  public long copyFileRange(
      int in, long inOffset, int out, long outOffset, long length, int flags) {
    long result;
    do {
      result = result(libc.call(libc.copy_file_range, in, inOffset, out, outOffset, length, flags));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** int ioctl(int fd, unsigned long request, ...) */
  public int ioctl(int fd, long request, long argument) {
    return result((int) libc.call(libc.ioctl, fd, request, argument));
  }

  /** int fcntl(int fd, int cmd, ...) */
  public int fcntl(int fd, int command, long argument) {
    return result((int) libc.call(libc.fcntl, fd, command, argument));
  }

  /** int dup3(int oldfd, int newfd, int flags) */
  public int dup3(int oldFd, int newFd, int flags) {
    return result((int) libc.call(libc.dup3, oldFd, newFd, flags));
  }

  /** int memfd_create(const char *name, unsigned flags) */
  public int memfdCreate(long name, int flags) {
    return result((int) libc.call(libc.memfd_create, name, flags));
  }

  /** int flock(int fd, int operation) */
  public int flock(int fd, int operation) {
    int result;
    do {
      result = result((int) libc.call(libc.flock, fd, operation));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** ssize_t getdents64(int fd, void *dirp, size_t count) */
  public long getdents64(int fd, long buffer, long count) {
    return result(libc.call(libc.getdents64, fd, buffer, count));
  }

  /** int mkdirat(int dirfd, const char *path, mode_t mode) */
  public int mkdirat(int dirFd, long path, int mode) {
    return result((int) libc.call(libc.mkdirat, dirFd, path, mode));
  }

  /** int mknodat(int dirfd, const char *path, mode_t mode, dev_t dev) */
  public int mknodat(int dirFd, long path, int mode, long device) {
    return result((int) libc.call(libc.mknodat, dirFd, path, mode, device));
  }

  /** int symlinkat(const char *target, int newdirfd, const char *linkpath) */
  public int symlinkat(long target, int dirFd, long path) {
    return result((int) libc.call(libc.symlinkat, target, dirFd, path));
  }

  /** int linkat(int olddirfd, const char *old, int newdirfd, const char *new, int flags) */
  public int linkat(int oldDirFd, long oldPath, int newDirFd, long newPath, int flags) {
    return result((int) libc.call(libc.linkat, oldDirFd, oldPath, newDirFd, newPath, flags));
  }

  /** int unlinkat(int dirfd, const char *path, int flags) */
  public int unlinkat(int dirFd, long path, int flags) {
    return result((int) libc.call(libc.unlinkat, dirFd, path, flags));
  }

  /** int renameat2(int olddirfd, const char *old, int newdirfd, const char *new, unsigned flags) */
  public int renameat2(int oldDirFd, long oldPath, int newDirFd, long newPath, int flags) {
    return result((int) libc.call(libc.renameat2, oldDirFd, oldPath, newDirFd, newPath, flags));
  }

  /** ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t size) */
  public long readlinkat(int dirFd, long path, long buffer, long size) {
    return result(libc.call(libc.readlinkat, dirFd, path, buffer, size));
  }

  /** int fchmod(int fd, mode_t mode) */
  public int fchmod(int fd, int mode) {
    return result((int) libc.call(libc.fchmod, fd, mode));
  }

  /** int chmod(const char *path, mode_t mode) */
  public int chmod(long path, int mode) {
    return result((int) libc.call(libc.chmod, path, mode));
  }

  /** int fchmodat(int dirfd, const char *path, mode_t mode, int flags) */
  public int fchmodat(int dirFd, long path, int mode, int flags) {
    return result((int) libc.call(libc.fchmodat, dirFd, path, mode, flags));
  }

  /** int fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags) */
  public int fchownat(int dirFd, long path, int uid, int gid, int flags) {
    return result((int) libc.call(libc.fchownat, dirFd, path, uid, gid, flags));
  }

  /** int utimensat(int dirfd, const char *path, const struct timespec times[2], int flags) */
  public int utimensat(int dirFd, long path, long times, int flags) {
    return result((int) libc.call(libc.utimensat, dirFd, path, times, flags));
  }

  /** ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) */
  public long fgetxattr(int fd, long name, long value, long size) {
    return result(libc.call(libc.fgetxattr, fd, name, value, size));
  }

  /** ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size) */
  public long lgetxattr(long path, long name, long value, long size) {
    return result(libc.call(libc.lgetxattr, path, name, value, size));
  }

  /** ssize_t getxattr(const char *path, const char *name, void *value, size_t size) */
  public long getxattr(long path, long name, long value, long size) {
    return result(libc.call(libc.getxattr, path, name, value, size));
  }

  /** ssize_t flistxattr(int fd, char *list, size_t size) */
  public long flistxattr(int fd, long list, long size) {
    return result(libc.call(libc.flistxattr, fd, list, size));
  }

  /** ssize_t llistxattr(const char *path, char *list, size_t size) */
  public long llistxattr(long path, long list, long size) {
    return result(libc.call(libc.llistxattr, path, list, size));
  }

  /** ssize_t listxattr(const char *path, char *list, size_t size) */
  public long listxattr(long path, long list, long size) {
    return result(libc.call(libc.listxattr, path, list, size));
  }

  /** int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) */
  public int fsetxattr(int fd, long name, long value, long size, int flags) {
    return result((int) libc.call(libc.fsetxattr, fd, name, value, size, flags));
  }

  /**
   * int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
   */
  public int lsetxattr(long path, long name, long value, long size, int flags) {
    return result((int) libc.call(libc.lsetxattr, path, name, value, size, flags));
  }

  /** int setxattr(const char *path, const char *name, const void *value, size_t size, int flags) */
  public int setxattr(long path, long name, long value, long size, int flags) {
    return result((int) libc.call(libc.setxattr, path, name, value, size, flags));
  }

  /** int fremovexattr(int fd, const char *name) */
  public int fremovexattr(int fd, long name) {
    return result((int) libc.call(libc.fremovexattr, fd, name));
  }

  /** int lremovexattr(const char *path, const char *name) */
  public int lremovexattr(long path, long name) {
    return result((int) libc.call(libc.lremovexattr, path, name));
  }

  /** int removexattr(const char *path, const char *name) */
  public int removexattr(long path, long name) {
    return result((int) libc.call(libc.removexattr, path, name));
  }

  /**
   * int name_to_handle_at(int dirfd, const char *path, struct file_handle *handle, int *mount_id,
   * int flags)
   */
  public int nameToHandleAt(int dirFd, long path, long handle, long mountId, int flags) {
    return result((int) libc.call(libc.name_to_handle_at, dirFd, path, handle, mountId, flags));
  }

  /** int open_by_handle_at(int mount_fd, struct file_handle *handle, int flags) */
  public int openByHandleAt(int mountFd, long handle, int flags) {
    return result((int) libc.call(libc.open_by_handle_at, mountFd, handle, flags));
  }

  /** int fstatfs(int fd, struct statfs *buf) */
  public int fstatfs(int fd, long buffer) {
    return result((int) libc.call(libc.fstatfs, fd, buffer));
  }

  /**
   * int mount(const char *source, const char *target, const char *type, unsigned long flags, const
   * void *data)
   */
  public int mount(long source, long target, long type, long flags, long data) {
    return result((int) libc.call(libc.mount, source, target, type, flags, data));
  }

  /** int umount2(const char *target, int flags) */
  public int umount2(long target, int flags) {
    return result((int) libc.call(libc.umount2, target, flags));
  }

  /** int socketpair(int domain, int type, int protocol, int sv[2]) */
  public int socketpair(int domain, int type, int protocol, long pair) {
    return result((int) libc.call(libc.socketpair, domain, type, protocol, pair));
  }

  /** int pipe2(int pipefd[2], int flags) */
  public int pipe2(long pipe, int flags) {
    return result((int) libc.call(libc.pipe2, pipe, flags));
  }

  /** ssize_t recvmsg(int fd, struct msghdr *msg, int flags) */
  public long recvmsg(int fd, long message, int flags) {
    long result;
    do {
      result = result(libc.call(libc.recvmsg, fd, message, flags));
    } while (result == -Errno.EINTR);
    return result;
  }

  /**
   * int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const
   * posix_spawnattr_t *attr, char *const argv[], char *const envp[])
   */
  public int posixSpawnp(long pid, long file, long actions, long attributes, long argv, long envp) {
    return (int) libc.call(libc.posix_spawnp, pid, file, actions, attributes, argv, envp);
  }

  /** int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions): a positive errno */
  public int posixSpawnFileActionsInit(long actions) {
    return (int) libc.call(libc.posix_spawn_file_actions_init, actions);
  }

  /**
   * int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int newfd): a
   * positive errno
   */
  public int posixSpawnFileActionsAddDup2(long actions, int fd, int newFd) {
    return (int) libc.call(libc.posix_spawn_file_actions_adddup2, actions, fd, newFd);
  }

  /** int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions): a positive errno */
  public int posixSpawnFileActionsDestroy(long actions) {
    return (int) libc.call(libc.posix_spawn_file_actions_destroy, actions);
  }

  /** pid_t waitpid(pid_t pid, int *status, int options) */
  public int waitpid(int pid, long status, int options) {
    int result;
    do {
      result = result((int) libc.call(libc.waitpid, pid, status, options));
    } while (result == -Errno.EINTR);
    return result;
  }

  /** int poll(struct pollfd *fds, nfds_t count, int timeoutMillis) */
  public int poll(long fds, long count, int timeoutMillis) {
    return result((int) libc.call(libc.poll, fds, count, timeoutMillis));
  }

  /** int setfsuid(uid_t uid): the previous one, never an error */
  public int setfsuid(int uid) {
    return (int) libc.call(libc.setfsuid, uid);
  }

  /** int setfsgid(gid_t gid): the previous one, never an error */
  public int setfsgid(int gid) {
    return (int) libc.call(libc.setfsgid, gid);
  }

  /** mode_t umask(mode_t mask) */
  public int umask(int mask) {
    return (int) libc.call(libc.umask, mask);
  }

  /** int unshare(int flags) */
  public int unshare(int flags) {
    return result((int) libc.call(libc.unshare, flags));
  }

  /**
   * int prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
   */
  public int prctl(int option, long a2, long a3, long a4, long a5) {
    return result((int) libc.call(libc.prctl, option, a2, a3, a4, a5));
  }

  /**
   * int prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old_limit)
   */
  public int prlimit(int pid, int resource, long newLimit, long oldLimit) {
    return result((int) libc.call(libc.prlimit, pid, resource, newLimit, oldLimit));
  }

  /** uid_t geteuid(void) */
  public int geteuid() {
    return (int) libc.call(libc.geteuid);
  }

  /** gid_t getegid(void) */
  public int getegid() {
    return (int) libc.call(libc.getegid);
  }

  /** int getpid(void) */
  public int getpid() {
    return (int) libc.call(libc.getpid);
  }

  /** void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) */
  public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
    return result(libc.call(libc.mmap, address, length, protection, flags, fd, offset));
  }

  /** int madvise(void *address, size_t length, int advice) */
  public int madvise(long address, long length, int advice) {
    return result((int) libc.call(libc.madvise, address, length, advice));
  }

  /** int munmap(void *address, size_t length) */
  public int munmap(long address, long length) {
    return result((int) libc.call(libc.munmap, address, length));
  }

  /**
   * long openat2(int dirfd, const char *path, struct open_how *how, size_t size), see openat2(2)
   */
  public int openat2(int dirFd, long path, long how, long size) {
    long result;
    do {
      result = result(libc.call(libc.syscall, SYS_OPENAT2, dirFd, path, how, size));
    } while (result == -Errno.EINTR || result == -Errno.EAGAIN);
    return (int) result;
  }

  /** int open_tree(int dirfd, const char *path, unsigned flags), see open_tree(2) */
  public int openTree(int dirFd, long path, int flags) {
    return (int) result(libc.call(libc.syscall, SYS_OPEN_TREE, dirFd, path, flags, 0));
  }

  /**
   * int mount_setattr(int dirfd, const char *path, unsigned flags, struct mount_attr *attr, size_t
   * size)
   */
  public int mountSetattr(int dirFd, long path, int flags, long attr, long size) {
    return (int) result(libc.call(libc.syscall, SYS_MOUNT_SETATTR, dirFd, path, flags, attr, size));
  }

  /** ssize_t listxattrat(int dirfd, const char *path, unsigned flags, char *list, size_t size) */
  public long listxattrat(int dirFd, long path, int flags, long list, long size) {
    return result(libc.call(libc.syscall, SYS_LISTXATTRAT, dirFd, path, flags, list, size));
  }

  /** int sched_setaffinity(pid_t pid, size_t cpusetsize, const cpu_set_t *mask) */
  public int schedSetaffinity(int pid, int size, long mask) {
    return result((int) libc.call(libc.sched_setaffinity, pid, size, mask));
  }

  /** int io_uring_setup(unsigned entries, struct io_uring_params *params), see io_uring_setup(2) */
  public int ioUringSetup(int entries, long params) {
    return (int) result(libc.call(libc.syscall, SYS_IO_URING_SETUP, entries, params));
  }

  /**
   * int io_uring_enter(unsigned fd, unsigned to_submit, unsigned min_complete, unsigned flags,
   * sigset_t *sig), see io_uring_enter(2). Does not repeat after EINTR.
   */
  public int ioUringEnter(int fd, int toSubmit, int minComplete, int flags) {
    return (int)
        result(libc.call(libc.syscall, SYS_IO_URING_ENTER, fd, toSubmit, minComplete, flags, 0));
  }

  /** int io_uring_register(unsigned fd, unsigned opcode, void *arg, unsigned nr_args) */
  public int ioUringRegister(int fd, int opcode, long argument, int count) {
    return (int)
        result(libc.call(libc.syscall, SYS_IO_URING_REGISTER, fd, opcode, argument, count));
  }
}
