package ovl.transport.dev;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.IoUring;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.UringCmd;
import ovl.transport.dev.wire.UringCmdReq;

/**
 * Decides on FUSE over io_uring for one mount. The kernel offers it where an administrator has
 * switched it on (the parameter {@code enable_uring} of its module). Once it is accepted, requests
 * wait until each CPU's queue has a worker; so it is accepted only if io_uring can be used, and
 * {@link #decline} ends the waiting if that fails all the same. FORGET and INTERRUPT come through
 * /dev/fuse in any case, and notifications go there.
 */
final class Rings implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Rings.class);

  private static final Path CPUS = Path.of("/sys/devices/system/cpu/possible");

  /** With more, an idle mount would need more than 60 MB; and the bits of a word are no more. */
  private static final int MOST_QUEUES = 64;

  /** No CPU has that number, so the kernel refuses the queue, and with it all of them. */
  private static final int NO_QUEUE = 0xffff;

  private final Syscalls sys;
  private final boolean wanted;
  private int queues;

  /** Made before it is accepted, so that there is a way back. */
  private IoUring own;

  Rings(Syscalls sys, boolean wanted) {
    this.sys = sys;
    this.wanted = wanted;
  }

  /** Whether to accept what the kernel offers. */
  boolean accept() {
    if (!wanted) {
      return false;
    }
    try {
      queues = count(Files.readString(CPUS, StandardCharsets.US_ASCII).trim());
      if (queues > MOST_QUEUES) {
        log.debug("no FUSE over io_uring: {} CPUs are possible", queues);
        return false;
      }
      own = IoUring.create(sys);
      return true;
    } catch (IOException | ErrnoException | NumberFormatException | OutOfMemoryError e) {
      log.debug("no FUSE over io_uring: {}", e.toString());
      return false;
    }
  }

  /** How many CPUs are in a list of numbers and ranges. */
  static int count(String list) {
    int count = 0;
    for (String range : list.split(",")) {
      int dash = range.indexOf('-');
      int first = Integer.parseInt(range.substring(0, dash < 0 ? range.length() : dash));
      count += dash < 0 ? 1 : Integer.parseInt(range.substring(dash + 1)) - first + 1;
    }
    return count;
  }

  /** One source of requests for each CPU that there may ever be. */
  List<RequestSource> sources(FuseDevice session, Supplier<Dispatcher> dispatchers) {
    RingSize size = RingSize.of(queues);
    LargeBuffers largeBuffers = new LargeBuffers();
    List<RequestSource> sources = new ArrayList<>();
    for (int queue = 0; queue < queues; queue++) {
      sources.add(new RingSource(sys, session, dispatchers, queue, size, largeBuffers));
    }
    log.debug("FUSE over io_uring: {} queues of {}", queues, size);
    return sources;
  }

  /** Has the kernel send all requests through /dev/fuse after all. */
  void decline(FuseDevice session) {
    int result = own.enable();
    if (result == 0) {
      own.prepare(session.fd(), UringCmd.IO_URING_CMD_REGISTER, 0, 0);
      new UringCmdReq().wrap(own.entry(), IoUring.commandOffset()).qid(NO_QUEUE);
      result = own.run();
    }
    // EINVAL is as it should be; EOPNOTSUPP if the kernel had seen a registration fail before.
    log.debug("no FUSE over io_uring, though it was agreed on: {}", Errno.name(-result));
  }

  @Override
  public void close() {
    if (own != null) {
      own.close();
    }
  }
}
