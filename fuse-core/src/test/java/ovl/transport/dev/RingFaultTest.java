package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import ovl.sys.Syscalls;
import ovl.transport.OperationTimes;
import ovl.transport.TransportOptions;
import ovl.transport.dev.wire.InitFlags;

/**
 * What fails after FUSE over io_uring was agreed on. If a queue gets no worker, it is a mount all
 * the same, from /dev/fuse.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RingFaultTest {
  private final Syscalls sys = Syscalls.load();
  private final StubFs fs = new StubFs();

  @TempDir Path point;

  /** A queue for which no worker can be made. */
  private record NoWorkers(RequestSource like) implements RequestSource {
    @Override
    public String threadName() {
      return like.threadName();
    }

    @Override
    public int first() {
      return like.first();
    }

    @Override
    public int spare() {
      return like.spare();
    }

    @Override
    public int keep() {
      return like.keep();
    }

    @Override
    public Worker worker(Workers crew, OperationTimes served) {
      throw new IllegalStateException("no worker, as the test wants it");
    }
  }

  @Test
  void queueWithoutWorkers() throws Exception {
    serve(1, (session, source) -> new NoWorkers(source));
  }

  /** The kernel knows as many queues as there can be CPUs. */
  @Test
  void queueThatTheKernelRefuses() throws Exception {
    serve(
        0,
        (session, source) ->
            new RingSource(
                sys, session, this::dispatcher, 4711, RingSize.of(1), new LargeBuffers()));
  }

  /** The kernel waits for an answer to each request for as long as the worker has its entry. */
  @Test
  void workersThatFailAnswerAndGoOn() throws Exception {
    needsRings();
    Logger log = (Logger) LoggerFactory.getLogger(Worker.class);
    log.setLevel(Level.OFF);
    Mountpoint place = Mountpoint.of(sys, options());
    try (Rings rings = new Rings(sys, true)) {
      FuseDevice session = agree(place, rings);
      RequestSource device = new DeviceSource(sys, session, this::dispatcher, 2);
      Crews crews = new Crews(device, rings.sources(session, () -> null), session::close);
      try {
        assertTrue(crews.start());
        for (int i = 0; i < 100; i++) { // more than there are workers
          assertTrue(list().contains("Input/output error"));
        }
      } finally {
        place.unmount();
        assertTrue(crews.await(20_000), "workers are left");
      }
    } finally {
      log.setLevel(null);
    }
  }

  private Dispatcher dispatcher() {
    return new Dispatcher(fs, DispatcherTest.ALL, BackingFiles.off(), DirectWrites.needless(), -1);
  }

  private interface Fault {
    RequestSource in(FuseDevice session, RequestSource source);
  }

  /** Mounts, with a fault in one of the queues, and looks whether files can be seen. */
  private void serve(int faulty, Fault fault) throws Exception {
    needsRings();
    Mountpoint place = Mountpoint.of(sys, options());
    try (Rings rings = new Rings(sys, true)) {
      FuseDevice session = agree(place, rings);
      Supplier<Dispatcher> dispatchers = this::dispatcher;
      List<RequestSource> queues = rings.sources(session, dispatchers);
      queues.set(faulty % queues.size(), fault.in(session, queues.get(faulty % queues.size())));
      RequestSource device = new DeviceSource(sys, session, dispatchers, 2);
      Crews crews = new Crews(device, queues, session::close);
      try {
        assertFalse(crews.start());
        rings.decline(session);
        assertEquals("hello\n", list());
        assertTrue(fs.callers.stream().allMatch(name -> name.startsWith("ovl-worker-")));
      } finally {
        place.unmount();
        assertTrue(crews.await(20_000), "workers are left");
      }
    }
  }

  private void needsRings() {
    boolean possible = EnabledRings.arePossible() && sys.geteuid() == 0;
    if (!possible) {
      System.err.println("RingFaultTest skipped: needs root and fuse.enable_uring");
    }
    assumeTrue(possible, "needs root and fuse.enable_uring");
  }

  private TransportOptions options() {
    return new TransportOptions(
        point, "stub", "ovltest", true, false, true, false, 0, 0, false, false, true);
  }

  private FuseDevice agree(Mountpoint place, Rings rings) throws Exception {
    try (EnabledRings enabled = new EnabledRings();
        Request in = new Request(sys, Capabilities.MAX_DATA);
        Reply reply = new Reply(sys, Capabilities.MAX_DATA)) {
      FuseDevice session = place.mount();
      Capabilities agreed =
          new Handshake(false, false, rings::accept).perform(session, in, reply, 10_000);
      assertTrue(agreed.has(InitFlags.OVER_IO_URING));
      return session;
    }
  }

  private String list() throws Exception {
    Process ls = new ProcessBuilder("ls", point.toString()).redirectErrorStream(true).start();
    assertTrue(ls.waitFor(30, TimeUnit.SECONDS), "nobody answers");
    return new String(ls.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
