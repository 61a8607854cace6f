package ovl.transport.dev;

import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.transport.OperationEvent;
import ovl.transport.OperationTimes;
import ovl.transport.dev.wire.Opcode;

/**
 * One thread that takes a request, has it answered and sends the answer, until the mount ends. It
 * owns its channel and its buffers; nothing is handed to another thread.
 */
final class Worker implements Runnable, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Worker.class);

  private final Workers workers;
  private final Channel channel;
  private final Request in;
  private final Reply reply;
  private final Dispatcher dispatcher;
  private final OperationTimes times;
  private volatile Thread thread;
  private volatile boolean resting;

  /** Made when operations are to be recorded. */
  private OperationEvent event;

  Worker(
      Workers workers,
      Channel channel,
      Request in,
      Reply reply,
      Dispatcher dispatcher,
      OperationTimes times) {
    this.workers = workers;
    this.channel = channel;
    this.in = in;
    this.reply = reply;
    this.dispatcher = dispatcher;
    this.times = times;
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    boolean joined = false;
    try (this) {
      joined = join();
      while (joined && channel.readRequest(in)) {
        serveOrFail();
      }
    } finally {
      workers.ended(joined);
    }
  }

  private boolean join() {
    boolean joined = false;
    try {
      joined = channel.join();
      long file = workers.recentFile();
      if (joined && file != 0) {
        channel.callForStranded(file);
      }
    } finally {
      workers.joined(joined);
    }
    return joined;
  }

  /** What fails here is the worker; what fails in the filesystem is an answer. */
  private void serveOrFail() {
    try {
      serve();
    } catch (RuntimeException | Error e) {
      if (!channel.failsUnanswered()) {
        throw e;
      }
      log.error("{} got no answer", in, e);
    }
  }

  private void serve() {
    boolean open = workers.busy(fileOf(in));
    long start = System.nanoTime();
    OperationEvent recording = beginEvent();
    try {
      if (open) {
        dispatcher.dispatch(in, reply);
      } else {
        dispatcher.refuse(in, reply);
      }
      if (reply.isPending()) {
        channel.writeReply(reply);
      }
      int opcode = in.hasHeader() ? in.opcode() : 0;
      times.add(opcode, System.nanoTime() - start);
      if (recording != null && opcode != 0) {
        recording.finish(Opcode.name(opcode), in.nodeid(), reply.errno());
      }
    } finally {
      workers.idle(this);
    }
  }

  /** The nodeid of a request that only a regular file gets, or 0. */
  private static long fileOf(Request in) {
    if (!in.hasHeader()) {
      return 0;
    }
    return switch (in.opcode()) {
      case Opcode.OPEN, Opcode.READ, Opcode.WRITE, Opcode.FSYNC, Opcode.FLUSH -> in.nodeid();
      default -> 0;
    };
  }

  private OperationEvent beginEvent() {
    if (!workers.isRecorded()) {
      return null;
    }
    if (event == null) {
      event = new OperationEvent();
    }
    event.begin();
    return event;
  }

  /** Announces {@link #rest}, so that a {@link #wake} before it is not lost. */
  void prepareRest() {
    resting = true;
  }

  /** Waits for {@link #wake}, with no more memory than it takes. */
  void rest() {
    in.discard();
    reply.discard();
    while (resting) {
      LockSupport.park(this);
    }
  }

  /** Called by another worker. */
  void wake() {
    resting = false;
    LockSupport.unpark(thread);
  }

  @Override
  public void close() {
    channel.close();
    in.close();
    reply.close();
  }
}
