package ovl.overlay;

import java.util.concurrent.locks.ReentrantLock;
import ovl.layer.Layer;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Where nodes are. Holding a node's placeLock keeps its names and its real object where they are,
 * so that a system call by (directory descriptor, name) hits this object and no other. The locks
 * are a fixed set shared by all nodes; no data is copied under one.
 */
final class Places {
  private static final int STRIPES = 1024;

  private final Syscalls sys;
  private final Index index;
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];

  Places(Syscalls sys, Index index) {
    this.sys = sys;
    this.index = index;
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new ReentrantLock();
    }
  }

  /** One or two placeLocks, released by close. */
  static final class Held implements AutoCloseable {
    private final ReentrantLock first;
    private final ReentrantLock second;

    private Held(ReentrantLock first, ReentrantLock second) {
      this.first = first;
      this.second = second;
    }

    @Override
    public void close() {
      if (second != null) {
        second.unlock();
      }
      first.unlock();
      assert LockOrder.leave(LockOrder.PLACE);
    }
  }

  Held lock(Node node) {
    assert LockOrder.enter(LockOrder.PLACE);
    ReentrantLock lock = stripes[stripe(node)];
    // Before the lock is taken: without memory for it, nobody would ever release the lock.
    Held held = new Held(lock, null);
    lock.lock();
    return held;
  }

  /**
   * Locks two nodes in the one order that all callers share.
   *
   * @param second may be null
   */
  Held lock(Node first, Node second) {
    if (second == null) {
      return lock(first);
    }
    assert LockOrder.enter(LockOrder.PLACE);
    int a = stripe(first);
    int b = stripe(second);
    ReentrantLock lower = stripes[Math.min(a, b)];
    ReentrantLock higher = stripes[Math.max(a, b)];
    Held held = new Held(lower, higher);
    lower.lock();
    boolean done = false;
    try {
      higher.lock(); // which takes memory where somebody else has it
      done = true;
    } finally {
      if (!done) {
        lower.unlock();
      }
    }
    return held;
  }

  private static int stripe(Node node) {
    return node.lockNumber() & (STRIPES - 1);
  }

  /** The way to a node's real object for {@code *at} calls, good until close. */
  static final class Pinned implements AutoCloseable {
    private final Held held;
    private final RealDir dir;
    private final int fd;
    private final long name;
    private final int nameLength;

    private Pinned(Held held, RealDir dir, int fd, long name, int nameLength) {
      this.held = held;
      this.dir = dir;
      this.fd = fd;
      this.name = name;
      this.nameLength = nameLength;
    }

    /** The descriptor of the directory, or of the object itself. */
    int fd() {
      return fd;
    }

    /** The name in the first path area of the scratch memory, or the empty string. */
    long name() {
      return name;
    }

    int nameLength() {
      return nameLength;
    }

    /** The layer that the object is in. */
    Layer layer(LayerStack stack) {
      return dir != null ? dir.layer() : stack.upper();
    }

    /** True if {@link #fd} is the object itself. */
    boolean isSelf() {
      return nameLength == 0;
    }

    /** The flags that go with fd and name: the object itself, and no link is followed. */
    int flags() {
      return isSelf() ? Linux.AT_EMPTY_PATH : Linux.AT_SYMLINK_NOFOLLOW;
    }

    /** The object as a path through /proc, for calls that have no {@code *at} form. */
    long procPath(Scratch scratch) {
      return isSelf() ? scratch.procFd(fd) : scratch.procFd(fd, name, nameLength);
    }

    @Override
    public void close() {
      if (dir != null) {
        dir.release();
      }
      if (held != null) {
        held.close();
      }
    }
  }

  /**
   * Finds and holds a node's real object: a directory by its descriptor, a leaf by its name, an
   * unlinked leaf on upper by the descriptor kept for that. Uses the first path area.
   */
  Pinned pin(Node node) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    if (node.isDirectory()) {
      // A real directory is where it is, whatever happens to its name: nothing to hold in place.
      return pinDirectory(node, scratch);
    }
    Held held = lock(node);
    boolean done = false;
    try {
      Pinned pinned = pinLeafLocked(node, scratch, held);
      done = true;
      return pinned;
    } finally {
      if (!done) {
        held.close();
      }
    }
  }

  private static Pinned pinDirectory(Node node, Scratch scratch) throws ErrnoException {
    for (; ; ) {
      RealStack real = node.real();
      RealDir dir = real.top();
      try {
        return pinned(null, dir, scratch.empty(), 0);
      } catch (ErrnoException e) {
        if (real == node.real()) {
          throw e;
        }
        // Copied up, or emptied by a rename over it, in between.
      }
    }
  }

  /**
   * Gives the real object of a leaf on upper one more name. Requires: placeLock(node).
   *
   * @param name outside the first path area
   * @return 0 or -errno
   */
  int linkLocked(Node node, int dirFd, long name) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    try (Pinned from = pinLeafLocked(node, scratch, null)) {
      if (!from.isSelf()) {
        return sys.linkat(from.fd(), from.name(), dirFd, name, 0);
      }
      int rc = sys.linkat(from.fd(), scratch.empty(), dirFd, name, Linux.AT_EMPTY_PATH);
      if (rc != -Errno.ENOENT) {
        return rc;
      }
      // Without CAP_DAC_READ_SEARCH the way over /proc is open to the one who made the file.
      long path = scratch.procFd(from.fd());
      return sys.linkat(Linux.AT_FDCWD, path, dirFd, name, Linux.AT_SYMLINK_FOLLOW);
    }
  }

  private Pinned pinLeafLocked(Node node, Scratch scratch, Held held) throws ErrnoException {
    if (node.orphan() != null) {
      return new Pinned(held, null, node.orphan().get(), scratch.empty(), 0);
    }
    byte[] entry = node.indexEntry();
    if (entry != null) {
      return new Pinned(held, null, index.fd(), scratch.path(entry), entry.length);
    }
    Place place = node.place();
    RealDir dir = place.realParent();
    byte[] name = place.name().bytes();
    return pinned(held, dir, scratch.path(name), name.length);
  }

  private static Pinned pinned(Held held, RealDir dir, long name, int nameLength)
      throws ErrnoException {
    int fd = dir.acquire();
    boolean done = false;
    try {
      Pinned pinned = new Pinned(held, dir, fd, name, nameLength);
      done = true;
      return pinned;
    } finally {
      if (!done) {
        dir.release();
      }
    }
  }
}
