package ovl.transport.dev;

import java.util.function.Supplier;
import ovl.sys.Syscalls;
import ovl.transport.OperationTimes;

/** Requests that are read from /dev/fuse, by each worker from a clone of the session's device. */
final class DeviceSource implements RequestSource {
  private final Syscalls sys;
  private final FuseDevice session;
  private final Supplier<Dispatcher> dispatchers;
  private final int first;

  /**
   * @param dispatchers makes one for each worker
   * @param first how many workers to start with
   */
  DeviceSource(Syscalls sys, FuseDevice session, Supplier<Dispatcher> dispatchers, int first) {
    this.sys = sys;
    this.session = session;
    this.dispatchers = dispatchers;
    this.first = first;
  }

  @Override
  public String threadName() {
    return "ovl-worker-";
  }

  @Override
  public int first() {
    return first;
  }

  @Override
  public int spare() {
    return 1;
  }

  /** The kernel gives requests to the waiting threads in turn: each of many is one that is cold. */
  @Override
  public int keep() {
    return 4;
  }

  @Override
  public Worker worker(Workers crew, OperationTimes served) {
    Dispatcher dispatcher = dispatchers.get();
    FuseDevice device = session.duplicate();
    Request in = null;
    Reply reply = null;
    try {
      in = new Request(sys, Capabilities.MAX_DATA);
      reply = new Reply(sys, Capabilities.MAX_DATA);
    } finally {
      if (reply == null) { // as when there is no more memory: it is tried again
        device.close();
        if (in != null) {
          in.close();
        }
      }
    }
    return new Worker(crew, device, in, reply, dispatcher, served);
  }
}
