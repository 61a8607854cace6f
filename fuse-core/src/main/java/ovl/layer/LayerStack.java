package ovl.layer;

import ovl.sys.Syscalls;

/** The layers of one mount. */
public final class LayerStack implements AutoCloseable {
  private LayerStack() {}

  /**
   * Opens and checks the layers: everything that can be wrong with them is said here.
   *
   * @param readOnly mount without using upper for writing
   * @param isVolatile see the volatile option
   */
  public static LayerStack open(Syscalls sys, LayerPaths paths, boolean isVolatile)
      throws LayerException {
    throw new LayerException("not built yet");
  }

  /** True without an upper layer. */
  public boolean isReadOnly() {
    return true;
  }

  /** True if upper (or the top lower) can store POSIX ACLs. */
  public boolean hasPosixAcl() {
    return false;
  }

  @Override
  public void close() {}
}
