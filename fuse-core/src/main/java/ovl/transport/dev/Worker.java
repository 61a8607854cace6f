package ovl.transport.dev;

/**
 * One thread that reads a request, has it answered and sends the answer, until the mount ends. It
 * owns its device and its buffers; nothing is handed to another thread.
 */
final class Worker implements Runnable {
  private final Workers workers;
  private final FuseDevice device;
  private final Request in;
  private final Reply reply;
  private final Dispatcher dispatcher;

  Worker(Workers workers, FuseDevice device, Request in, Reply reply, Dispatcher dispatcher) {
    this.workers = workers;
    this.device = device;
    this.in = in;
    this.reply = reply;
    this.dispatcher = dispatcher;
  }

  @Override
  public void run() {
    try (device;
        in;
        reply) {
      while (device.readRequest(in)) {
        serve();
      }
    } finally {
      workers.ended();
    }
  }

  private void serve() {
    boolean open = workers.busy();
    try {
      if (open) {
        dispatcher.dispatch(in, reply);
      } else {
        dispatcher.refuse(in, reply);
      }
      if (reply.isPending()) {
        device.writeReply(reply);
      }
    } finally {
      workers.idle();
    }
  }
}
