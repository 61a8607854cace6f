package ovl.transport.dev;

import java.util.function.Supplier;
import ovl.sys.ErrnoException;
import ovl.sys.Syscalls;
import ovl.transport.OperationTimes;

/**
 * Requests of the processes that run on one CPU, from the queue that the kernel has for it. The
 * last worker to have answered gets the next request, so that those who wait in addition cost
 * nothing. Many must: a request that finds nobody waiting is handed out only when another of the
 * same queue is answered, which costs the worker who joins then a request of its own ({@link
 * RingChannel#callForStranded}).
 */
final class RingSource implements RequestSource {
  private final Syscalls sys;
  private final FuseDevice session;
  private final Supplier<Dispatcher> dispatchers;
  private final int queue;
  private final RingSize size;
  private final LargeBuffers largeBuffers;

  /**
   * @param queue the number of the CPU
   * @param size of the crew
   * @param largeBuffers shared by all workers of the mount
   */
  RingSource(
      Syscalls sys,
      FuseDevice session,
      Supplier<Dispatcher> dispatchers,
      int queue,
      RingSize size,
      LargeBuffers largeBuffers) {
    this.sys = sys;
    this.session = session;
    this.dispatchers = dispatchers;
    this.queue = queue;
    this.size = size;
    this.largeBuffers = largeBuffers;
  }

  @Override
  public String threadName() {
    return "ovl-ring-" + queue + "-";
  }

  @Override
  public int first() {
    return size.first();
  }

  @Override
  public int spare() {
    return size.spare();
  }

  /** All: a worker that is not on the queue can not be told to come back. */
  @Override
  public int keep() {
    return Integer.MAX_VALUE;
  }

  @Override
  public Worker worker(Workers crew, OperationTimes served) {
    Dispatcher dispatcher = dispatchers.get();
    RingChannel channel;
    try {
      channel = RingChannel.open(sys, session, queue, largeBuffers);
    } catch (ErrnoException e) {
      throw new IllegalStateException("io_uring: " + e.getMessage(), e);
    }
    return new Worker(crew, channel, channel.request(), channel.reply(), dispatcher, served);
  }
}
