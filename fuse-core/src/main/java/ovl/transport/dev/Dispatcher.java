package ovl.transport.dev;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.NodeFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.transport.dev.wire.Opcode;
import ovl.transport.dev.wire.ShortRequestException;

/**
 * Turns one request into one call of the filesystem and its outcome into the reply: the one switch
 * on the opcode, and the one place where a failure becomes an errno. One per worker; it allocates
 * nothing.
 */
final class Dispatcher {
  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

  private final NodeRequests nodes;
  private final HandleRequests handles;
  private final int onlyUid;
  private final boolean trace = log.isTraceEnabled();

  /**
   * @param backings shared by all workers of the mount, as {@code directWrites} is
   * @param onlyUid the one user besides root who may use the mount (allow_root), or -1 for no such
   *     rule
   */
  Dispatcher(
      NodeFs fs,
      Capabilities capabilities,
      BackingFiles backings,
      DirectWrites directWrites,
      int onlyUid) {
    this.nodes = new NodeRequests(fs, capabilities);
    // Whether a user may look is asked with OPENDIR.
    this.handles =
        new HandleRequests(fs, backings, directWrites, onlyUid >= 0 || !fs.listsWithoutHandle());
    this.onlyUid = onlyUid;
  }

  /** Answers one request; never throws. */
  void dispatch(Request in, Reply reply) {
    if (!in.hasHeader()) {
      reply.none();
      log.warn("{} is too short to be answered", in);
      return;
    }
    reply.begin(in.unique(), isAnswered(in.opcode()));
    try {
      if (!in.isWhole()) {
        throw new MalformedRequestException("length is not what was read");
      }
      if (isDenied(in)) {
        reply.error(Errno.EACCES);
      } else {
        serve(in, reply);
      }
    } catch (ErrnoException e) {
      reply.error(e.errno());
    } catch (MalformedRequestException | ShortRequestException e) {
      log.warn("{} is malformed: {}", in, e.getMessage());
      reply.error(Errno.EINVAL);
    } catch (OutOfMemoryError e) {
      reply.error(Errno.ENOMEM); // and no log, which may want memory too
    } catch (RuntimeException | Error e) { // a bug: the request fails, the mount lives
      log.error("{} failed", in, e);
      reply.error(Errno.EIO);
    }
    if (trace) {
      log.trace("{} -> {}", in, reply);
    }
  }

  /** Answers a request that comes after the filesystem is gone. */
  void refuse(Request in, Reply reply) {
    if (in.hasHeader()) {
      reply.begin(in.unique(), isAnswered(in.opcode()));
      reply.error(Errno.ENOTCONN);
    } else {
      reply.none();
    }
  }

  /** Whether the kernel waits for an answer to this opcode. */
  static boolean isAnswered(int opcode) {
    return switch (opcode) {
      case Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT, Opcode.NOTIFY_REPLY -> false;
      default -> true;
    };
  }

  private boolean isDenied(Request in) {
    int uid = in.uid();
    return onlyUid >= 0 && uid != onlyUid && uid != 0 && !needsNoRight(in.opcode());
  }

  /** What follows from a handle that was opened with a right, or is asked by the kernel itself. */
  private static boolean needsNoRight(int opcode) {
    return switch (opcode) {
      case Opcode.READ,
          Opcode.WRITE,
          Opcode.FLUSH,
          Opcode.FSYNC,
          Opcode.RELEASE,
          Opcode.READDIR,
          Opcode.READDIRPLUS,
          Opcode.FSYNCDIR,
          Opcode.RELEASEDIR,
          Opcode.FORGET,
          Opcode.BATCH_FORGET,
          Opcode.INTERRUPT,
          Opcode.DESTROY ->
          true;
      default -> false;
    };
  }

  private void serve(Request in, Reply reply) throws ErrnoException {
    switch (in.opcode()) {
      case Opcode.LOOKUP -> nodes.lookup(in, reply);
      case Opcode.GETATTR -> nodes.getattr(in, reply);
      case Opcode.STATX -> nodes.statx(in, reply);
      case Opcode.FORGET -> nodes.forget(in);
      case Opcode.BATCH_FORGET -> nodes.batchForget(in);
      case Opcode.OPEN -> handles.open(in, reply);
      case Opcode.READ -> handles.read(in, reply);
      case Opcode.WRITE -> handles.write(in, reply);
      case Opcode.RELEASE -> handles.release(in, reply);
      case Opcode.OPENDIR -> handles.opendir(in, reply);
      case Opcode.READDIR -> handles.readdir(in, reply, false);
      case Opcode.READDIRPLUS -> handles.readdir(in, reply, true);
      case Opcode.RELEASEDIR -> handles.releasedir(in, reply);
      case Opcode.READLINK -> nodes.readlink(in, reply);
      case Opcode.SETATTR -> nodes.setattr(in, reply);
      case Opcode.CREATE -> handles.create(in, reply);
      case Opcode.TMPFILE -> handles.tmpfile(in, reply);
      case Opcode.MKNOD -> nodes.mknod(in, reply);
      case Opcode.MKDIR -> nodes.mkdir(in, reply);
      case Opcode.SYMLINK -> nodes.symlink(in, reply);
      case Opcode.LINK -> nodes.link(in, reply);
      case Opcode.UNLINK -> nodes.unlink(in, reply);
      case Opcode.RMDIR -> nodes.rmdir(in, reply);
      case Opcode.RENAME -> nodes.rename(in, reply);
      case Opcode.RENAME2 -> nodes.rename2(in, reply);
      case Opcode.GETXATTR -> nodes.getxattr(in, reply);
      case Opcode.LISTXATTR -> nodes.listxattr(in, reply);
      case Opcode.SETXATTR -> nodes.setxattr(in, reply);
      case Opcode.REMOVEXATTR -> nodes.removexattr(in, reply);
      case Opcode.STATFS -> nodes.statfs(in, reply);
      case Opcode.FLUSH -> handles.flush(in, reply);
      case Opcode.FSYNC -> handles.fsync(in, reply);
      case Opcode.FSYNCDIR -> handles.fsyncdir(in, reply);
      case Opcode.SYNCFS -> nodes.syncfs(in, reply);
      case Opcode.FALLOCATE -> handles.fallocate(in, reply);
      case Opcode.LSEEK -> handles.lseek(in, reply);
      case Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64 -> handles.copyFileRange(in, reply);
      case Opcode.IOCTL -> handles.ioctl(in, reply);
      case Opcode.INTERRUPT -> reply.none(); // the interrupted request is answered when it is done
      case Opcode.NOTIFY_REPLY -> reply.none(); // asked for only so that it comes (RingChannel)
      case Opcode.DESTROY -> reply.ok(); // the end itself is ENODEV from the device
      default -> reply.error(Errno.ENOSYS);
    }
  }
}
