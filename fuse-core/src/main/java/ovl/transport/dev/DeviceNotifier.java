package ovl.transport.dev;

import java.util.Arrays;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.KernelNotifier;
import ovl.sys.Errno;
import ovl.sys.Memory;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.NotifyCode;
import ovl.transport.dev.wire.NotifyInvalEntryOut;
import ovl.transport.dev.wire.NotifyInvalInodeOut;
import ovl.transport.dev.wire.OutHeader;

/**
 * Notifications by the session's device. To forget an entry the kernel takes the lock of the
 * directory, which the process that waits for the very request being served may hold: entries are
 * therefore invalidated by a thread of their own, a moment later. Attributes take no such lock.
 */
final class DeviceNotifier implements KernelNotifier, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeviceNotifier.class);

  /** FUSE_NAME_MAX, the kernel's limit on names in notifications. */
  private static final int NAME_MAX = 1024;

  private static final int BLOCKS = 64;
  private static final int BLOCK = 64;

  private final Syscalls sys;
  private final FuseDevice device;
  private final ThreadPoolExecutor entries;

  /** Shared: the descriptor is in use; exclusive: it is given up. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  /** One block for each of some threads, as nearly every change is told: seldom does one wait. */
  private final Memory blocks;

  private final Object[] blockLocks = new Object[BLOCKS];
  private boolean closed;

  DeviceNotifier(Syscalls sys, FuseDevice device) {
    this.sys = sys;
    this.device = device;
    blocks = Memory.map(sys, BLOCKS * BLOCK);
    Arrays.setAll(blockLocks, i -> new Object());
    entries =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "ovl-notify");
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.DiscardPolicy()); // only after close, when nobody remembers
    entries.allowCoreThreadTimeOut(true);
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

  @Override
  public void invalidateEntry(long parent, byte[] name) {
    if (name.length == 0 || name.length > NAME_MAX) {
      throw new IllegalArgumentException("name of " + name.length + " bytes");
    }
    entries.execute(() -> sendEntry(parent, name));
  }

  private void sendEntry(long parent, byte[] name) {
    int length = OutHeader.LENGTH + NotifyInvalEntryOut.LENGTH + name.length + 1;
    try (Memory memory = start(NotifyCode.NOTIFY_INVAL_ENTRY, length)) {
      NotifyInvalEntryOut out =
          new NotifyInvalEntryOut()
              .wrap(memory.buffer(), OutHeader.LENGTH)
              .parent(parent)
              .namelen(name.length)
              .flags(0);
      memory.buffer().put(out.tail(), name, 0, name.length);
      send(memory.address(), length);
    }
  }

  private Memory start(int code, int length) {
    Memory memory = Memory.map(sys, length);
    begin(memory, 0, code, length);
    return memory;
  }

  private static void begin(Memory memory, int at, int code, int length) {
    new OutHeader().wrap(memory.buffer(), at).len(length).error(code).unique(0);
  }

  /** ENOENT: the kernel had nothing to forget. */
  private void send(long address, int length) {
    use.readLock().lock();
    try {
      long result = closed ? 0 : sys.write(device.fd(), address, length);
      if (result < 0 && result != -Errno.ENOENT && result != -Errno.ENODEV) {
        log.warn("notification of the kernel: {}", Errno.name((int) -result));
      }
    } finally {
      use.readLock().unlock();
    }
  }

  /** Only when the mount has ended: until then a notification may block on a request. */
  @Override
  public void close() {
    entries.shutdownNow();
    use.writeLock().lock();
    closed = true;
    use.writeLock().unlock();
    // Its memory stays: a copy-up that is just ending may still write to it.
  }
}
