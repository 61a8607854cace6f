package ovl.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;

/** Assertions about failed calls. */
public final class Errnos {
  private Errnos() {}

  /** The call fails with this errno. */
  public static void assertErrno(int errno, Executable call) {
    ErrnoException thrown = assertThrows(ErrnoException.class, call);
    assertEquals(Errno.name(errno), Errno.name(thrown.errno()));
  }

  /** The result is this errno, negated. */
  public static void assertFails(int errno, long result) {
    String got = result < 0 ? Errno.name((int) -result) : "result " + result;
    assertEquals(Errno.name(errno), got);
  }
}
