package ovl.transport.libfuse2;

import java.util.concurrent.CountDownLatch;
import jnr.ffi.LibraryLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;
import ovl.transport.MountException;

/**
 * One libfuse session: mounts, lets threads of the JVM read requests from the channel and hand them
 * to libfuse, and takes everything down when the last of them has seen the end. A thread is added
 * whenever all are busy, so that requests that take long (a copy-up) do not stop the others.
 */
final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  /** Beyond this, requests wait; libfuse itself would go on without limit. */
  private static final int MOST_THREADS = 32;

  private static final int FD_CLOEXEC = 1;
  private static final int POLLERR = 8;

  private final Syscalls sys;
  private final LibFuse2 lib;
  private final OperationTable operations;
  private final Calls calls;
  private final OpenInodes inodes;
  private final Runnable atEnd;
  private final CountDownLatch ended = new CountDownLatch(1);
  private long fuse;
  private long mountpoint;
  private long session;
  private long chan;
  private Replies replies;
  private long replyChan;
  private int threads;
  private int idle;
  private boolean isMounted;

  /**
   * @param atEnd run once, after the last request of a mount that came about
   */
  Session(Syscalls sys, OperationTable operations, Calls calls, OpenInodes inodes, Runnable atEnd) {
    this.inodes = inodes;
    this.sys = sys;
    this.operations = operations;
    this.calls = calls;
    this.atEnd = atEnd;
    this.lib = LibraryLoader.create(LibFuse2.class).failImmediately().load("libfuse.so.2");
  }

  /**
   * Mounts, without serving.
   *
   * @throws MountException nothing is mounted then; libfuse has said why on standard error
   */
  void mount(String path, String options) throws MountException {
    String[] words = {"ovl", "-f", "-o", options, path};
    int length = 8 * (words.length + 3);
    for (String word : words) {
      length += Arguments.string(word).length;
    }
    String said;
    try (Memory memory = Memory.map(sys, length);
        StandardError stderr = new StandardError(sys)) {
      long argv = memory.address();
      long results = argv + 8L * (words.length + 1);
      putWords(words, argv, results + 16);
      fuse =
          lib.fuse_setup(
              words.length, argv, operations.address(), operations.size(), results, results + 8, 0);
      mountpoint = NativeBytes.getLong(results);
      said = stderr.text();
    } catch (ErrnoException e) {
      throw new MountException("standard error: " + Errno.text(e.errno()), e);
    }
    if (fuse == 0) {
      throw new MountException(said.isEmpty() ? "libfuse2 could not mount" : lastLine(said));
    }
    if (!said.isEmpty()) {
      LOG.warn("libfuse2: {}", said);
    }
    session = lib.fuse_get_session(fuse);
    chan = lib.fuse_session_next_chan(session, 0);
    // It may have set some where the JVM has none (java -Xrs). Ending is the daemon's business.
    lib.fuse_remove_signal_handlers(session);
    int fd = lib.fuse_chan_fd(chan);
    sys.fcntl(fd, Linux.F_SETFD, FD_CLOEXEC);
    replies = new Replies(sys, calls, inodes, fd);
    replyChan = lib.fuse_chan_new(replies.operations(), fd, lib.fuse_chan_bufsize(chan), 0);
    isMounted = true;
  }

  private static String lastLine(String text) {
    return text.substring(text.lastIndexOf('\n') + 1);
  }

  private static void putWords(String[] words, long pointers, long text) {
    long at = text;
    for (int i = 0; i < words.length; i++) {
      byte[] bytes = Arguments.string(words[i]);
      NativeBytes.write(at, bytes);
      NativeBytes.putLong(pointers + 8L * i, at);
      at += bytes.length;
    }
  }

  /** Starts that many threads to begin with. */
  synchronized void serve(int count) {
    for (int i = 0; i < count; i++) {
      startWorker();
    }
  }

  private synchronized void startWorker() {
    threads++;
    idle++;
    Thread worker = new Thread(this::work, "libfuse2-" + threads);
    worker.setDaemon(true);
    worker.start();
  }

  private void work() {
    int size = (int) lib.fuse_chan_bufsize(chan);
    try (Memory memory = Memory.map(sys, size + 4096)) {
      // The pointer to the channel first, on a page of its own: the kernel wants aligned pages.
      long buffer = memory.address() + 4096;
      int length = receive(memory.address(), buffer, size);
      while (length > 0) {
        busy();
        process(buffer, length);
        rest();
        length = receive(memory.address(), buffer, size);
      }
    } catch (RuntimeException | Error e) {
      LOG.error("a thread of the mount died", e);
    } finally {
      calls.leave();
      leave();
    }
  }

  private void process(long buffer, int length) {
    Call call = calls.current();
    call.request(buffer);
    inodes.divert(call);
    lib.fuse_session_process(session, buffer, length, replyChan);
    inodes.settle(call);
    call.request(0);
  }

  /** The length of the next request; 0 or less: there will be none. */
  private int receive(long chanPointer, long buffer, long size) {
    int length;
    do {
      NativeBytes.putLong(chanPointer, chan);
      length = lib.fuse_chan_recv(chanPointer, buffer, size);
    } while (length == -Errno.EINTR || length == -Errno.EAGAIN);
    return length;
  }

  private synchronized void busy() {
    idle--;
    if (idle == 0 && threads < MOST_THREADS) {
      startWorker();
    }
  }

  private synchronized void rest() {
    idle++;
  }

  private void leave() {
    synchronized (this) {
      threads--;
      idle--;
      if (threads > 0) {
        return;
      }
      isMounted = false;
    }
    try {
      // Does nothing to the mountpoint if the kernel has let go of the channel, the usual case.
      // Not fuse_teardown, which complains when there are no signal handlers to remove.
      lib.fuse_unmount(mountpoint, chan);
      lib.fuse_destroy(fuse);
      lib.fuse_chan_destroy(replyChan);
      replies.close();
      atEnd.run();
    } finally {
      ended.countDown();
    }
  }

  void awaitEnd() throws InterruptedException {
    ended.await();
  }

  boolean hasEnded() {
    return ended.getCount() == 0;
  }

  /** What unmounts a path, with 0 or MNT_DETACH; {@code -errno} if it cannot. */
  @FunctionalInterface
  interface Unmounter {
    int unmount(boolean isLazy);
  }

  /**
   * Has the mountpoint unmounted if the session still owns it: plainly, or else lazily.
   *
   * @return 0 or {@code -errno}
   */
  synchronized int unmount(Unmounter unmounter) {
    if (!isMounted || isDetached()) {
      return 0;
    }
    int result = unmounter.unmount(false);
    if (result != 0) {
      result = unmounter.unmount(true);
    }
    if (result == 0) {
      isMounted = false;
    }
    return result;
  }

  /** The channel's descriptor reports an error once its mount is gone. */
  private boolean isDetached() {
    try (Memory poll = Memory.map(sys, 8)) {
      NativeBytes.putInt(poll.address(), lib.fuse_chan_fd(chan));
      NativeBytes.putInt(poll.address() + 4, 0);
      return sys.poll(poll.address(), 1, 0) == 1
          && (NativeBytes.getInt(poll.address() + 4) >>> 16 & POLLERR) != 0;
    }
  }
}
