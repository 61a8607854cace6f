package ovl.daemon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.mount.MountOptions;
import ovl.mount.OverlayMount;
import ovl.mount.TransportKind;

/** One mount as one process, from the start to the exit status. */
public final class Daemon {
  /** How long after a signal the daemon lives on for programs that still have files open. */
  private static final long GRACE_SECONDS = 15;

  private final MountOptions options;
  private final Path mountpoint;
  private final LogOptions logOptions;
  private final Readiness readiness;
  private final CompletableFuture<OverlayMount> mounted = new CompletableFuture<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  /**
   * @param program the name that messages begin with
   * @param mountpoint absolute
   * @param isDetached a launcher waits on the other end of standard output and error
   */
  public Daemon(
      String program,
      MountOptions options,
      Path mountpoint,
      LogOptions logOptions,
      boolean isDetached) {
    this.options = options;
    this.mountpoint = mountpoint;
    this.logOptions = logOptions;
    this.readiness = Readiness.ofProcess(program, isDetached);
  }

  /**
   * Mounts, says so, and serves until the mount is gone.
   *
   * @return the exit status: 0 after an unmount, 1 if the mount failed
   */
  public int run() {
    try {
      prepare();
      OverlayMount mount = OverlayMount.mount(options, mountpoint);
      mounted.complete(mount);
      return serve(mount);
    } catch (IOException e) {
      readiness.failed(e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the main thread", e);
    } catch (RuntimeException | Error e) {
      log().error("internal error", e);
      readiness.failed("internal error: " + e);
      return 1;
    } finally {
      mounted.cancel(false);
      LogSetup.flush();
      ended.countDown();
    }
  }

  private void prepare() throws IOException {
    OwnFiles own = new OwnFiles(mountpoint);
    own.requireProgramOutside();
    if (logOptions.file() != null) {
      own.prepareLog(logOptions.file());
    }
    LogSetup.apply(logOptions);
    Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "shutdown"));
  }

  private int serve(OverlayMount mount) throws IOException, InterruptedException {
    try {
      report(mount);
    } catch (IOException e) {
      mount.close();
      throw e;
    }
    announceStatistics(mount);
    CopyUpDisplay display = new CopyUpDisplay(mount::copyUpsInProgress, System.err);
    if (logOptions.isInteractive()) {
      display.start();
    }
    mount.awaitUnmounted();
    display.erase();
    log().info("unmounted from {}", mount.mountpoint());
    return 0;
  }

  private void report(OverlayMount mount) throws IOException {
    List<String> limitations = mount.limitations();
    if (options.transport() != TransportKind.DEV && !limitations.isEmpty()) {
      readiness.note("limits of this transport: " + String.join("; ", limitations));
    }
    readiness.ready();
    log().info("mounted on {}", mount.mountpoint());
    Recording.arrange(mount);
  }

  /** After the mount is ready: nobody waits for this. */
  private void announceStatistics(OverlayMount mount) {
    try {
      StatisticsSignal.handle(() -> printStatistics(mount));
    } catch (ReflectiveOperationException e) {
      log().warn("no statistics on SIGUSR1", e);
    }
  }

  /** As fuse-overlayfs does, whose nodes are names; an inode of ours has all its names in one. */
  private void printStatistics(OverlayMount mount) {
    long nodes = mount.nodeCount();
    String passthrough = mount.hasPassthrough() ? "enabled" : "disabled";
    System.err.printf("# INODES: %d%n# NODES: %d%n# PASSTHROUGH: %s%n", nodes, nodes, passthrough);
    if (logOptions.file() != null) {
      log().info("{} nodes, passthrough {}", nodes, passthrough);
    }
  }

  /**
   * SIGTERM and SIGINT arrive here, and so does every other way to exit. The JVM ends when this
   * returns, with the signal's status; a clean unmount is to be told from that, hence the halt.
   */
  private void onShutdown() {
    if (ended.getCount() == 0) {
      return;
    }
    int status = 1;
    try {
      mounted.get(GRACE_SECONDS, TimeUnit.SECONDS).unmount();
      if (ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        status = 0;
      } else {
        log().warn("files are still open after {} s; they will fail now", GRACE_SECONDS);
      }
    } catch (IOException | ExecutionException | TimeoutException | InterruptedException e) {
      log().error("cannot unmount {}", mountpoint, e);
    } catch (java.util.concurrent.CancellationException e) {
      log().debug("the mount failed before the signal", e);
    }
    LogSetup.flush();
    Runtime.getRuntime().halt(status);
  }

  private static Logger log() {
    return LoggerFactory.getLogger(Daemon.class);
  }
}
