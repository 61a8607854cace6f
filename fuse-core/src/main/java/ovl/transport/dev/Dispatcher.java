package ovl.transport.dev;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.transport.dev.wire.BatchForgetIn;
import ovl.transport.dev.wire.CopyFileRangeIn;
import ovl.transport.dev.wire.CreateIn;
import ovl.transport.dev.wire.FallocateIn;
import ovl.transport.dev.wire.FlushIn;
import ovl.transport.dev.wire.ForgetIn;
import ovl.transport.dev.wire.ForgetOne;
import ovl.transport.dev.wire.FsyncFlags;
import ovl.transport.dev.wire.FsyncIn;
import ovl.transport.dev.wire.GetattrFlags;
import ovl.transport.dev.wire.GetattrIn;
import ovl.transport.dev.wire.GetxattrIn;
import ovl.transport.dev.wire.InitFlags;
import ovl.transport.dev.wire.IoctlFlags;
import ovl.transport.dev.wire.IoctlIn;
import ovl.transport.dev.wire.LinkIn;
import ovl.transport.dev.wire.LseekIn;
import ovl.transport.dev.wire.MkdirIn;
import ovl.transport.dev.wire.MknodIn;
import ovl.transport.dev.wire.Opcode;
import ovl.transport.dev.wire.OpenIn;
import ovl.transport.dev.wire.OpenInFlags;
import ovl.transport.dev.wire.ReadIn;
import ovl.transport.dev.wire.ReleaseIn;
import ovl.transport.dev.wire.Rename2In;
import ovl.transport.dev.wire.RenameIn;
import ovl.transport.dev.wire.SetattrIn;
import ovl.transport.dev.wire.SetattrValid;
import ovl.transport.dev.wire.SetxattrFlags;
import ovl.transport.dev.wire.SetxattrIn;
import ovl.transport.dev.wire.ShortRequestException;
import ovl.transport.dev.wire.StatxIn;
import ovl.transport.dev.wire.WriteFlags;
import ovl.transport.dev.wire.WriteIn;

/**
 * Turns one request into one call of the filesystem and its outcome into the reply: the one switch
 * on the opcode, and the one place where a failure becomes an errno. One per worker; it allocates
 * nothing.
 */
final class Dispatcher {
  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

  /** What the kernel takes as a link's target: a page but for the NUL it adds. */
  private static final int LINK_MAX = Linux.PATH_MAX - 1;

  /** What fits the 32 bits of the answer to the older COPY_FILE_RANGE, in whole pages. */
  private static final long COPY_MAX = 0x7ffff000L;

  private final NodeFs fs;
  private final boolean longSetxattr;
  private final int onlyUid;
  private final boolean trace = log.isTraceEnabled();

  private final Entry entry = new Entry();
  private final Attr attr = new Attr();
  private final SetAttr change = new SetAttr();
  private final OpenResult open = new OpenResult();
  private final StatFs statFs = new StatFs();

  private final ForgetIn forgetIn = new ForgetIn();
  private final BatchForgetIn batchForgetIn = new BatchForgetIn();
  private final ForgetOne forgetOne = new ForgetOne();
  private final GetattrIn getattrIn = new GetattrIn();
  private final StatxIn statxIn = new StatxIn();
  private final SetattrIn setattrIn = new SetattrIn();
  private final MknodIn mknodIn = new MknodIn();
  private final MkdirIn mkdirIn = new MkdirIn();
  private final RenameIn renameIn = new RenameIn();
  private final Rename2In rename2In = new Rename2In();
  private final LinkIn linkIn = new LinkIn();
  private final OpenIn openIn = new OpenIn();
  private final CreateIn createIn = new CreateIn();
  private final ReadIn readIn = new ReadIn();
  private final WriteIn writeIn = new WriteIn();
  private final ReleaseIn releaseIn = new ReleaseIn();
  private final FlushIn flushIn = new FlushIn();
  private final FsyncIn fsyncIn = new FsyncIn();
  private final SetxattrIn setxattrIn = new SetxattrIn();
  private final GetxattrIn getxattrIn = new GetxattrIn();
  private final FallocateIn fallocateIn = new FallocateIn();
  private final LseekIn lseekIn = new LseekIn();
  private final CopyFileRangeIn copyIn = new CopyFileRangeIn();
  private final IoctlIn ioctlIn = new IoctlIn();

  /**
   * @param onlyUid the one user besides root who may use the mount (allow_root), or -1 for no such
   *     rule
   */
  Dispatcher(NodeFs fs, Capabilities capabilities, int onlyUid) {
    this.fs = fs;
    this.longSetxattr = capabilities.has(InitFlags.SETXATTR_EXT);
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
      case Opcode.LOOKUP -> lookup(in, reply);
      case Opcode.GETATTR -> getattr(in, reply);
      case Opcode.STATX -> statx(in, reply);
      case Opcode.FORGET -> forget(in);
      case Opcode.BATCH_FORGET -> batchForget(in);
      case Opcode.OPEN -> open(in, reply);
      case Opcode.READ -> read(in, reply);
      case Opcode.WRITE -> write(in, reply);
      case Opcode.RELEASE -> release(in, reply);
      case Opcode.OPENDIR -> opendir(in, reply);
      case Opcode.READDIR -> readdir(in, reply, false);
      case Opcode.READDIRPLUS -> readdir(in, reply, true);
      case Opcode.RELEASEDIR -> releasedir(in, reply);
      case Opcode.READLINK -> readlink(in, reply);
      case Opcode.SETATTR -> setattr(in, reply);
      case Opcode.CREATE -> create(in, reply);
      case Opcode.TMPFILE -> tmpfile(in, reply);
      case Opcode.MKNOD -> mknod(in, reply);
      case Opcode.MKDIR -> mkdir(in, reply);
      case Opcode.SYMLINK -> symlink(in, reply);
      case Opcode.LINK -> link(in, reply);
      case Opcode.UNLINK -> unlink(in, reply);
      case Opcode.RMDIR -> rmdir(in, reply);
      case Opcode.RENAME -> rename(in, reply);
      case Opcode.RENAME2 -> rename2(in, reply);
      case Opcode.GETXATTR -> getxattr(in, reply);
      case Opcode.LISTXATTR -> listxattr(in, reply);
      case Opcode.SETXATTR -> setxattr(in, reply);
      case Opcode.REMOVEXATTR -> removexattr(in, reply);
      case Opcode.STATFS -> statfs(in, reply);
      case Opcode.FLUSH -> flush(in, reply);
      case Opcode.FSYNC -> fsync(in, reply);
      case Opcode.FSYNCDIR -> fsyncdir(in, reply);
      case Opcode.SYNCFS -> syncfs(in, reply);
      case Opcode.FALLOCATE -> fallocate(in, reply);
      case Opcode.LSEEK -> lseek(in, reply);
      case Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64 -> copyFileRange(in, reply);
      case Opcode.IOCTL -> ioctl(in, reply);
      case Opcode.INTERRUPT -> reply.none(); // the interrupted request is answered when it is done
      case Opcode.DESTROY -> reply.ok(); // the end itself is ENODEV from the device
      default -> reply.error(Errno.ENOSYS);
    }
  }

  private void lookup(Request in, Reply reply) throws ErrnoException {
    Name name = in.name(in.payload());
    fs.lookup(in.caller(), in.nodeid(), name, entry);
    if (entry.nodeid == 0 && entry.validNanos <= 0) {
      reply.error(Errno.ENOENT);
    } else {
      reply.entry(entry);
    }
  }

  private void forget(Request in) {
    forgetIn.wrap(in.buffer(), in.payload(), in.end());
    fs.forget(in.nodeid(), forgetIn.nlookup());
  }

  private void batchForget(Request in) {
    batchForgetIn.wrap(in.buffer(), in.payload(), in.end());
    int count = batchForgetIn.count();
    int at = batchForgetIn.tail();
    if (count < 0 || count > (in.end() - at) / ForgetOne.LENGTH) {
      throw new MalformedRequestException("fewer nodes than it says");
    }
    for (int i = 0; i < count; i++) {
      forgetOne.wrap(in.buffer(), at + i * ForgetOne.LENGTH, in.end());
      fs.forget(forgetOne.nodeid(), forgetOne.nlookup());
    }
  }

  private void getattr(Request in, Reply reply) throws ErrnoException {
    getattrIn.wrap(in.buffer(), in.payload(), in.end());
    long fh = handle(getattrIn.getattrFlags(), getattrIn.fh());
    fs.getattr(in.caller(), in.nodeid(), fh, attr);
    reply.attr(attr);
  }

  private void statx(Request in, Reply reply) throws ErrnoException {
    statxIn.wrap(in.buffer(), in.payload(), in.end());
    long fh = handle(statxIn.getattrFlags(), statxIn.fh());
    fs.getattr(in.caller(), in.nodeid(), fh, attr);
    reply.statx(attr);
  }

  private static long handle(int flags, long fh) {
    return (flags & GetattrFlags.GETATTR_FH) != 0 ? fh : NodeFs.NO_FH;
  }

  private void setattr(Request in, Reply reply) throws ErrnoException {
    setattrIn.wrap(in.buffer(), in.payload(), in.end());
    int valid = setattrIn.valid();
    change.clear();
    change.setMode = (valid & SetattrValid.FATTR_MODE) != 0;
    change.setUid = (valid & SetattrValid.FATTR_UID) != 0;
    change.setGid = (valid & SetattrValid.FATTR_GID) != 0;
    change.setSize = (valid & SetattrValid.FATTR_SIZE) != 0;
    change.setAtime = (valid & SetattrValid.FATTR_ATIME) != 0;
    change.setMtime = (valid & SetattrValid.FATTR_MTIME) != 0;
    change.atimeNow = (valid & SetattrValid.FATTR_ATIME_NOW) != 0;
    change.mtimeNow = (valid & SetattrValid.FATTR_MTIME_NOW) != 0;
    change.killSuidgid = (valid & SetattrValid.FATTR_KILL_SUIDGID) != 0;
    change.mode = setattrIn.mode();
    change.uid = setattrIn.uid();
    change.gid = setattrIn.gid();
    change.size = setattrIn.size();
    change.atime = setattrIn.atime();
    change.mtime = setattrIn.mtime();
    change.atimeNsec = setattrIn.atimensec();
    change.mtimeNsec = setattrIn.mtimensec();
    long fh = (valid & SetattrValid.FATTR_FH) != 0 ? setattrIn.fh() : NodeFs.NO_FH;
    fs.setattr(in.caller(), in.nodeid(), fh, change, attr);
    reply.attr(attr);
  }

  private void readlink(Request in, Reply reply) throws ErrnoException {
    int count = fs.readlink(in.caller(), in.nodeid(), reply.dataAddress(), LINK_MAX);
    reply.data(count, LINK_MAX);
  }

  private void mknod(Request in, Reply reply) throws ErrnoException {
    mknodIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(mknodIn.tail());
    Caller caller = in.caller(mknodIn.umask());
    fs.mknod(caller, in.nodeid(), name, mknodIn.mode(), mknodIn.rdev(), entry);
    reply.entry(entry);
  }

  private void mkdir(Request in, Reply reply) throws ErrnoException {
    mkdirIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(mkdirIn.tail());
    fs.mkdir(in.caller(mkdirIn.umask()), in.nodeid(), name, mkdirIn.mode(), entry);
    reply.entry(entry);
  }

  private void symlink(Request in, Reply reply) throws ErrnoException {
    Name name = in.name(in.payload());
    fs.symlink(in.caller(), in.nodeid(), name, in.target(), entry);
    reply.entry(entry);
  }

  private void link(Request in, Reply reply) throws ErrnoException {
    linkIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(linkIn.tail());
    fs.link(in.caller(), linkIn.oldnodeid(), in.nodeid(), name, entry);
    reply.entry(entry);
  }

  private void unlink(Request in, Reply reply) throws ErrnoException {
    fs.unlink(in.caller(), in.nodeid(), in.name(in.payload()));
    reply.ok();
  }

  private void rmdir(Request in, Reply reply) throws ErrnoException {
    fs.rmdir(in.caller(), in.nodeid(), in.name(in.payload()));
    reply.ok();
  }

  private void rename(Request in, Reply reply) throws ErrnoException {
    renameIn.wrap(in.buffer(), in.payload(), in.end());
    rename(in, reply, renameIn.tail(), renameIn.newdir(), 0);
  }

  private void rename2(Request in, Reply reply) throws ErrnoException {
    rename2In.wrap(in.buffer(), in.payload(), in.end());
    rename(in, reply, rename2In.tail(), rename2In.newdir(), rename2In.flags());
  }

  private void rename(Request in, Reply reply, int names, long newParent, int flags)
      throws ErrnoException {
    Name name = in.name(names);
    fs.rename(in.caller(), in.nodeid(), name, newParent, in.secondName(), flags);
    reply.ok();
  }

  private void open(Request in, Reply reply) throws ErrnoException {
    openIn.wrap(in.buffer(), in.payload(), in.end());
    boolean killSuidgid = (openIn.openFlags() & OpenInFlags.OPEN_KILL_SUIDGID) != 0;
    open.clear();
    fs.open(in.caller(), in.nodeid(), openIn.flags(), killSuidgid, open);
    reply.open(open);
  }

  private void create(Request in, Reply reply) throws ErrnoException {
    createIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(createIn.tail());
    Caller caller = in.caller(createIn.umask());
    open.clear();
    fs.create(caller, in.nodeid(), name, createIn.mode(), createIn.flags(), entry, open);
    reply.create(entry, open);
  }

  /** The kernel sends a name here too, but only the "/" of its nameless dentry. */
  private void tmpfile(Request in, Reply reply) throws ErrnoException {
    createIn.wrap(in.buffer(), in.payload(), in.end());
    Caller caller = in.caller(createIn.umask());
    open.clear();
    fs.tmpfile(caller, in.nodeid(), createIn.mode(), createIn.flags(), entry, open);
    reply.create(entry, open);
  }

  private void read(Request in, Reply reply) throws ErrnoException {
    readIn.wrap(in.buffer(), in.payload(), in.end());
    int size = reply.clamp(readIn.size());
    int count = fs.read(in.nodeid(), readIn.fh(), readIn.offset(), size, reply.dataAddress());
    reply.data(count, size);
  }

  private void write(Request in, Reply reply) throws ErrnoException {
    writeIn.wrap(in.buffer(), in.payload(), in.end());
    int size = writeIn.size();
    long data = in.data(writeIn.tail(), size);
    boolean killSuidgid = (writeIn.writeFlags() & WriteFlags.WRITE_KILL_SUIDGID) != 0;
    reply.written(fs.write(in.nodeid(), writeIn.fh(), writeIn.offset(), size, data, killSuidgid));
  }

  private void flush(Request in, Reply reply) throws ErrnoException {
    flushIn.wrap(in.buffer(), in.payload(), in.end());
    fs.flush(in.nodeid(), flushIn.fh());
    reply.ok();
  }

  private void release(Request in, Reply reply) {
    releaseIn.wrap(in.buffer(), in.payload(), in.end());
    fs.release(in.nodeid(), releaseIn.fh());
    reply.ok();
  }

  private void fsync(Request in, Reply reply) throws ErrnoException {
    fsyncIn.wrap(in.buffer(), in.payload(), in.end());
    fs.fsync(in.nodeid(), fsyncIn.fh(), isDataOnly());
    reply.ok();
  }

  private void fsyncdir(Request in, Reply reply) throws ErrnoException {
    fsyncIn.wrap(in.buffer(), in.payload(), in.end());
    fs.fsyncdir(in.nodeid(), fsyncIn.fh(), isDataOnly());
    reply.ok();
  }

  private boolean isDataOnly() {
    return (fsyncIn.fsyncFlags() & FsyncFlags.FSYNC_FDATASYNC) != 0;
  }

  private void syncfs(Request in, Reply reply) throws ErrnoException {
    fs.syncfs(in.nodeid());
    reply.ok();
  }

  private void fallocate(Request in, Reply reply) throws ErrnoException {
    fallocateIn.wrap(in.buffer(), in.payload(), in.end());
    fs.fallocate(
        in.nodeid(),
        fallocateIn.fh(),
        fallocateIn.mode(),
        fallocateIn.offset(),
        fallocateIn.length());
    reply.ok();
  }

  private void lseek(Request in, Reply reply) throws ErrnoException {
    lseekIn.wrap(in.buffer(), in.payload(), in.end());
    reply.offset(fs.lseek(in.nodeid(), lseekIn.fh(), lseekIn.offset(), lseekIn.whence()));
  }

  private void copyFileRange(Request in, Reply reply) throws ErrnoException {
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
  private void ioctl(Request in, Reply reply) throws ErrnoException {
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

  private void opendir(Request in, Reply reply) throws ErrnoException {
    openIn.wrap(in.buffer(), in.payload(), in.end());
    open.clear();
    fs.opendir(in.caller(), in.nodeid(), open);
    reply.open(open);
  }

  private void readdir(Request in, Reply reply, boolean plus) throws ErrnoException {
    readIn.wrap(in.buffer(), in.payload(), in.end());
    var sink = reply.listing(readIn.size(), plus);
    try {
      if (plus) {
        fs.readdirplus(in.caller(), in.nodeid(), readIn.fh(), readIn.offset(), sink);
      } else {
        fs.readdir(in.caller(), in.nodeid(), readIn.fh(), readIn.offset(), sink);
      }
    } catch (ErrnoException e) {
      if (!reply.hasEntries()) {
        throw e;
      }
      // The entries so far hold references that the kernel must learn of; the next call will fail.
    }
    reply.sendListing();
  }

  private void releasedir(Request in, Reply reply) {
    releaseIn.wrap(in.buffer(), in.payload(), in.end());
    fs.releasedir(in.nodeid(), releaseIn.fh());
    reply.ok();
  }

  private void getxattr(Request in, Reply reply) throws ErrnoException {
    getxattrIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.xattrName(getxattrIn.tail());
    int size = reply.clamp(getxattrIn.size());
    int count = fs.getxattr(in.caller(), in.nodeid(), name, reply.dataAddress(), size);
    sendXattr(reply, count, size);
  }

  private void listxattr(Request in, Reply reply) throws ErrnoException {
    getxattrIn.wrap(in.buffer(), in.payload(), in.end());
    int size = reply.clamp(getxattrIn.size());
    int count = fs.listxattr(in.caller(), in.nodeid(), reply.dataAddress(), size);
    sendXattr(reply, count, size);
  }

  private static void sendXattr(Reply reply, int count, int size) {
    if (size == 0) {
      reply.xattrSize(count);
    } else {
      reply.data(count, size);
    }
  }

  private void setxattr(Request in, Reply reply) throws ErrnoException {
    if (longSetxattr) {
      setxattrIn.wrap(in.buffer(), in.payload(), in.end());
    } else {
      setxattrIn.wrapCompat(in.buffer(), in.payload(), in.end());
    }
    Name name = in.xattrName(setxattrIn.tail());
    int size = setxattrIn.size();
    long value = in.data(in.afterName(), size);
    boolean killSgid = (setxattrIn.setxattrFlags() & SetxattrFlags.SETXATTR_ACL_KILL_SGID) != 0;
    fs.setxattr(in.caller(), in.nodeid(), name, value, size, setxattrIn.flags(), killSgid);
    reply.ok();
  }

  private void removexattr(Request in, Reply reply) throws ErrnoException {
    fs.removexattr(in.caller(), in.nodeid(), in.xattrName(in.payload()));
    reply.ok();
  }

  private void statfs(Request in, Reply reply) throws ErrnoException {
    fs.statfs(in.caller(), in.nodeid(), statFs);
    reply.statfs(statFs);
  }
}
