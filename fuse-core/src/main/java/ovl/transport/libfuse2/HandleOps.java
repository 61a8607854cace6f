package ovl.transport.libfuse2;

import java.util.function.LongFunction;
import ovl.fs.NodeFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;
import ovl.transport.libfuse2.Handles.Handle;

/**
 * The callbacks that open, and those that name their object by what an open put into {@code
 * fuse_file_info.fh}; their path is NULL or ignored, so they also work on removed files. Data is
 * read and written at libfuse's own addresses, without a copy.
 *
 * <pre>
 * struct fuse_file_info:   0 s32 flags   8 ulong fh_old   16 s32 writepage
 *  20 u32 direct_io:1, keep_cache:1, flush:1, nonseekable:1, flock_release:1
 *  24 u64 fh   32 u64 lock_owner
 * </pre>
 */
final class HandleOps {
  private static final int FLAGS = 0;
  private static final int BITS = 20;
  private static final int FH = 24;
  private static final int DIRECT_IO = 1;

  private static final int FLAGS_SIZE = 4;
  private static final int FSXATTR_SIZE = 28;

  private final NodeFs fs;
  private final Calls calls;
  private final PathResolver paths;
  private final Handles handles;
  private final OpenInodes inodes;
  private final LongFunction<Callbacks.Fill> fillers;

  /**
   * @param fillers turns the address of a fill function into something to call
   */
  HandleOps(
      NodeFs fs,
      Calls calls,
      PathResolver paths,
      Handles handles,
      OpenInodes inodes,
      LongFunction<Callbacks.Fill> fillers) {
    this.fs = fs;
    this.calls = calls;
    this.paths = paths;
    this.handles = handles;
    this.inodes = inodes;
    this.fillers = fillers;
  }

  /** Sizes beyond 2 GiB do not occur; cut rather than overflow. */
  static int clamp(long size) {
    return (int) Math.min(size, Integer.MAX_VALUE);
  }

  private Handle handle(long info) throws ErrnoException {
    return handles.get(NativeBytes.getLong(info + FH));
  }

  /** What is done with an open object. */
  @FunctionalInterface
  private interface OnHandle {
    int run(Call call, Handle handle) throws ErrnoException;
  }

  private int onHandle(String name, long info, OnHandle operation) {
    return calls.answer(name, call -> operation.run(call, handle(info)));
  }

  /** What opens a node into the call's result. */
  @FunctionalInterface
  private interface Opener {
    void run(Call call, PathNode node) throws ErrnoException;
  }

  private int open(String name, long path, long info, Opener opener) {
    return calls.answer(
        name,
        call -> {
          PathNode node = paths.resolve(call, path);
          boolean isKept = false;
          try {
            call.open.clear();
            opener.run(call, node);
            opened(call, node, info);
            inodes.opened(call.inode(), node);
            isKept = true;
          } catch (ErrnoException e) {
            // The kernel repeats what failed with ESTALE, and must then find something better.
            if (e.errno() == Errno.ESTALE) {
              paths.distrust(path);
            }
            throw e;
          } finally {
            if (!isKept) {
              node.close();
            }
          }
          return 0;
        });
  }

  /**
   * Opens. With ATOMIC_O_TRUNC the kernel leaves it to the filesystem to drop setuid and setgid, as
   * it does with no other request; who has CAP_FSETID is not told, so it is root.
   */
  int open(long path, long info) {
    int flags = NativeBytes.getInt(info + FLAGS);
    return open(
        "open",
        path,
        info,
        (call, node) -> {
          boolean kill = (flags & Linux.O_TRUNC) != 0 && call.caller().uid() != 0;
          fs.open(call.caller(), node.nodeid, flags, kill, call.open);
        });
  }

  int create(long path, int mode, long info) {
    return calls.answer(
        "create",
        call -> {
          int flags = NativeBytes.getInt(info + FLAGS);
          long seen = paths.epoch();
          call.open.clear();
          try (PathNode parent = paths.parent(call, path, call.name)) {
            fs.create(call.caller(), parent.nodeid, call.name, mode, flags, call.entry, call.open);
          }
          call.created = paths.adopt(path, call.entry, seen);
          opened(call, call.created, info);
          return 0;
        });
  }

  /**
   * Never sets keep_cache: libfuse gives each name of a file an inode of its own, so pages kept for
   * one name could miss what was written by another.
   */
  private void opened(Call call, PathNode node, long info) {
    NativeBytes.putLong(info + FH, handles.add(node, call.open.fh));
    if (call.open.directIo) {
      NativeBytes.putInt(info + BITS, NativeBytes.getInt(info + BITS) | DIRECT_IO);
    }
  }

  /** By the handle, or for a request that {@link OpenInodes} has changed, by the node. */
  int fgetattr(long path, long stat, long info) {
    return calls.answer(
        "fgetattr",
        call -> {
          if (call.held != null) {
            fs.getattr(call.caller(), call.held.nodeid, NodeFs.NO_FH, call.attr);
          } else {
            Handle handle = handle(info);
            fs.getattr(call.caller(), handle.nodeid(), handle.fh(), call.attr);
          }
          call.writeStat(call.attr, stat);
          return 0;
        });
  }

  int ftruncate(long path, long size, long info) {
    return onHandle(
        "ftruncate",
        info,
        (call, handle) -> {
          call.set.clear();
          call.set.setSize = true;
          call.set.size = size;
          fs.setattr(call.caller(), handle.nodeid(), handle.fh(), call.set, call.attr);
          return 0;
        });
  }

  int read(long path, long buffer, long size, long offset, long info) {
    return onHandle(
        "read",
        info,
        (call, handle) -> fs.read(handle.nodeid(), handle.fh(), offset, clamp(size), buffer));
  }

  int write(long path, long buffer, long size, long offset, long info) {
    return onHandle(
        "write",
        info,
        (call, handle) ->
            fs.write(handle.nodeid(), handle.fh(), offset, clamp(size), buffer, false));
  }

  int flush(long path, long info) {
    return onHandle(
        "flush",
        info,
        (call, handle) -> {
          fs.flush(handle.nodeid(), handle.fh());
          return 0;
        });
  }

  int release(long path, long info) {
    return calls.answer(
        "release",
        call -> {
          Handle handle = handles.remove(NativeBytes.getLong(info + FH));
          if (handle == null) {
            return -Errno.EBADF;
          }
          try (PathNode node = handle.node()) {
            inodes.closed(call.inode(), node);
            fs.release(node.nodeid, handle.fh());
            if (paths.isHidden(node.nodeid) && !handles.isOpen(node.nodeid)) {
              paths.reveal(node.nodeid);
            }
          }
          return 0;
        });
  }

  int fsync(long path, int dataOnly, long info) {
    return onHandle(
        "fsync",
        info,
        (call, handle) -> {
          fs.fsync(handle.nodeid(), handle.fh(), dataOnly != 0);
          return 0;
        });
  }

  int fallocate(long path, int mode, long offset, long length, long info) {
    return onHandle(
        "fallocate",
        info,
        (call, handle) -> {
          fs.fallocate(handle.nodeid(), handle.fh(), mode, offset, length);
          return 0;
        });
  }

  /**
   * File flags and attributes. libfuse does not tell how long {@code data} is; for these commands
   * the kernel's sizes are fixed, and not those that the command numbers encode.
   */
  int ioctl(long path, int command, long argument, long info, int flags, long data) {
    return onHandle(
        "ioctl",
        info,
        (call, handle) -> {
          long number = command & 0xffffffffL;
          int in = 0;
          int out = 0;
          if (number == Linux.FS_IOC_GETFLAGS) {
            out = FLAGS_SIZE;
          } else if (number == Linux.FS_IOC_SETFLAGS) {
            in = FLAGS_SIZE;
          } else if (number == Linux.FS_IOC_FSGETXATTR) {
            out = FSXATTR_SIZE;
          } else if (number == Linux.FS_IOC_FSSETXATTR) {
            in = FSXATTR_SIZE;
          } else {
            return -Errno.ENOTTY;
          }
          fs.ioctl(call.caller(), handle.nodeid(), handle.fh(), command, data, in, data, out);
          return 0;
        });
  }

  int opendir(long path, long info) {
    return open(
        "opendir", path, info, (call, node) -> fs.opendir(call.caller(), node.nodeid, call.open));
  }

  /** Lists into libfuse's page until that is full; libfuse asks again with the last offset. */
  int readdir(long path, long page, long filler, long offset, long info) {
    return onHandle(
        "readdir",
        info,
        (call, handle) -> {
          PageSink sink = new PageSink(call, fillers.apply(filler), page);
          fs.readdir(call.caller(), handle.nodeid(), handle.fh(), offset, sink);
          return 0;
        });
  }

  int releasedir(long path, long info) {
    return calls.answer(
        "releasedir",
        call -> {
          Handle handle = handles.remove(NativeBytes.getLong(info + FH));
          if (handle == null) {
            return -Errno.EBADF;
          }
          try (PathNode node = handle.node()) {
            inodes.closed(call.inode(), node);
            fs.releasedir(node.nodeid, handle.fh());
          }
          return 0;
        });
  }

  int fsyncdir(long path, int dataOnly, long info) {
    return onHandle(
        "fsyncdir",
        info,
        (call, handle) -> {
          fs.fsyncdir(handle.nodeid(), handle.fh(), dataOnly != 0);
          return 0;
        });
  }
}
