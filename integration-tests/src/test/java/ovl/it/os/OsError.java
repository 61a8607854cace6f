package ovl.it.os;

import ovl.sys.Errno;

/** A system call failed: unchecked, because in a test it is either asserted or a failure. */
public final class OsError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  OsError(int errno, String call) {
    super(call + ": " + Errno.name(errno));
    this.errno = errno;
  }

  /** Passes a result {@code >= 0} through; {@code -errno} becomes an error naming the call. */
  static long check(long result, String call, Object... operands) {
    if (result >= 0) {
      return result;
    }
    StringBuilder text = new StringBuilder(call);
    for (Object operand : operands) {
      text.append(' ').append(operand);
    }
    throw new OsError((int) -result, text.toString());
  }

  /** The positive error number. */
  public int errno() {
    return errno;
  }
}
