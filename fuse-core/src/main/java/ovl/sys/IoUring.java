package ovl.sys;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * An io_uring for the commands of a driver ({@code IORING_OP_URING_CMD}), one at a time: each is
 * waited for, so there is one submission entry (of 128 bytes), and never more than one completion.
 * Made by any thread, then used by the one that calls {@link #enable}. Needs Linux 6.6.
 */
public final class IoUring implements AutoCloseable {
  private static final int SETUP =
      IoUringAbi.SETUP_R_DISABLED
          | IoUringAbi.SETUP_SQE128
          | IoUringAbi.SETUP_SINGLE_ISSUER
          | IoUringAbi.SETUP_DEFER_TASKRUN
          | IoUringAbi.SETUP_NO_SQARRAY;

  private final Syscalls sys;
  private final Fd fd;
  private final Memory rings;
  private final Memory entry;
  private final int sqTail;
  private final int cqHead;
  private final int cqTail;
  private final int cqMask;
  private final int cqes;
  private final int enterFlags;

  private IoUring(Syscalls sys, Fd fd, Memory rings, Memory entry, ByteBuffer params) {
    this.sys = sys;
    this.fd = fd;
    this.rings = rings;
    this.entry = entry;
    sqTail = params.getInt(IoUringAbi.PARAMS_SQ_OFF + IoUringAbi.SQ_OFF_TAIL);
    cqHead = params.getInt(IoUringAbi.PARAMS_CQ_OFF + IoUringAbi.CQ_OFF_HEAD);
    cqTail = params.getInt(IoUringAbi.PARAMS_CQ_OFF + IoUringAbi.CQ_OFF_TAIL);
    cqes = params.getInt(IoUringAbi.PARAMS_CQ_OFF + IoUringAbi.CQ_OFF_CQES);
    cqMask = params.getInt(IoUringAbi.PARAMS_CQ_ENTRIES) - 1;
    // Or a CPU that has nothing to do would count as waiting for a disk (Linux 6.15).
    boolean idles = (params.getInt(IoUringAbi.PARAMS_FEATURES) & IoUringAbi.FEAT_NO_IOWAIT) != 0;
    enterFlags = IoUringAbi.ENTER_GETEVENTS | (idles ? IoUringAbi.ENTER_NO_IOWAIT : 0);
  }

  /**
   * Makes one.
   *
   * @throws ErrnoException ENOSYS or EPERM: not in this kernel, or forbidden here
   * @throws OutOfMemoryError if its memory cannot be mapped
   */
  public static IoUring create(Syscalls sys) throws ErrnoException {
    try (Memory params = Memory.map(sys, IoUringAbi.PARAMS_LENGTH)) {
      params.buffer().putInt(IoUringAbi.PARAMS_FLAGS, SETUP);
      Fd fd = new Fd(sys, ErrnoException.check(sys.ioUringSetup(1, params.address())));
      IoUring ring = null;
      try {
        ring = mapped(sys, fd, params.buffer());
      } finally {
        if (ring == null) {
          fd.close();
        }
      }
      return ring;
    }
  }

  private static IoUring mapped(Syscalls sys, Fd fd, ByteBuffer params) {
    int entries = params.getInt(IoUringAbi.PARAMS_CQ_ENTRIES);
    int size =
        params.getInt(IoUringAbi.PARAMS_CQ_OFF + IoUringAbi.CQ_OFF_CQES)
            + entries * IoUringAbi.CQE_LENGTH;
    Memory rings = Memory.map(sys, fd.get(), size, IoUringAbi.OFF_SQ_RING);
    IoUring ring = null;
    try {
      Memory entry = Memory.map(sys, fd.get(), IoUringAbi.SQE_LENGTH, IoUringAbi.OFF_SQES);
      ring = new IoUring(sys, fd, rings, entry, params);
    } finally {
      if (ring == null) {
        rings.close();
      }
    }
    return ring;
  }

  /** Makes the calling thread the one that uses it: 0 or {@code -errno}. */
  public int enable() {
    return sys.ioUringRegister(fd.get(), IoUringAbi.REGISTER_ENABLE_RINGS, 0, 0);
  }

  /**
   * Fills the entry for a command, but for the driver's own part.
   *
   * @param device the descriptor that the command is for
   * @param address where its iovecs are
   */
  public void prepare(int device, int operation, long address, int iovecs) {
    ByteBuffer sqe = entry.buffer();
    for (int i = 0; i < IoUringAbi.SQE_LENGTH; i += Long.BYTES) {
      sqe.putLong(i, 0);
    }
    sqe.put(IoUringAbi.SQE_OPCODE, IoUringAbi.OP_URING_CMD);
    sqe.putInt(IoUringAbi.SQE_FD, device);
    sqe.putInt(IoUringAbi.SQE_CMD_OP, operation);
    sqe.putLong(IoUringAbi.SQE_ADDR, address);
    sqe.putInt(IoUringAbi.SQE_LEN, iovecs);
  }

  /** The entry, in which the 80 bytes of the driver's own begin at {@link #commandOffset}. */
  public ByteBuffer entry() {
    return entry.buffer();
  }

  public static int commandOffset() {
    return IoUringAbi.SQE_CMD;
  }

  /**
   * Submits the entry and waits for the end of its command.
   *
   * @return its result, or {@code -errno} of either
   */
  public int run() {
    announce();
    return await(1);
  }

  /**
   * Submits the entry and does not wait: {@link #await} does.
   *
   * @return 0 if its command goes on, or {@code -errno} of either
   */
  public int submit() {
    announce();
    int submitted;
    do {
      submitted = sys.ioUringEnter(fd.get(), 1, 0, 0);
    } while (submitted < 0 && isPassing(-submitted));
    if (submitted < 0 || !isDone()) {
      return Math.min(submitted, 0);
    }
    VarHandle.acquireFence(); // the tail before the completion
    return Math.min(result(rings.buffer().getInt(cqHead)), 0);
  }

  /** Whether the command that was submitted last has ended, so that {@link #await} is short. */
  public boolean isDone() {
    ByteBuffer bytes = rings.buffer();
    return bytes.getInt(cqHead) != bytes.getInt(cqTail);
  }

  /**
   * Waits for the end of the command that was submitted last.
   *
   * @return as for {@link #run}
   */
  public int await() {
    return await(0);
  }

  private void announce() {
    ByteBuffer bytes = rings.buffer();
    VarHandle.releaseFence(); // the entry before the tail
    bytes.putInt(sqTail, bytes.getInt(sqTail) + 1);
  }

  private int await(int entries) {
    ByteBuffer bytes = rings.buffer();
    int pending = entries;
    int head = bytes.getInt(cqHead);
    while (head == bytes.getInt(cqTail)) {
      int submitted = sys.ioUringEnter(fd.get(), pending, 1, enterFlags);
      if (submitted >= 0) {
        pending -= submitted;
      } else if (!isPassing(-submitted)) {
        return submitted;
      }
    }
    VarHandle.acquireFence(); // the tail before the completion
    int result = result(head);
    VarHandle.releaseFence(); // the completion before the head
    bytes.putInt(cqHead, head + 1);
    return result;
  }

  private int result(int head) {
    return rings
        .buffer()
        .getInt(cqes + (head & cqMask) * IoUringAbi.CQE_LENGTH + IoUringAbi.CQE_RES);
  }

  private static boolean isPassing(int errno) {
    return errno == Errno.EINTR || errno == Errno.EAGAIN || errno == Errno.EBUSY;
  }

  @Override
  public void close() {
    entry.close();
    rings.close();
    fd.close();
  }
}
