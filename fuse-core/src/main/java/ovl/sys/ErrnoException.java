package ovl.sys;

/**
 * A failed system call as a checked exception: nothing but its errno. Instances are preallocated
 * and carry no stack trace, because most are ordinary answers to a caller (ENOENT, EEXIST) and a
 * trace would cost more than the request.
 */
public final class ErrnoException extends Exception {
  private static final long serialVersionUID = 1L;
  private static final int KNOWN = 134;
  private static final ErrnoException[] INSTANCES = new ErrnoException[KNOWN];

  static {
    for (int errno = 0; errno < KNOWN; errno++) {
      INSTANCES[errno] = new ErrnoException(errno);
    }
  }

  private final int errno;

  private ErrnoException(int errno) {
    super(Errno.name(errno), null, false, false);
    this.errno = errno;
  }

  /** The shared instance for a positive errno. */
  public static ErrnoException of(int errno) {
    return errno >= 0 && errno < KNOWN ? INSTANCES[errno] : new ErrnoException(errno);
  }

  /**
   * Passes a result {@code >= 0} through and turns {@code -errno} into an exception.
   *
   * @throws ErrnoException for a negative result
   */
  public static long check(long result) throws ErrnoException {
    if (result < 0) {
      throw of((int) -result);
    }
    return result;
  }

  /** As {@link #check(long)}, for calls that return an {@code int}. */
  public static int check(int result) throws ErrnoException {
    if (result < 0) {
      throw of(-result);
    }
    return result;
  }

  /** The positive error number. */
  public int errno() {
    return errno;
  }
}
