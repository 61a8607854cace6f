package ovl.transport.libfuse2;

/**
 * The part of libfuse 2.9 (fuse.h, fuse_common.h, fuse_lowlevel.h) that jnr-fuse does not bind:
 * mounting and the request channel. Addresses are {@code long}. Public because the class that
 * jnr-ffi generates lives in another package.
 */
public interface LibFuse2 {
  /** struct fuse_chan *fuse_mount(const char *mountpoint, struct fuse_args *args) */
  long fuse_mount(long mountpoint, long args);

  /** void fuse_unmount(const char *mountpoint, struct fuse_chan *ch) */
  void fuse_unmount(long mountpoint, long chan);

  /**
   * struct fuse *fuse_new(struct fuse_chan *ch, struct fuse_args *args, const struct
   * fuse_operations *op, size_t op_size, void *user_data)
   */
  long fuse_new(long chan, long args, long operations, long operationsSize, long userData);

  /** void fuse_destroy(struct fuse *f) */
  void fuse_destroy(long fuse);

  /** struct fuse_session *fuse_get_session(struct fuse *f) */
  long fuse_get_session(long fuse);

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

  /** void fuse_opt_free_args(struct fuse_args *args) */
  void fuse_opt_free_args(long args);
}
