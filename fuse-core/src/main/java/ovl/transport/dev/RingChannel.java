package ovl.transport.dev;

import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.IoUring;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.InHeader;
import ovl.transport.dev.wire.NotifyCode;
import ovl.transport.dev.wire.NotifyRetrieveOut;
import ovl.transport.dev.wire.Opcode;
import ovl.transport.dev.wire.OutHeader;
import ovl.transport.dev.wire.UringCmd;
import ovl.transport.dev.wire.UringCmdReq;
import ovl.transport.dev.wire.UringEntInOut;
import ovl.transport.dev.wire.UringReqHeader;

/**
 * One entry of the queue that the kernel has for one CPU, with an io_uring to itself: one system
 * call gives the answer to a request and waits for the next. The kernel writes a request in pieces
 * and the worker wants it whole: the small pieces are copied, the data of a WRITE stays in place.
 *
 * <pre>
 *              0  struct fuse_uring_req_header; header and first struct of a WRITE at its page's end
 *           4096  payload: of the request, then of the reply
 * 4096 + payload  any other request: a reply that is written early spoils no name of it
 * </pre>
 */
final class RingChannel implements Channel {
  private static final Logger log = LoggerFactory.getLogger(RingChannel.class);

  private static final int PAYLOAD = Reply.DATA;
  private static final int MAX_PAYLOAD = Capabilities.MAX_DATA;
  private static final int COPY = PAYLOAD + MAX_PAYLOAD;

  /** SETXATTR is the largest: header, struct, name and 64 KiB of value. */
  private static final int MAX_COPY = 2 * Linux.XATTR_SIZE_MAX;

  /** The kernel counts requests up from 2 by 2 and does not come here; even, as theirs are. */
  private static final long NO_COUNTED_UNIQUE = 1L << 62;

  /** Data that is not worth a system call to give its memory back. */
  private static final int LARGE = 64 << 10;

  private final Syscalls sys;
  private final FuseDevice device;
  private final int queue;
  private final IoUring ring;
  private final Memory memory;
  private final ByteBuffer buffer;
  private final InHeader header = new InHeader();

  /** In the place of the request's, with which it shares the number of the request. */
  private final OutHeader failure = new OutHeader();

  private final UringEntInOut state;
  private final UringCmdReq command = new UringCmdReq();
  private final LargeBuffers largeBuffers;
  private boolean isLarge;
  private boolean inWork;
  private boolean answered;

  private RingChannel(
      Syscalls sys,
      FuseDevice device,
      int queue,
      IoUring ring,
      Memory memory,
      LargeBuffers largeBuffers) {
    this.sys = sys;
    this.device = device;
    this.queue = queue;
    this.ring = ring;
    this.memory = memory;
    this.largeBuffers = largeBuffers;
    buffer = memory.buffer();
    failure.wrap(buffer, UringReqHeader.IN_OUT);
    state = new UringReqHeader().wrap(buffer, 0).ringEntInOut();
  }

  /**
   * Makes one, with a descriptor of its own, which is open as long as the worker has use for it.
   *
   * @param queue the number of a CPU
   * @param largeBuffers shared by all workers of the mount
   * @throws ErrnoException no io_uring can be made
   */
  static RingChannel open(Syscalls sys, FuseDevice session, int queue, LargeBuffers largeBuffers)
      throws ErrnoException {
    IoUring ring = IoUring.create(sys);
    Memory memory = null;
    RingChannel channel = null;
    try {
      memory = Memory.map(sys, COPY + MAX_COPY);
      channel = new RingChannel(sys, session.duplicate(), queue, ring, memory, largeBuffers);
    } finally {
      if (channel == null) {
        ring.close();
        if (memory != null) {
          memory.close();
        }
      }
    }
    return channel;
  }

  /** A request as this channel delivers it. */
  Request request() {
    return new Request(memory);
  }

  /** A reply as this channel sends it. */
  Reply reply() {
    return new Reply(memory, UringReqHeader.IN_OUT, MAX_PAYLOAD);
  }

  @Override
  public boolean failsUnanswered() {
    return true;
  }

  @Override
  public boolean join() {
    bind();
    int result = register();
    if (result < 0) {
      log.debug("no worker on queue {}: {}", queue, Errno.name(-result));
    }
    return result == 0;
  }

  /**
   * A worker that joins gets only what comes after it (fuse_uring_do_register,
   * fs/fuse/dev_uring.c); what came before is handed out with the answer to any request of this
   * queue. So one is asked for: the kernel puts it into the queue of the CPU on which it is asked
   * for, which is this one.
   */
  @Override
  public void callForStranded(long file) {
    int length = OutHeader.LENGTH + NotifyRetrieveOut.LENGTH;
    new OutHeader().wrap(buffer, COPY).len(length).error(NotifyCode.NOTIFY_RETRIEVE).unique(0);
    new NotifyRetrieveOut()
        .wrap(buffer, COPY + OutHeader.LENGTH)
        .notifyUnique(NO_COUNTED_UNIQUE | memory.address())
        .nodeid(file)
        .offset(0)
        .size(0);
    long result = sys.write(device.fd(), memory.address() + COPY, length);
    if (result < 0) {
      log.debug("queue {} was not called: {}", queue, Errno.name((int) -result));
    }
  }

  @Override
  public boolean readRequest(Request in) {
    int result = inWork ? commit() : ring.await();
    if (result < 0) {
      note(-result);
      return false;
    }
    inWork = true;
    answered = false;
    deliver(in);
    return true;
  }

  /**
   * To the CPU of the queue, where whoever asks sleeps meanwhile: waking a thread elsewhere takes
   * longer than most requests. Where the process may not use that CPU, or it is not there, the
   * worker runs anywhere.
   */
  private void bind() {
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, 1L << queue);
    int result = sys.schedSetaffinity(0, Long.BYTES, scratch.words());
    if (result < 0) {
      log.debug("no worker is bound to CPU {}: {}", queue, Errno.name(-result));
    }
  }

  private int register() {
    int enabled = ring.enable();
    if (enabled < 0) {
      return enabled;
    }
    Scratch scratch = Scratch.current(sys);
    // Two of struct iovec: the header and the payload.
    scratch.word(0, memory.address());
    scratch.word(1, UringReqHeader.LENGTH);
    scratch.word(2, memory.address() + PAYLOAD);
    scratch.word(3, MAX_PAYLOAD);
    prepare(UringCmd.IO_URING_CMD_REGISTER, scratch.words(), 2);
    return ring.submit();
  }

  private int commit() {
    if (!answered) {
      failure.error(-Errno.EIO);
      state.payloadSz(0);
    }
    prepare(UringCmd.IO_URING_CMD_COMMIT_AND_FETCH, 0, 0);
    return isLarge && !largeBuffers.mayKeep() ? commitAndShrink() : ring.run();
  }

  /** The kernel fills the buffer while this thread submits or waits, and at no other time. */
  private int commitAndShrink() {
    int result = ring.submit();
    if (result < 0) {
      return result;
    }
    if (!ring.isDone()) {
      memory.discard(PAYLOAD, MAX_PAYLOAD);
      isLarge = false;
      largeBuffers.remove();
    }
    return ring.await();
  }

  private void touched(int size) {
    if (size > LARGE && !isLarge) {
      isLarge = true;
      largeBuffers.add();
    }
  }

  private void prepare(int operation, long address, int iovecs) {
    ring.prepare(device.fd(), operation, address, iovecs);
    command.wrap(ring.entry(), IoUring.commandOffset()).qid(queue).commitId(state.commitId());
  }

  /** Puts the request together as /dev/fuse would have given it. */
  private void deliver(Request in) {
    header.wrap(buffer, UringReqHeader.IN_OUT); // takes over what it says now
    int payload = state.payloadSz();
    int length = header.len();
    int struct = length - InHeader.LENGTH - payload;
    boolean inPlace = header.opcode() == Opcode.WRITE;
    int room = inPlace ? MAX_PAYLOAD : MAX_COPY - PAYLOAD;
    if (struct < 0 || struct > UringReqHeader.OP_IN_SIZE || payload < 0 || payload > room) {
      in.received(UringReqHeader.IN_OUT, InHeader.LENGTH); // not whole, which is then the answer
      return;
    }
    touched(payload);
    int at = inPlace ? PAYLOAD - struct - InHeader.LENGTH : COPY;
    buffer.put(at, buffer, UringReqHeader.IN_OUT, InHeader.LENGTH);
    buffer.put(at + InHeader.LENGTH, buffer, UringReqHeader.OP_IN, struct);
    if (!inPlace) {
      buffer.put(at + InHeader.LENGTH + struct, buffer, PAYLOAD, payload);
    }
    in.received(at, length);
  }

  @Override
  public void writeReply(Reply reply) {
    int size = reply.length() - OutHeader.LENGTH;
    state.payloadSz(size);
    touched(size);
    answered = true;
  }

  private void note(int errno) {
    switch (errno) {
      case Errno.ENOTCONN, Errno.ECONNABORTED, Errno.ECANCELED, Errno.ENOENT -> {
        // Unmounted or aborted; ENOENT if that withdrew the request in the middle of its answer.
      }
      default -> log.error("queue {}: {}", queue, Errno.name(errno));
    }
  }

  @Override
  public void close() {
    if (isLarge) {
      largeBuffers.remove();
    }
    ring.close();
    device.close();
  }
}
