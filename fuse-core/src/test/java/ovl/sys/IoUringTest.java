package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Commands to files that take them, and to others. */
final class IoUringTest {
  /** File descriptor in bad state. */
  private static final int EBADFD = 77;

  private final Syscalls sys = Syscalls.load();
  private IoUring ring;

  @BeforeEach
  void makeRing() {
    try {
      ring = IoUring.create(sys);
    } catch (ErrnoException e) {
      System.err.println("IoUringTest skipped: io_uring_setup: " + e.getMessage());
      abort("io_uring_setup: " + e.getMessage());
    }
  }

  @AfterEach
  void close() {
    if (ring != null) {
      ring.close();
    }
  }

  private int command(String path) throws ErrnoException {
    long name = Scratch.current(sys).path(path);
    int flags = Linux.O_RDONLY | Linux.O_CLOEXEC;
    try (Fd fd = new Fd(sys, ErrnoException.check(sys.openat(Linux.AT_FDCWD, name, flags, 0)))) {
      ring.prepare(fd.get(), 1, 0, 0);
      return ring.run();
    }
  }

  @Test
  void eachCommandHasItsResult() throws ErrnoException {
    assertEquals(0, ring.enable());
    for (int i = 0; i < 10; i++) {
      assertEquals(0, command("/dev/null"));
      assertEquals(-Errno.EOPNOTSUPP, command("/proc/self/status"));
    }
  }

  @Test
  void ringBelongsToNobodyUntilEnabled() throws ErrnoException {
    assertEquals(-EBADFD, command("/dev/null"));
  }
}
