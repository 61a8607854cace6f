package ovl.transport.libfuse2;

/**
 * The part of libfuse 2.9 (fuse.h, fuse_common.h, fuse_lowlevel.h) that jnr-fuse does not bind:
 * mounting and the request channel. Addresses are {@code long}. Public because the class that
 * jnr-ffi generates lives in another package.
 */
public interface LibFuse2 {
  /**
   * struct fuse *fuse_setup(int argc, char *argv[], const struct fuse_operations *op, size_t
   * op_size, char **mountpoint, int *multithreaded, void *user_data)
   *
   * <p>Not fuse_mount and fuse_new: of the latter the library has two without a usable version for
   * dlsym, which finds the one of FUSE 2.2.
   */
  long fuse_setup(
      int argc,
      long argv,
      long operations,
      long operationsSize,
      long mountpoint,
      long multithreaded,
      long userData);

  /** void fuse_unmount(const char *mountpoint, struct fuse_chan *ch) */
  void fuse_unmount(long mountpoint, long chan);

  /** void fuse_destroy(struct fuse *f) */
  void fuse_destroy(long fuse);

  /** void fuse_remove_signal_handlers(struct fuse_session *se) */
  void fuse_remove_signal_handlers(long session);

  /** struct fuse_session *fuse_get_session(struct fuse *f) */
  long fuse_get_session(long fuse);

  /** struct fuse_chan *fuse_session_next_chan(struct fuse_session *se, struct fuse_chan *ch) */
  long fuse_session_next_chan(long session, long chan);

  /**
   * struct fuse_chan *fuse_chan_new(struct fuse_chan_ops *op, int fd, size_t bufsize, void *data)
   */
  long fuse_chan_new(long operations, int fd, long bufferSize, long data);

  /** void fuse_chan_destroy(struct fuse_chan *ch) */
  void fuse_chan_destroy(long chan);

  /** int fuse_chan_fd(struct fuse_chan *ch) */
  int fuse_chan_fd(long chan);

  /** size_t fuse_chan_bufsize(struct fuse_chan *ch) */
  long fuse_chan_bufsize(long chan);

  /** int fuse_chan_recv(struct fuse_chan **ch, char *buf, size_t size) */
  int fuse_chan_recv(long chanPointer, long buffer, long size);

  /**
   * void fuse_session_process(struct fuse_session *se, const char *buf, size_t len, struct
   * fuse_chan *ch)
   */
  void fuse_session_process(long session, long buffer, long length, long chan);
}
