package ovl.it.overlay;

import ovl.it.os.FsPath;

/**
 * The mode of /dev/fuse, for the time of a test. udev makes it 0666; in a bare container or virtual
 * machine it can be root's alone, and then no ordinary user can mount whatever the program does.
 */
public final class FuseDevice implements AutoCloseable {
  private static final FsPath DEVICE = FsPath.of(java.nio.file.Path.of("/dev/fuse"));

  private final int before = DEVICE.stat().permissions();

  private FuseDevice(int mode) {
    DEVICE.chmod(mode);
  }

  /** Every user may open it. */
  public static FuseDevice openToAll() {
    return new FuseDevice(0666);
  }

  /** Only root may open it. */
  public static FuseDevice closed() {
    return new FuseDevice(0600);
  }

  @Override
  public void close() {
    DEVICE.chmod(before);
  }
}
