package ovl.transport.libfuse2;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Keeps what is written to standard error while it is open: libfuse and fusermount tell the reason
 * of a failure nowhere else, and whoever asked for the mount is to get one line.
 */
final class StandardError implements AutoCloseable {
  private static final int STDERR = 2;
  private static final int MOST = 1 << 16;

  private final Syscalls sys;
  private final Fd own;
  private final Fd kept;

  /**
   * @throws ErrnoException as memfd_create(2), dup(2)
   */
  StandardError(Syscalls sys) throws ErrnoException {
    this.sys = sys;
    long name = Scratch.current(sys).path("ovl-stderr");
    kept = new Fd(sys, check(sys.memfdCreate(name, Linux.MFD_CLOEXEC)));
    int saved = sys.fcntl(STDERR, Linux.F_DUPFD_CLOEXEC, 0);
    if (saved < 0) {
      kept.close();
      throw ErrnoException.of(-saved);
    }
    own = new Fd(sys, saved);
    sys.dup3(kept.get(), STDERR, 0);
  }

  /** What was written so far; may be empty. */
  String text() {
    try (Memory buffer = Memory.map(sys, MOST)) {
      long length = sys.pread(kept.get(), buffer.address(), MOST, 0);
      byte[] bytes = NativeBytes.read(buffer.address(), (int) Math.max(0, length));
      return new String(bytes, StandardCharsets.UTF_8).strip();
    }
  }

  /** Puts standard error back. */
  @Override
  public void close() {
    sys.dup3(own.get(), STDERR, 0);
    own.close();
    kept.close();
  }
}
