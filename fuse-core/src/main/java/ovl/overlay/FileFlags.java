package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** File flags and extended file attributes (chattr(1)): the ioctls that a filesystem answers. */
final class FileFlags {
  private static final int FLAGS_LENGTH = 4;
  private static final int FSXATTR_LENGTH = 28;

  private final Syscalls sys;
  private final Places places;
  private final Handles handles;
  private final CopyUp copyUp;
  private final KernelCache kernel;
  private final Protection protection;

  FileFlags(VerbContext context, Handles handles, CopyUp copyUp) {
    this.sys = context.sys();
    this.places = context.places();
    this.kernel = context.kernel();
    this.protection = context.protection();
    this.handles = handles;
    this.copyUp = copyUp;
  }

  /**
   * @return the number of result bytes
   * @throws ErrnoException ENOTTY for any other command
   */
  int ioctl(Node node, long fh, int command, long in, int inSize, long out, int outSize)
      throws ErrnoException {
    long request = command & 0xffffffffL;
    if (request == Linux.FS_IOC_GETFLAGS) {
      return get(node, fh, request, out, outSize, FLAGS_LENGTH);
    }
    if (request == Linux.FS_IOC_FSGETXATTR) {
      return get(node, fh, request, out, outSize, FSXATTR_LENGTH);
    }
    if (request == Linux.FS_IOC_SETFLAGS) {
      return set(node, fh, request, in, inSize, FLAGS_LENGTH);
    }
    if (request == Linux.FS_IOC_FSSETXATTR) {
      return set(node, fh, request, in, inSize, FSXATTR_LENGTH);
    }
    throw ErrnoException.of(Errno.ENOTTY);
  }

  private int get(Node node, long fh, long request, long out, int outSize, int length)
      throws ErrnoException {
    if (outSize < length) {
      throw ErrnoException.of(Errno.EINVAL);
    }
    NativeBytes.write(out, new byte[outSize]);
    call(node, fh, request, out);
    int shown = bits(protection.of(node), length);
    NativeBytes.putInt(out, NativeBytes.getInt(out) | shown);
    return outSize;
  }

  private int set(Node node, long fh, long request, long in, int inSize, int length)
      throws ErrnoException {
    if (inSize < length) {
      throw ErrnoException.of(Errno.EINVAL);
    }
    copyUp.ensureUpper(node);
    int asked = NativeBytes.getInt(in);
    int held = bits(Protection.ANY, length);
    try {
      protection.set(node, protectionOf(asked, length));
      // On upper the flags themselves would forbid what the overlay has to do there.
      NativeBytes.putInt(in, asked & ~held);
      call(node, fh, request, in);
    } finally {
      kernel.changed(node);
    }
    return 0;
  }

  /** As they are in the first word of the structure of this length. */
  private static int bits(int protection, int length) {
    if (length == FLAGS_LENGTH) {
      return protection;
    }
    return ((protection & Protection.IMMUTABLE) != 0 ? Linux.FS_XFLAG_IMMUTABLE : 0)
        | ((protection & Protection.APPEND) != 0 ? Linux.FS_XFLAG_APPEND : 0);
  }

  private static int protectionOf(int bits, int length) {
    if (length == FLAGS_LENGTH) {
      return bits & Protection.ANY;
    }
    return ((bits & Linux.FS_XFLAG_IMMUTABLE) != 0 ? Protection.IMMUTABLE : 0)
        | ((bits & Linux.FS_XFLAG_APPEND) != 0 ? Protection.APPEND : 0);
  }

  private void call(Node node, long fh, long request, long argument) throws ErrnoException {
    if (node.real().data() != null) {
      // The handle is of the data; the flags are those of the metadata.
      callByName(node, request, argument);
      return;
    }
    int fd = node.isDirectory() ? -1 : handles.fdOrNone(fh);
    if (fd >= 0) {
      check(sys.ioctl(fd, request, argument));
      return;
    }
    if (!node.isDirectory()) {
      throw ErrnoException.of(Errno.EBADF);
    }
    RealDir dir = node.real().top();
    int dirFd = dir.acquire();
    try {
      int flags = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
      int opened = check(sys.openat(dirFd, Scratch.current(sys).path("."), flags, 0));
      try {
        check(sys.ioctl(opened, request, argument));
      } finally {
        sys.close(opened);
      }
    } finally {
      dir.release();
    }
  }

  private void callByName(Node node, long request, long argument) throws ErrnoException {
    try (Places.Pinned at = places.pin(node)) {
      int flags = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_CLOEXEC;
      Scratch scratch = Scratch.current(sys);
      int opened =
          check(
              at.isSelf()
                  ? sys.openat(Linux.AT_FDCWD, scratch.procFd(at.fd()), flags, 0)
                  : sys.openat(at.fd(), at.name(), flags | Linux.O_NOFOLLOW, 0));
      try {
        check(sys.ioctl(opened, request, argument));
      } finally {
        sys.close(opened);
      }
    }
  }
}
