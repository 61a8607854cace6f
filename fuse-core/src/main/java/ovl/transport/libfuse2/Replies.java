package ovl.transport.libfuse2;

import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;

/**
 * The channel through which libfuse sends its replies: writes them to the kernel, and takes out of
 * those that carry attributes the permission to keep them, where the file has hard links. libfuse 2
 * gives each name an inode of its own, and what is changed by one name could not be seen by the
 * other; but it knows one validity for all files only.
 *
 * <pre>
 * struct fuse_out_header:   0 u32 len   4 s32 error   8 u64 unique
 * struct fuse_attr_out:     0 u64 attr_valid   8 u32 attr_valid_nsec   16 struct fuse_attr
 * struct fuse_entry_out:    0 u64 nodeid  24 u64 attr_valid  36 u32 attr_valid_nsec  40 fuse_attr
 * struct fuse_attr:        60 u32 mode   64 u32 nlink
 * struct iovec:             0 void *iov_base   8 size_t iov_len
 * struct fuse_notify_inval_inode_out:  0 u64 ino   8 s64 off   16 s64 len
 * </pre>
 */
final class Replies {
  private static final int LOOKUP = 1;
  private static final int GETATTR = 3;
  private static final int SETATTR = 4;
  private static final int SYMLINK = 6;
  private static final int MKNOD = 8;
  private static final int MKDIR = 9;
  private static final int LINK = 13;
  private static final int CREATE = 35;

  private static final int NLINK = 64;
  private static final int OUT_HEADER = 16;
  private static final int IN_HEADER = 40;
  private static final int IOVEC = 16;
  private static final int NOTIFY_INVAL_INODE = 2;
  private static final int NOTIFY_LENGTH = OUT_HEADER + 24;

  private final Syscalls sys;
  private final Calls calls;
  private final OpenInodes inodes;
  private final int fd;

  /** The native side points to these, and the collector does not know that. */
  private final Callbacks.Send send = this::send;

  private final Pointer sendFunction;
  private final Memory operations;

  /**
   * @param fd of the kernel's channel
   */
  Replies(Syscalls sys, Calls calls, OpenInodes inodes, int fd) {
    this.sys = sys;
    this.inodes = inodes;
    this.calls = calls;
    this.fd = fd;
    sendFunction =
        Runtime.getSystemRuntime()
            .getClosureManager()
            .getClosurePointer(Callbacks.Send.class, send);
    operations = Memory.map(sys, 3 * 8);
    NativeBytes.putLong(operations.address() + 8, sendFunction.address());
  }

  /** struct fuse_chan_ops: 0 receive, 8 send, 16 destroy; only the second is set. */
  long operations() {
    return operations.address();
  }

  void close() {
    operations.close();
  }

  /** As libfuse wants it: 0 or {@code -errno}; without vectors there is nothing to send. */
  int send(long chan, long vectors, long count) {
    if (vectors == 0) {
      return 0;
    }
    Call call = calls.current();
    if (count > 1) {
      change(call, NativeBytes.getLong(vectors + IOVEC));
    }
    long result = sys.writev(fd, vectors, (int) count);
    if (result < 0 && count > 1 && call.created != null) {
      // Nobody waits for the file any more; libfuse releases it next.
      inodes.closed(NativeBytes.getLong(NativeBytes.getLong(vectors + IOVEC)), call.created);
    }
    call.created = null;
    return result < 0 ? (int) result : 0;
  }

  private void change(Call call, long body) {
    switch (call.opcode()) {
      case LOOKUP, SYMLINK, MKNOD, MKDIR -> limit(body + 24, body + 36, body + 40);
      case CREATE -> {
        limit(body + 24, body + 36, body + 40);
        if (call.created != null) {
          inodes.opened(NativeBytes.getLong(body), call.created);
        }
      }
      case LINK -> {
        limit(body + 24, body + 36, body + 40);
        distrust(NativeBytes.getLong(call.request() + IN_HEADER));
      }
      case GETATTR -> {
        NativeBytes.putInt(body + 16 + NLINK, call.nlink);
        limit(body, body + 8, body + 16);
      }
      case SETATTR -> limit(body, body + 8, body + 16);
      default -> {
        // No attributes in it.
      }
    }
  }

  private static void limit(long valid, long validNanos, long attr) {
    int mode = NativeBytes.getInt(attr + 60);
    if (!Linux.isDirectory(mode) && NativeBytes.getInt(attr + NLINK) != 1) {
      NativeBytes.putLong(valid, 0);
      NativeBytes.putInt(validNanos, 0);
    }
  }

  /** What the kernel keeps of the file's first name was true as long as it was the only one. */
  private void distrust(long nodeid) {
    try (Memory notice = Memory.map(sys, NOTIFY_LENGTH)) {
      long at = notice.address();
      NativeBytes.putInt(at, NOTIFY_LENGTH);
      NativeBytes.putInt(at + 4, NOTIFY_INVAL_INODE);
      NativeBytes.putLong(at + OUT_HEADER, nodeid);
      NativeBytes.putLong(at + OUT_HEADER + 8, -1); // the attributes only
      // ENOENT: the kernel knows the inode no more. It has nothing to forget then.
      sys.write(fd, at, NOTIFY_LENGTH);
    }
  }
}
