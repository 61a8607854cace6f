package ovl.transport.dev;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;
import ovl.transport.dev.wire.OutHeader;
import ovl.transport.dev.wire.Protocol;

/**
 * One open /dev/fuse: the session's, which belongs to the mount, or a clone of it, so that the
 * requests in work by one thread are a list of their own in the kernel.
 */
final class FuseDevice implements Channel, BackingFiles.Registry {
  static final String PATH = "/dev/fuse";

  private static final Logger log = LoggerFactory.getLogger(FuseDevice.class);

  private final Syscalls sys;
  private final Fd fd;
  private final boolean shared;

  private FuseDevice(Syscalls sys, Fd fd, boolean shared) {
    this.sys = sys;
    this.fd = fd;
    this.shared = shared;
  }

  /** Opens a device that is not connected to a mount yet. */
  static FuseDevice open(Syscalls sys) throws ErrnoException {
    return of(sys, ErrnoException.check(openDevice(sys)));
  }

  /** Takes over a descriptor that somebody else opened and mounted. */
  static FuseDevice of(Syscalls sys, int fd) {
    return new FuseDevice(sys, new Fd(sys, fd), false);
  }

  private static int openDevice(Syscalls sys) {
    long path = Scratch.current(sys).path(PATH);
    return sys.openat(Linux.AT_FDCWD, path, Linux.O_RDWR | Linux.O_CLOEXEC, 0);
  }

  /**
   * A second way to the same mount. Where the device cannot be opened any more, it is the same
   * descriptor again, which works as well, only with more contention.
   */
  FuseDevice duplicate() {
    int session = fd.get();
    int clone = openDevice(sys);
    if (clone < 0) {
      log.debug("clone of {}: open: {}", PATH, Errno.name(-clone));
      return new FuseDevice(sys, fd, true);
    }
    FuseDevice device = of(sys, clone);
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, session);
    int result = sys.ioctl(clone, Protocol.DEV_IOC_CLONE, scratch.words());
    if (result < 0) {
      log.debug("clone of {}: ioctl: {}", PATH, Errno.name(-result));
      device.close();
      return new FuseDevice(sys, fd, true);
    }
    return device;
  }

  /** The descriptor, for mount(2), ioctls and notifications. */
  int fd() {
    return fd.get();
  }

  @Override
  public int register(int backingFd) {
    Scratch scratch = Scratch.current(sys);
    // struct fuse_backing_map: s32 fd, u32 flags, u64 padding.
    scratch.word(0, backingFd);
    scratch.word(1, 0);
    return sys.ioctl(fd.get(), Protocol.DEV_IOC_BACKING_OPEN, scratch.words());
  }

  @Override
  public void unregister(int id) {
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, id);
    int result = sys.ioctl(fd.get(), Protocol.DEV_IOC_BACKING_CLOSE, scratch.words());
    if (result < 0) {
      log.warn("backing file {} stays open: {}", id, Errno.name(-result));
    }
  }

  @Override
  public boolean allowsDirect(int backingFd) {
    Scratch scratch = Scratch.current(sys);
    int flags = Linux.O_RDONLY | Linux.O_DIRECT | Linux.O_NOATIME | Linux.O_CLOEXEC;
    int opened = sys.openat(Linux.AT_FDCWD, scratch.procFd(backingFd), flags, 0);
    if (opened >= 0) {
      sys.close(opened);
    }
    return opened >= 0;
  }

  /** Waits for a request. False: none came within that time. */
  boolean awaitRequest(int millis) {
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, (long) Linux.POLLIN << 32 | fd.get());
    return sys.poll(scratch.words(), 1, millis) > 0;
  }

  @Override
  public boolean readRequest(Request in) {
    while (true) {
      long result = sys.read(fd.get(), in.address(), in.capacity());
      if (result >= 0) {
        in.received((int) result);
        return true;
      }
      switch ((int) -result) {
        case Errno.ENOENT, Errno.EAGAIN -> {
          // The request was withdrawn while it was being read: the next one.
        }
        case Errno.ENODEV, Errno.ECONNABORTED -> {
          // The mount has ended; ECONNABORTED while a request was being taken (fuse_dev_do_read).
          return false;
        }
        default -> {
          log.error("read of {}: {}", PATH, Errno.name((int) -result));
          return false;
        }
      }
    }
  }

  @Override
  public void writeReply(Reply reply) {
    long result = sys.write(fd.get(), reply.address(), reply.length());
    if (result < 0 && isUnexpected((int) -result)) {
      log.error("reply of {}: {}", reply, Errno.name((int) -result));
      reply.error(Errno.EIO);
      sys.write(fd.get(), reply.address(), OutHeader.LENGTH);
    }
  }

  /** Neither a request that was aborted meanwhile nor a mount that ended. */
  private static boolean isUnexpected(int errno) {
    return errno != Errno.ENOENT && errno != Errno.ENODEV && errno != Errno.EPERM;
  }

  @Override
  public void close() {
    if (!shared) {
      fd.close();
    }
  }
}
