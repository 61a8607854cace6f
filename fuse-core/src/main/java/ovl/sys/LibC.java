package ovl.sys;

import jnr.ffi.annotations.IgnoreError;

/**
 * The C library as jnr-ffi binds it: only {@code int} and {@code long} parameters, addresses as
 * {@code long}. Public because the class that jnr-ffi generates lives in another package; nothing
 * but {@link Syscalls} may use it.
 *
 * <p>The x86-64 stubs of jnr-ffi 2.2.17 pass garbage as the sixth argument of a function that has
 * exactly six. Such functions are declared with a seventh that the C side does not look at.
 */
public interface LibC {
  /** int openat(int dirfd, const char *path, int flags, mode_t mode) */
  int openat(int dirFd, long path, int flags, int mode);

  /** int close(int fd) */
  int close(int fd);

  /** int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *buf) */
  int statx(int dirFd, long path, int flags, int mask, long buffer);

  /** ssize_t read(int fd, void *buf, size_t count) */
  long read(int fd, long buffer, long count);

  /** ssize_t write(int fd, const void *buf, size_t count) */
  long write(int fd, long buffer, long count);

  /** ssize_t writev(int fd, const struct iovec *iov, int count) */
  long writev(int fd, long iov, int count);

  /** ssize_t pread(int fd, void *buf, size_t count, off_t offset) */
  long pread(int fd, long buffer, long count, long offset);

  /** ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset) */
  long pwrite(int fd, long buffer, long count, long offset);

  /** off_t lseek(int fd, off_t offset, int whence) */
  long lseek(int fd, long offset, int whence);

  /** int ftruncate(int fd, off_t length) */
  int ftruncate(int fd, long length);

  /** int fallocate(int fd, int mode, off_t offset, off_t len) */
  int fallocate(int fd, int mode, long offset, long length);

  /** int fsync(int fd) */
  int fsync(int fd);

  /** int fdatasync(int fd) */
  int fdatasync(int fd);

  /** int syncfs(int fd) */
  int syncfs(int fd);

  /**
   * ssize_t copy_file_range(int in, off64_t *off_in, int out, off64_t *off_out, size_t len,
   * unsigned flags)
   */
  long copy_file_range(
      int in, long inOffset, int out, long outOffset, long length, int flags, long unused);

  /** int ioctl(int fd, unsigned long request, ...) */
  int ioctl(int fd, long request, long argument);

  /** int fcntl(int fd, int cmd, ...) */
  int fcntl(int fd, int command, long argument);

  /** int dup3(int oldfd, int newfd, int flags) */
  int dup3(int oldFd, int newFd, int flags);

  /** int memfd_create(const char *name, unsigned flags) */
  int memfd_create(long name, int flags);

  /** int flock(int fd, int operation) */
  int flock(int fd, int operation);

  /** ssize_t getdents64(int fd, void *dirp, size_t count) */
  long getdents64(int fd, long buffer, long count);

  /** int mkdirat(int dirfd, const char *path, mode_t mode) */
  int mkdirat(int dirFd, long path, int mode);

  /** int mknodat(int dirfd, const char *path, mode_t mode, dev_t dev) */
  int mknodat(int dirFd, long path, int mode, long device);

  /** int symlinkat(const char *target, int newdirfd, const char *linkpath) */
  int symlinkat(long target, int dirFd, long path);

  /** int linkat(int olddirfd, const char *old, int newdirfd, const char *new, int flags) */
  int linkat(int oldDirFd, long oldPath, int newDirFd, long newPath, int flags);

  /** int unlinkat(int dirfd, const char *path, int flags) */
  int unlinkat(int dirFd, long path, int flags);

  /** int renameat2(int olddirfd, const char *old, int newdirfd, const char *new, unsigned flags) */
  int renameat2(int oldDirFd, long oldPath, int newDirFd, long newPath, int flags);

  /** ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t size) */
  long readlinkat(int dirFd, long path, long buffer, long size);

  /** int fchmod(int fd, mode_t mode) */
  int fchmod(int fd, int mode);

  /** int chmod(const char *path, mode_t mode) */
  int chmod(long path, int mode);

  /** int fchmodat(int dirfd, const char *path, mode_t mode, int flags) */
  int fchmodat(int dirFd, long path, int mode, int flags);

  /** int fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags) */
  int fchownat(int dirFd, long path, int uid, int gid, int flags);

  /** int utimensat(int dirfd, const char *path, const struct timespec times[2], int flags) */
  int utimensat(int dirFd, long path, long times, int flags);

  /** ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) */
  long fgetxattr(int fd, long name, long value, long size);

  /** ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size) */
  long lgetxattr(long path, long name, long value, long size);

  /** ssize_t getxattr(const char *path, const char *name, void *value, size_t size) */
  long getxattr(long path, long name, long value, long size);

  /** ssize_t flistxattr(int fd, char *list, size_t size) */
  long flistxattr(int fd, long list, long size);

  /** ssize_t llistxattr(const char *path, char *list, size_t size) */
  long llistxattr(long path, long list, long size);

  /** ssize_t listxattr(const char *path, char *list, size_t size) */
  long listxattr(long path, long list, long size);

  /** int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) */
  int fsetxattr(int fd, long name, long value, long size, int flags);

  /**
   * int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
   */
  int lsetxattr(long path, long name, long value, long size, int flags);

  /** int setxattr(const char *path, const char *name, const void *value, size_t size, int flags) */
  int setxattr(long path, long name, long value, long size, int flags);

  /** int fremovexattr(int fd, const char *name) */
  int fremovexattr(int fd, long name);

  /** int lremovexattr(const char *path, const char *name) */
  int lremovexattr(long path, long name);

  /** int removexattr(const char *path, const char *name) */
  int removexattr(long path, long name);

  /**
   * int name_to_handle_at(int dirfd, const char *path, struct file_handle *handle, int *mount_id,
   * int flags)
   */
  int name_to_handle_at(int dirFd, long path, long handle, long mountId, int flags);

  /** int open_by_handle_at(int mount_fd, struct file_handle *handle, int flags) */
  int open_by_handle_at(int mountFd, long handle, int flags);

  /** int fstatfs(int fd, struct statfs *buf) */
  int fstatfs(int fd, long buffer);

  /**
   * int mount(const char *source, const char *target, const char *type, unsigned long flags, const
   * void *data)
   */
  int mount(long source, long target, long type, long flags, long data);

  /** int umount2(const char *target, int flags) */
  int umount2(long target, int flags);

  /** int socketpair(int domain, int type, int protocol, int sv[2]) */
  int socketpair(int domain, int type, int protocol, long pair);

  /** int pipe2(int pipefd[2], int flags) */
  int pipe2(long pipe, int flags);

  /** ssize_t recvmsg(int fd, struct msghdr *msg, int flags) */
  long recvmsg(int fd, long message, int flags);

  /**
   * int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const
   * posix_spawnattr_t *attr, char *const argv[], char *const envp[])
   */
  @IgnoreError
  int posix_spawnp(
      long pid, long file, long actions, long attributes, long argv, long envp, long unused);

  /** int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions) */
  @IgnoreError
  int posix_spawn_file_actions_init(long actions);

  /**
   * int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int newfd)
   */
  @IgnoreError
  int posix_spawn_file_actions_adddup2(long actions, int fd, int newFd);

  /** int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions) */
  @IgnoreError
  int posix_spawn_file_actions_destroy(long actions);

  /** pid_t waitpid(pid_t pid, int *status, int options) */
  int waitpid(int pid, long status, int options);

  /** int poll(struct pollfd *fds, nfds_t count, int timeoutMillis) */
  int poll(long fds, long count, int timeoutMillis);

  /** int setfsuid(uid_t uid): the previous one, never an error */
  @IgnoreError
  int setfsuid(int uid);

  /** int setfsgid(gid_t gid): the previous one, never an error */
  @IgnoreError
  int setfsgid(int gid);

  /** mode_t umask(mode_t mask) */
  @IgnoreError
  int umask(int mask);

  /** int unshare(int flags) */
  int unshare(int flags);

  /**
   * int prctl(int option, unsigned long a2, unsigned long a3, unsigned long a4, unsigned long a5)
   */
  int prctl(int option, long a2, long a3, long a4, long a5);

  /**
   * int prlimit(pid_t pid, int resource, const struct rlimit *new_limit, struct rlimit *old_limit)
   */
  int prlimit(int pid, int resource, long newLimit, long oldLimit);

  /** uid_t geteuid(void) */
  @IgnoreError
  int geteuid();

  /** gid_t getegid(void) */
  @IgnoreError
  int getegid();

  /** int getpid(void) */
  @IgnoreError
  int getpid();

  /** void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) */
  long mmap(long address, long length, int protection, int flags, int fd, long offset, long unused);

  /** int madvise(void *address, size_t length, int advice) */
  int madvise(long address, long length, int advice);

  /** int munmap(void *address, size_t length) */
  int munmap(long address, long length);

  /** long syscall(long number, ...): for calls that the C library has no function for */
  long syscall(long number, long a, long b, long c, long d);

  /** long syscall(long number, ...), with five arguments */
  long syscall(long number, long a, long b, long c, long d, long e, long unused);
}
