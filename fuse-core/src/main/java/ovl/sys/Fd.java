package ovl.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Owns one open file descriptor and closes it exactly once. */
public final class Fd implements AutoCloseable {
  private static final VarHandle VALUE;

  static {
    try {
      VALUE = MethodHandles.lookup().findVarHandle(Fd.class, "value", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Syscalls sys;
  private volatile int value;

  /**
   * @param value an open descriptor, owned by the new object from now on
   */
  public Fd(Syscalls sys, int value) {
    this.sys = sys;
    this.value = value;
  }

  /**
   * The descriptor, for calls made while this object is known to be open.
   *
   * @throws IllegalStateException after {@link #close}: using a closed number could hit a file that
   *     got the same number since
   */
  public int get() {
    int fd = value;
    if (fd < 0) {
      throw new IllegalStateException("descriptor is closed");
    }
    return fd;
  }

  /** Gives the descriptor up without closing it; the caller owns it now. */
  public int release() {
    int fd = (int) VALUE.getAndSet(this, -1);
    if (fd < 0) {
      throw new IllegalStateException("descriptor is closed");
    }
    return fd;
  }

  @Override
  public void close() {
    int fd = (int) VALUE.getAndSet(this, -1);
    if (fd >= 0) {
      sys.close(fd);
    }
  }
}
