package ovl.transport.dev;

import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.transport.dev.wire.CopyFileRangeIn;
import ovl.transport.dev.wire.CreateIn;
import ovl.transport.dev.wire.FallocateIn;
import ovl.transport.dev.wire.FlushIn;
import ovl.transport.dev.wire.FsyncFlags;
import ovl.transport.dev.wire.FsyncIn;
import ovl.transport.dev.wire.IoctlFlags;
import ovl.transport.dev.wire.IoctlIn;
import ovl.transport.dev.wire.LseekIn;
import ovl.transport.dev.wire.Opcode;
import ovl.transport.dev.wire.OpenIn;
import ovl.transport.dev.wire.OpenInFlags;
import ovl.transport.dev.wire.ReadIn;
import ovl.transport.dev.wire.ReleaseIn;
import ovl.transport.dev.wire.WriteFlags;
import ovl.transport.dev.wire.WriteIn;

/**
 * The requests that open a file or directory, or name an open one by its handle: each decoded, made
 * one call of the filesystem, and answered.
 */
final class HandleRequests {
  /** What fits the 32 bits of the answer to the older COPY_FILE_RANGE, in whole pages. */
  private static final long COPY_MAX = 0x7ffff000L;

  private final NodeFs fs;
  private final BackingFiles backings;
  private final DirectWrites directWrites;
  private final boolean opensDirs;

  private final Entry entry = new Entry();
  private final OpenResult open = new OpenResult();
  private final OpenIn openIn = new OpenIn();
  private final CreateIn createIn = new CreateIn();
  private final ReadIn readIn = new ReadIn();
  private final WriteIn writeIn = new WriteIn();
  private final ReleaseIn releaseIn = new ReleaseIn();
  private final FlushIn flushIn = new FlushIn();
  private final FsyncIn fsyncIn = new FsyncIn();
  private final FallocateIn fallocateIn = new FallocateIn();
  private final LseekIn lseekIn = new LseekIn();
  private final CopyFileRangeIn copyIn = new CopyFileRangeIn();
  private final IoctlIn ioctlIn = new IoctlIn();

  /**
   * @param opensDirs false: the kernel is told to open directories without asking
   */
  HandleRequests(NodeFs fs, BackingFiles backings, DirectWrites directWrites, boolean opensDirs) {
    this.fs = fs;
    this.backings = backings;
    this.directWrites = directWrites;
    this.opensDirs = opensDirs;
  }

  void open(Request in, Reply reply) throws ErrnoException {
    openIn.wrap(in.buffer(), in.payload(), in.end());
    boolean killSuidgid = (openIn.openFlags() & OpenInFlags.OPEN_KILL_SUIDGID) != 0;
    open.clear();
    fs.open(in.caller(), in.nodeid(), openIn.flags(), killSuidgid, open);
    reply.open(open, backing(in.nodeid(), openIn.flags()));
  }

  void create(Request in, Reply reply) throws ErrnoException {
    createIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(createIn.tail());
    Caller caller = in.caller(createIn.umask());
    open.clear();
    fs.create(caller, in.nodeid(), name, createIn.mode(), createIn.flags(), entry, open);
    created(reply);
  }

  /** The kernel sends a name here too, but only the "/" of its nameless dentry. */
  void tmpfile(Request in, Reply reply) throws ErrnoException {
    createIn.wrap(in.buffer(), in.payload(), in.end());
    Caller caller = in.caller(createIn.umask());
    open.clear();
    fs.tmpfile(caller, in.nodeid(), createIn.mode(), createIn.flags(), entry, open);
    created(reply);
  }

  private void created(Reply reply) throws ErrnoException {
    boolean done = false;
    try {
      reply.create(entry, open, backing(entry.nodeid, createIn.flags()));
      done = true;
    } finally {
      if (!done) {
        fs.forget(entry.nodeid, 1);
      }
    }
  }

  /** Decides how a file that the filesystem has opened is read and written; closed on a failure. */
  private int backing(long nodeid, int flags) throws ErrnoException {
    boolean done = false;
    try {
      int id = backings.open(nodeid, flags, open);
      done = true;
      return id;
    } finally {
      if (!done) {
        fs.release(nodeid, open.fh);
        if (open.backingIsWritable) {
          // Copied up since it was opened for reading: what is open stays with the lower file.
          fs.renumber(nodeid);
        }
      }
    }
  }

  void read(Request in, Reply reply) throws ErrnoException {
    readIn.wrap(in.buffer(), in.payload(), in.end());
    int size = reply.clamp(readIn.size());
    int count = fs.read(in.nodeid(), readIn.fh(), readIn.offset(), size, reply.dataAddress());
    reply.data(count, size);
  }

  void write(Request in, Reply reply) throws ErrnoException {
    writeIn.wrap(in.buffer(), in.payload(), in.end());
    int size = writeIn.size();
    long data = in.data(writeIn.tail(), size);
    boolean killSuidgid = (writeIn.writeFlags() & WriteFlags.WRITE_KILL_SUIDGID) != 0;
    int count = fs.write(in.nodeid(), writeIn.fh(), writeIn.offset(), size, data, killSuidgid);
    directWrites.written(in.nodeid(), writeIn, count);
    reply.written(count);
  }

  void flush(Request in, Reply reply) throws ErrnoException {
    flushIn.wrap(in.buffer(), in.payload(), in.end());
    fs.flush(in.nodeid(), flushIn.fh());
    reply.ok();
  }

  void release(Request in, Reply reply) {
    releaseIn.wrap(in.buffer(), in.payload(), in.end());
    fs.release(in.nodeid(), releaseIn.fh());
    backings.release(in.nodeid());
    reply.ok();
  }

  void fsync(Request in, Reply reply) throws ErrnoException {
    fsyncIn.wrap(in.buffer(), in.payload(), in.end());
    fs.fsync(in.nodeid(), fsyncIn.fh(), isDataOnly());
    reply.ok();
  }

  void fsyncdir(Request in, Reply reply) throws ErrnoException {
    fsyncIn.wrap(in.buffer(), in.payload(), in.end());
    fs.fsyncdir(in.nodeid(), fsyncIn.fh(), isDataOnly());
    reply.ok();
  }

  private boolean isDataOnly() {
    return (fsyncIn.fsyncFlags() & FsyncFlags.FSYNC_FDATASYNC) != 0;
  }

  void fallocate(Request in, Reply reply) throws ErrnoException {
    fallocateIn.wrap(in.buffer(), in.payload(), in.end());
    fs.fallocate(
        in.nodeid(),
        fallocateIn.fh(),
        fallocateIn.mode(),
        fallocateIn.offset(),
        fallocateIn.length());
    reply.ok();
  }

  void lseek(Request in, Reply reply) throws ErrnoException {
    lseekIn.wrap(in.buffer(), in.payload(), in.end());
    boolean isCached = backings.isCached(in.nodeid());
    reply.offset(fs.lseek(in.nodeid(), lseekIn.fh(), lseekIn.offset(), lseekIn.whence(), isCached));
  }

  void copyFileRange(Request in, Reply reply) throws ErrnoException {
    copyIn.wrap(in.buffer(), in.payload(), in.end());
    boolean wide = in.opcode() == Opcode.COPY_FILE_RANGE_64;
    long most = wide ? Long.MAX_VALUE : COPY_MAX;
    long length = copyIn.len() < 0 ? most : Math.min(copyIn.len(), most);
    long copied =
        fs.copyFileRange(
            in.nodeid(),
            copyIn.fhIn(),
            copyIn.offIn(),
            copyIn.nodeidOut(),
            copyIn.fhOut(),
            copyIn.offOut(),
            length,
            (int) copyIn.flags());
    if (wide) {
      reply.copied(copied);
    } else {
      reply.written((int) copied);
    }
  }

  /** Unrestricted ioctls, with pointers to follow, are for character devices (CUSE) only. */
  void ioctl(Request in, Reply reply) throws ErrnoException {
    ioctlIn.wrap(in.buffer(), in.payload(), in.end());
    if ((ioctlIn.flags() & IoctlFlags.IOCTL_UNRESTRICTED) != 0) {
      reply.error(Errno.ENOTTY);
      return;
    }
    int inSize = ioctlIn.inSize();
    long argument = in.data(ioctlIn.tail(), inSize);
    int outSize = reply.clampIoctl(ioctlIn.outSize());
    int count =
        fs.ioctl(
            in.caller(),
            in.nodeid(),
            ioctlIn.fh(),
            ioctlIn.cmd(),
            argument,
            inSize,
            reply.ioctlAddress(),
            outSize);
    reply.ioctl(count, outSize);
  }

  void opendir(Request in, Reply reply) throws ErrnoException {
    if (!opensDirs) {
      reply.error(Errno.ENOSYS); // the kernel asks no more, and lists with NO_FH
      return;
    }
    openIn.wrap(in.buffer(), in.payload(), in.end());
    open.clear();
    fs.opendir(in.caller(), in.nodeid(), open);
    reply.open(open, BackingFiles.NONE);
  }

  void readdir(Request in, Reply reply, boolean plus) throws ErrnoException {
    readIn.wrap(in.buffer(), in.payload(), in.end());
    Listing sink = reply.listing(readIn.size(), plus);
    try {
      if (plus) {
        fs.readdirplus(in.caller(), in.nodeid(), readIn.fh(), readIn.offset(), sink);
      } else {
        fs.readdir(in.caller(), in.nodeid(), readIn.fh(), readIn.offset(), sink);
      }
    } catch (ErrnoException e) {
      if (sink.isEmpty()) {
        throw e;
      }
      // The entries so far hold references that the kernel must learn of; the next call will fail.
    }
    reply.sendListing();
  }

  void releasedir(Request in, Reply reply) {
    releaseIn.wrap(in.buffer(), in.payload(), in.end());
    fs.releasedir(in.nodeid(), releaseIn.fh());
    reply.ok();
  }
}
