package ovl.transport;

import java.util.List;
import ovl.fs.NodeFs;

/** One way to put a {@link NodeFs} before the kernel. Used once: mount, wait, unmount. */
public interface Transport {
  /**
   * Mounts and starts to serve; returns when the kernel's first request (INIT) is answered and the
   * mount is usable.
   *
   * @throws MountException with a one-line reason; nothing is mounted then
   */
  void mount(NodeFs fs, TransportOptions options) throws MountException;

  /** Blocks until the filesystem is unmounted, by whomever, and every request is answered. */
  void awaitUnmounted() throws InterruptedException;

  /**
   * Unmounts: plainly if nothing uses the mount, lazily otherwise. Does not wait; {@link
   * #awaitUnmounted} does. Safe to call more than once and from any thread.
   *
   * @throws MountException if the kernel refuses both
   */
  void unmount() throws MountException;

  /**
   * What this transport cannot do that the kernel's filesystem could, one line each; for the log.
   */
  List<String> limitations();

  /** What was served since the mount, by kind. */
  List<OperationSummary> operations();

  /**
   * Makes operations from now on events of Java Flight Recorder. Not so from the start, because the
   * classes of events are not in a class data archive and cost a part of the time to mount.
   */
  void record();

  /** True if the kernel reads and writes the files of some layer by itself. */
  boolean hasPassthrough();

  /** True if requests come over io_uring. */
  boolean usesIoUring();
}
