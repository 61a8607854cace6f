package ovl.transport.dev;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.NodeFs;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.OperationSummary;
import ovl.transport.Transport;
import ovl.transport.TransportOptions;
import ovl.transport.dev.wire.InitFlags;

/**
 * The kernel's FUSE protocol on /dev/fuse. A mount begins with INIT and ends when the kernel says
 * so to every worker (ENODEV), whoever unmounted it; then the filesystem is destroyed, once. If the
 * mount fails, the filesystem is left to the caller.
 *
 * <p>Unmounted by somebody else, it is served, as a kernel filesystem would be, until the last open
 * file is closed and the last mount namespace that has a copy of the mount is gone. {@link
 * #unmount} waits for neither longer than a grace time.
 */
public final class DevFuseTransport implements Transport {
  private static final Logger log = LoggerFactory.getLogger(DevFuseTransport.class);

  private static final int INIT_MILLIS = 10_000;

  /**
   * Two: one waits while one works. More would take turns, and a thread that wakes up on a cold CPU
   * costs more than the request; under load {@link Workers} adds them.
   */
  private static final int FIRST_WORKERS = 2;

  /** How long files that are open, or another mount namespace, may hold up an unmount. */
  private static final int GRACE_MILLIS = 2_000;

  private static final int DRAIN_MILLIS = 10_000;

  private final Syscalls sys;
  private Mountpoint mountpoint;
  private Crews workers;
  private boolean hasPassthrough;
  private boolean hasRings;
  private boolean ending;

  public DevFuseTransport(Syscalls sys) {
    this.sys = sys;
  }

  @Override
  public synchronized void mount(NodeFs fs, TransportOptions options) throws MountException {
    if (workers != null) {
      throw new IllegalStateException("already mounted");
    }
    Mountpoint place = Mountpoint.of(sys, options);
    FuseDevice session = place.mount();
    boolean serving = false;
    try {
      workers = serve(fs, options, place, session);
      mountpoint = place;
      serving = true;
    } finally {
      if (!serving) {
        undo(place, session);
      }
    }
  }

  private Crews serve(NodeFs fs, TransportOptions options, Mountpoint place, FuseDevice session)
      throws MountException {
    try (Rings rings = new Rings(sys, options.ioUring())) {
      return serve(fs, options, place, session, rings);
    }
  }

  private Crews serve(
      NodeFs fs, TransportOptions options, Mountpoint place, FuseDevice session, Rings rings)
      throws MountException {
    Capabilities agreed = negotiate(session, options, rings);
    log.debug("{}: {}", place, agreed);
    hasPassthrough = agreed.has(InitFlags.PASSTHROUGH);
    noteConnection(place);
    raiseReadAhead(place);
    DeviceNotifier notifier = new DeviceNotifier(sys, session, agreed);
    fs.attach(notifier);
    int onlyUid = options.allowRoot() && !options.allowOther() ? sys.geteuid() : -1;
    BackingFiles backings =
        agreed.has(InitFlags.PASSTHROUGH) ? new BackingFiles(session) : BackingFiles.off();
    DirectWrites direct =
        agreed.has(InitFlags.ASYNC_DIO)
            ? new DirectWrites(fs, backings, notifier)
            : DirectWrites.needless();
    Supplier<Dispatcher> dispatchers = () -> new Dispatcher(fs, agreed, backings, direct, onlyUid);
    int first = options.threads() > 0 ? options.threads() : FIRST_WORKERS;
    RequestSource device = new DeviceSource(sys, session, dispatchers, first);
    List<RequestSource> queues =
        agreed.has(InitFlags.OVER_IO_URING) ? rings.sources(session, dispatchers) : List.of();
    Crews crews = new Crews(device, queues, () -> end(fs, notifier, session, place));
    boolean served = crews.start();
    hasRings = served && agreed.has(InitFlags.OVER_IO_URING);
    if (!served) {
      rings.decline(session);
    }
    return crews;
  }

  private Capabilities negotiate(FuseDevice session, TransportOptions options, Rings rings)
      throws MountException {
    try (Request in = new Request(sys, Capabilities.MAX_DATA);
        Reply reply = new Reply(sys, Capabilities.MAX_DATA)) {
      // The kernel registers backing files for CAP_SYS_ADMIN only.
      boolean passthrough = options.passthrough() && sys.geteuid() == 0;
      return new Handshake(options.posixAcl(), passthrough, rings::accept)
          .perform(session, in, reply, INIT_MILLIS);
    }
  }

  private static void noteConnection(Mountpoint place) {
    try {
      place.findConnection();
    } catch (IOException e) {
      log.warn("{} cannot be aborted should it be in use at the end: {}", place, e.toString());
    }
  }

  private static void raiseReadAhead(Mountpoint place) {
    try {
      place.readAhead(Capabilities.MAX_DATA >> 10);
    } catch (IOException e) {
      log.debug("{} reads ahead by the kernel's default: {}", place, e.toString());
    }
  }

  private static void undo(Mountpoint place, FuseDevice session) {
    try {
      session.close(); // first, so that umount does not wait for an answer from us
      place.release();
      place.unmount();
    } catch (MountException e) {
      log.warn("after a failed mount: {}", e.getMessage());
    }
  }

  private static void end(
      NodeFs fs, DeviceNotifier notifier, FuseDevice session, Mountpoint place) {
    try {
      fs.destroy();
    } catch (RuntimeException | Error e) {
      log.error("end of the filesystem", e);
    }
    notifier.close();
    session.close();
    place.release();
  }

  @Override
  public void awaitUnmounted() throws InterruptedException {
    crew().await();
  }

  private synchronized Crews crew() {
    if (workers == null) {
      throw new IllegalStateException("not mounted");
    }
    return workers;
  }

  @Override
  public void unmount() throws MountException {
    Crews crew;
    synchronized (this) {
      if (workers == null || ending || workers.isFinished()) {
        return;
      }
      crew = workers;
    }
    mountpoint.unmount();
    synchronized (this) {
      if (ending) {
        return;
      }
      ending = true;
    }
    Thread thread = new Thread(() -> drain(crew), "ovl-drain");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Sees to it that an unmount we were asked for ends: after a lazy one the kernel would otherwise
   * wait for the last file to be closed, in whatever mount namespace.
   */
  private void drain(Crews crew) {
    try {
      if (crew.await(GRACE_MILLIS)) {
        return;
      }
      log.warn("{} is unmounted but still in use; its users get an error from now on", mountpoint);
      crew.awaitIdle(DRAIN_MILLIS);
      if (!abort() || !crew.await(GRACE_MILLIS)) {
        crew.abandon();
      }
    } catch (InterruptedException e) {
      log.warn("interrupted while {} was being unmounted", mountpoint);
    }
  }

  private boolean abort() {
    try {
      mountpoint.abort();
      return true;
    } catch (IOException e) { // no fusectl mounted, as in many containers
      log.debug("abort of the connection: {}", e.toString());
      return false;
    }
  }

  @Override
  public List<String> limitations() {
    return List.of();
  }

  @Override
  public List<OperationSummary> operations() {
    return crew().operations();
  }

  @Override
  public void record() {
    crew().record();
  }

  @Override
  public synchronized boolean hasPassthrough() {
    return hasPassthrough;
  }

  @Override
  public synchronized boolean usesIoUring() {
    return hasRings;
  }
}
