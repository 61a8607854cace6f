package ovl.transport.dev;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.KernelNotifier;
import ovl.sys.Errno;
import ovl.sys.Memory;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.NotifyCode;
import ovl.transport.dev.wire.NotifyInvalInodeOut;
import ovl.transport.dev.wire.NotifyPruneOut;
import ovl.transport.dev.wire.NotifyStoreOut;
import ovl.transport.dev.wire.OutHeader;

/**
 * Notifications by the session's device. To forget a node the kernel may have to write its pages
 * first, by requests: that is therefore asked for by a thread of its own. Attributes ask for
 * nothing.
 */
final class DeviceNotifier implements KernelNotifier, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeviceNotifier.class);

  /** The protocol that knows FUSE_NOTIFY_PRUNE. */
  private static final int PRUNE_MINOR = 45;

  /** How many nodes one notification names. */
  private static final int PRUNE_COUNT = 500;

  /** How many wait for pages at the same time, and how long somebody waits for one of them. */
  private static final int MOST_DROPPING = 8;

  private static final int PATIENCE_MILLIS = 100;

  private static final int BLOCKS = 64;
  private static final int BLOCK = 128;

  /** Where in a block two struct iovec are. */
  private static final int VECTOR = 64;

  private final Syscalls sys;
  private final FuseDevice device;
  private final boolean canPrune;
  private final ThreadPoolExecutor pruning;
  private final ThreadPoolExecutor dropping;

  /** Shared: the descriptor is in use; exclusive: it is given up. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  /** One block for each of some threads, as nearly every change is told: seldom does one wait. */
  private final Memory blocks;

  private final Object[] blockLocks = new Object[BLOCKS];
  private boolean closed;

  DeviceNotifier(Syscalls sys, FuseDevice device, Capabilities agreed) {
    this.sys = sys;
    this.device = device;
    this.canPrune = agreed.minor() >= PRUNE_MINOR;
    blocks = Memory.map(sys, BLOCKS * BLOCK);
    for (int i = 0; i < BLOCKS; i++) {
      blockLocks[i] = new Object();
    }
    pruning = threads(1);
    dropping = threads(MOST_DROPPING);
  }

  private static ThreadPoolExecutor threads(int most) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            most,
            most,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new Threads(),
            new ThreadPoolExecutor.DiscardPolicy()); // only after close, when nobody remembers
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  private static final class Threads implements ThreadFactory {
    @Override
    public Thread newThread(Runnable task) {
      Thread thread = new Thread(task, "ovl-notify");
      thread.setDaemon(true);
      return thread;
    }
  }

  /** Offset -1: the attributes alone, no page of the file. */
  @Override
  public void invalidateAttributes(long nodeid) {
    int length = OutHeader.LENGTH + NotifyInvalInodeOut.LENGTH;
    int block = (int) (Thread.currentThread().getId() % BLOCKS);
    int at = block * BLOCK;
    synchronized (blockLocks[block]) {
      begin(blocks, at, NotifyCode.NOTIFY_INVAL_INODE, length);
      new NotifyInvalInodeOut()
          .wrap(blocks.buffer(), at + OutHeader.LENGTH)
          .ino(nodeid)
          .off(-1)
          .len(0);
      send(blocks.address() + at, length);
    }
  }

  /**
   * Makes the kernel drop pages of a file. That may take until requests are answered that have to
   * do with them and that wait, perhaps behind the one that the caller is serving: so it is not
   * waited for for ever, and happens later then.
   */
  void dropPages(long nodeid, long offset, int count) {
    Future<?> dropped = dropping.submit(() -> sendDrop(nodeid, offset, count));
    try {
      dropped.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      log.debug("pages of nodeid={} are in use", nodeid);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      log.warn("pages of nodeid={} not dropped", nodeid, e.getCause());
    }
  }

  private void sendDrop(long nodeid, long offset, int count) {
    int length = OutHeader.LENGTH + NotifyInvalInodeOut.LENGTH;
    try (Memory memory = Memory.map(sys, length)) {
      begin(memory, 0, NotifyCode.NOTIFY_INVAL_INODE, length);
      new NotifyInvalInodeOut()
          .wrap(memory.buffer(), OutHeader.LENGTH)
          .ino(nodeid)
          .off(offset)
          .len(count);
      send(memory.address(), length);
    }
  }

  @Override
  public boolean canStore() {
    return true;
  }

  @Override
  public void store(long nodeid, long address, int length) {
    int head = OutHeader.LENGTH + NotifyStoreOut.LENGTH;
    int block = (int) (Thread.currentThread().getId() % BLOCKS);
    int at = block * BLOCK;
    synchronized (blockLocks[block]) {
      begin(blocks, at, NotifyCode.NOTIFY_STORE, head + length);
      new NotifyStoreOut()
          .wrap(blocks.buffer(), at + OutHeader.LENGTH)
          .nodeid(nodeid)
          .offset(0)
          .size(length);
      blocks
          .buffer()
          .putLong(at + VECTOR, blocks.address() + at)
          .putLong(at + VECTOR + 8, head)
          .putLong(at + VECTOR + 16, address)
          .putLong(at + VECTOR + 24, length);
      sendVector(blocks.address() + at + VECTOR, 2);
    }
  }

  /**
   * An older kernel cannot be asked: for it to forget an entry means to unmount what is mounted
   * there (d_invalidate).
   */
  @Override
  public boolean canPrune() {
    return canPrune;
  }

  @Override
  public void prune(long[] nodeids) {
    if (canPrune) {
      pruning.execute(() -> sendPrune(nodeids));
    }
  }

  private void sendPrune(long[] nodeids) {
    int payload = OutHeader.LENGTH + NotifyPruneOut.LENGTH;
    try (Memory memory = Memory.map(sys, payload + PRUNE_COUNT * Long.BYTES)) {
      for (int from = 0; from < nodeids.length; from += PRUNE_COUNT) {
        int count = Math.min(PRUNE_COUNT, nodeids.length - from);
        int length = payload + count * Long.BYTES;
        begin(memory, 0, NotifyCode.NOTIFY_PRUNE, length);
        new NotifyPruneOut().wrap(memory.buffer(), OutHeader.LENGTH).count(count);
        for (int i = 0; i < count; i++) {
          memory.buffer().putLong(payload + i * Long.BYTES, nodeids[from + i]);
        }
        send(memory.address(), length);
      }
    }
  }

  private static void begin(Memory memory, int at, int code, int length) {
    new OutHeader().wrap(memory.buffer(), at).len(length).error(code).unique(0);
  }

  private void send(long address, int length) {
    use.readLock().lock();
    try {
      report(closed ? 0 : sys.write(device.fd(), address, length));
    } finally {
      use.readLock().unlock();
    }
  }

  private void sendVector(long vector, int count) {
    use.readLock().lock();
    try {
      report(closed ? 0 : sys.writev(device.fd(), vector, count));
    } finally {
      use.readLock().unlock();
    }
  }

  /** ENOENT: the kernel does not know the node, or not any more. */
  private static void report(long result) {
    if (result < 0 && result != -Errno.ENOENT && result != -Errno.ENODEV) {
      log.warn("notification of the kernel: {}", Errno.name((int) -result));
    }
  }

  /** Only when the mount has ended: until then a notification may block on a request. */
  @Override
  public void close() {
    pruning.shutdownNow();
    dropping.shutdownNow();
    use.writeLock().lock();
    closed = true;
    use.writeLock().unlock();
    // Its memory stays: a copy-up that is just ending may still write to it.
  }
}
