package ovl.transport.libfuse2;

import jnr.ffi.annotations.Delegate;

/**
 * The C shapes of the members of struct fuse_operations, with pointers, sizes and offsets as {@code
 * long} and everything narrower as {@code int}. Public because the classes that jnr-ffi generates
 * live in another package.
 */
public final class Callbacks {
  private Callbacks() {}

  /** int (*)(const char *) */
  @FunctionalInterface
  public interface P {
    @Delegate
    int call(long path);
  }

  /** int (*)(const char *, pointer or off_t) */
  @FunctionalInterface
  public interface PL {
    @Delegate
    int call(long path, long a);
  }

  /** int (*)(const char *, pointer, pointer or size_t) */
  @FunctionalInterface
  public interface PLL {
    @Delegate
    int call(long path, long a, long b);
  }

  /** int (*)(const char *, const char *, char *, size_t) */
  @FunctionalInterface
  public interface PLLL {
    @Delegate
    int call(long path, long a, long b, long c);
  }

  /** int (*)(const char *, pointer, size_t or pointer, off_t, struct fuse_file_info *) */
  @FunctionalInterface
  public interface PLLLL {
    @Delegate
    int call(long path, long a, long b, long c, long d);
  }

  /** int (*)(const char *, const char *, const char *, size_t, int) */
  @FunctionalInterface
  public interface PLLLI {
    @Delegate
    int call(long path, long a, long b, long c, int d);
  }

  /** int (*)(const char *, mode_t) */
  @FunctionalInterface
  public interface PI {
    @Delegate
    int call(long path, int a);
  }

  /** int (*)(const char *, uid_t, gid_t) */
  @FunctionalInterface
  public interface PII {
    @Delegate
    int call(long path, int a, int b);
  }

  /** int (*)(const char *, int or mode_t, dev_t or struct fuse_file_info *) */
  @FunctionalInterface
  public interface PIL {
    @Delegate
    int call(long path, int a, long b);
  }

  /** int (*)(const char *, int, off_t, off_t, struct fuse_file_info *) */
  @FunctionalInterface
  public interface PILLL {
    @Delegate
    int call(long path, int a, long b, long c, long d);
  }

  /** int (*)(const char *, int, void *, struct fuse_file_info *, unsigned int, void *) */
  @FunctionalInterface
  public interface PILLIL {
    @Delegate
    int call(long path, int a, long b, long c, int d, long e);
  }

  /** void *(*)(struct fuse_conn_info *) */
  @FunctionalInterface
  public interface Init {
    @Delegate
    long call(long connection);
  }

  /** int (*fuse_fill_dir_t)(void *buf, const char *name, const struct stat *stbuf, off_t off) */
  @FunctionalInterface
  public interface Fill {
    @Delegate
    int call(long buffer, long name, long stat, long offset);
  }

  /** int (*send)(struct fuse_chan *ch, const struct iovec iov[], size_t count) */
  @FunctionalInterface
  public interface Send {
    @Delegate
    int call(long chan, long vectors, long count);
  }
}
