package ovl.mount;

import java.nio.file.Path;
import java.util.List;
import org.slf4j.LoggerFactory;
import ovl.layer.LayerException;
import ovl.layer.LayerPaths;
import ovl.layer.LayerStack;
import ovl.overlay.OverlayFs;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.Transport;
import ovl.transport.TransportOptions;
import ovl.transport.dev.DevFuseTransport;
import ovl.transport.libfuse2.LibFuse2Transport;

/**
 * A mounted overlay, served by this JVM until somebody unmounts it.
 *
 * <pre>{@code
 * try (OverlayMount merged =
 *     OverlayMount.builder().lower(app).lower(base).upper(upper).work(work).mount(directory)) {
 *   // use the directory
 * }
 * }</pre>
 *
 * The JVM must not use files of its own on the mount (class path, logs, temporary files, heap
 * dumps): a thread that waits for them can be one that the answer depends on. Nor may its threads
 * use a mapping of a file there ({@code FileChannel.map}): whoever waits for a page of it holds up
 * the next safepoint, and this the worker that would bring the page. Reading and writing is fine,
 * and so are other processes.
 *
 * <p>A JVM that ends with the mount open leaves it behind, for {@code umount} to remove; {@link
 * #closeAtExit} prevents that. If it is killed while one of its own threads waits for an answer, it
 * is gone only after {@code umount -f}.
 */
public final class OverlayMount implements AutoCloseable {
  private final OverlayFs fs;
  private final Transport transport;
  private final Path mountpoint;

  /** Null unless asked for. */
  private Thread atExit;

  private OverlayMount(OverlayFs fs, Transport transport, Path mountpoint) {
    this.fs = fs;
    this.transport = transport;
    this.mountpoint = mountpoint;
  }

  /** Starts the description of a mount. */
  public static OverlayMountBuilder builder() {
    return new OverlayMountBuilder();
  }

  /**
   * Mounts, and returns when the mount is usable.
   *
   * @param directory an existing directory; or {@code /dev/fd/N}, a FUSE device that was opened and
   *     mounted by somebody else and is served from now on
   * @throws OverlayMountException if a layer or the mountpoint cannot be used or the kernel
   *     refuses; nothing is mounted then
   */
  public static OverlayMount mount(MountOptions options, Path directory)
      throws OverlayMountException {
    MountOptions.requireHostPath(directory);
    boolean isChannel = TransportOptions.channel(directory) >= 0;
    Path mountpoint = isChannel ? directory : Mountpoint.check(directory);
    Syscalls sys = Syscalls.load();
    LayerStack stack = open(sys, options, isChannel ? null : mountpoint);
    boolean isMounted = false;
    try {
      OverlayFs fs = new OverlayFs(sys, stack, options.overlay());
      Transport transport =
          switch (options.transport()) {
            case DEV -> new DevFuseTransport(sys);
            case LIBFUSE2 -> new LibFuse2Transport(sys);
          };
      fs.describeBy(new StatusReport(options, fs, transport, stack));
      transport.mount(fs, transportOptions(sys, options, stack, mountpoint));
      isMounted = true;
      return new OverlayMount(fs, transport, mountpoint);
    } catch (MountException e) {
      throw new OverlayMountException(e.getMessage(), e);
    } finally {
      if (!isMounted) {
        stack.close();
      }
    }
  }

  private static LayerStack open(Syscalls sys, MountOptions options, Path mountpoint)
      throws OverlayMountException {
    LayerPaths paths =
        new LayerPaths(
            options.lowers(), options.dataLowers(), options.upper(), options.work(), mountpoint);
    // So containerd finds out what a container has changed that is running.
    if (options.isReadOnly() && paths.upper() != null && LayerStack.isInUse(sys, paths.upper())) {
      paths = paths.readOnly();
    }
    try {
      return LayerStack.open(sys, paths, options.layers());
    } catch (LayerException e) {
      throw new OverlayMountException(e.getMessage(), e);
    }
  }

  private static TransportOptions transportOptions(
      Syscalls sys, MountOptions options, LayerStack stack, Path mountpoint) {
    boolean isRoot = sys.geteuid() == 0;
    int flags = 0;
    for (MountFlag flag : options.flags()) {
      flags |= flag.bit();
    }
    return new TransportOptions(
        mountpoint,
        options.fsName(),
        options.type(),
        options.access() == Access.ALLOW_OTHER || (options.access() == Access.DEFAULT && isRoot),
        options.access() == Access.ALLOW_ROOT,
        true,
        options.isReadOnly() || stack.isReadOnly(),
        flags,
        options.threads(),
        options.hasAcl() && options.overlay().hasXattrs() && stack.hasPosixAcl(),
        options.overlay().passesThrough(),
        options.usesIoUring());
  }

  /** Where it is mounted: absolute, without symbolic links; or the device that was given. */
  public Path mountpoint() {
    return mountpoint;
  }

  /** What the chosen transport cannot do that the kernel's overlay could, one line each. */
  public List<String> limitations() {
    return transport.limitations();
  }

  /** True if the kernel reads and writes the files of some layer by itself. */
  public boolean hasPassthrough() {
    return transport.hasPassthrough();
  }

  /** How many nodes, the root included, are in memory because the kernel knows of them. */
  public long nodeCount() {
    return fs.nodeCount();
  }

  /**
   * Makes operations and copy-ups from now on events of Java Flight Recorder, {@code ovl.Operation}
   * and {@code ovl.CopyUp}, for whatever recording is or will be started. Needs the module jdk.jfr.
   */
  public void record() {
    transport.record();
    fs.copyUps().record();
  }

  /** The copy-ups that are being made at this moment, in no order. */
  public List<CopyUpProgress> copyUpsInProgress() {
    return fs.copyUps().inProgress().stream()
        .map(one -> new CopyUpProgress(one.path(), one.copied(), one.size(), one.nanos()))
        .toList();
  }

  /**
   * Has the mount closed when the JVM ends by itself or by a signal other than SIGKILL, unless it
   * is closed before. Files that are open then are no hindrance through /dev/fuse; through libfuse
   * 2 they are waited for.
   */
  public synchronized OverlayMount closeAtExit() {
    if (atExit == null) {
      atExit = new Thread(this::closeAtLast, "ovl-at-exit");
      Runtime.getRuntime().addShutdownHook(atExit);
    }
    return this;
  }

  private void closeAtLast() {
    try {
      close();
    } catch (OverlayMountException e) {
      LoggerFactory.getLogger(OverlayMount.class).error("{} not unmounted", mountpoint, e);
    }
  }

  private synchronized void forgetExit() {
    if (atExit == null) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // It is being closed by that very thread, or at the same time.
      return;
    }
    atExit = null;
  }

  /**
   * Asks for the unmount and does not wait for it: plainly if nothing uses the mount, lazily
   * otherwise. May be called from any thread and more than once.
   */
  public void unmount() throws OverlayMountException {
    try {
      transport.unmount();
    } catch (MountException e) {
      throw new OverlayMountException(e.getMessage(), e);
    }
  }

  /**
   * Blocks until the mount is gone, whoever unmounted it, every request is answered and the layers
   * are closed. After a lazy unmount that is when the last open file is closed.
   */
  public void awaitUnmounted() throws InterruptedException {
    transport.awaitUnmounted();
  }

  /** Unmounts and waits. An interrupt ends the waiting, not the unmounting. */
  @Override
  public void close() throws OverlayMountException {
    unmount();
    try {
      awaitUnmounted();
      forgetExit();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
