package ovl.transport.dev;

import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.NodeFs;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.transport.dev.wire.BatchForgetIn;
import ovl.transport.dev.wire.ForgetIn;
import ovl.transport.dev.wire.ForgetOne;
import ovl.transport.dev.wire.GetattrFlags;
import ovl.transport.dev.wire.GetattrIn;
import ovl.transport.dev.wire.GetxattrIn;
import ovl.transport.dev.wire.InitFlags;
import ovl.transport.dev.wire.LinkIn;
import ovl.transport.dev.wire.MkdirIn;
import ovl.transport.dev.wire.MknodIn;
import ovl.transport.dev.wire.Rename2In;
import ovl.transport.dev.wire.RenameIn;
import ovl.transport.dev.wire.SetattrIn;
import ovl.transport.dev.wire.SetattrValid;
import ovl.transport.dev.wire.SetxattrFlags;
import ovl.transport.dev.wire.SetxattrIn;
import ovl.transport.dev.wire.StatxIn;

/**
 * The requests that name a node, alone or as an entry of a directory: each decoded, made one call
 * of the filesystem, and answered.
 */
final class NodeRequests {
  /** What the kernel takes as a link's target: a page but for the NUL it adds. */
  private static final int LINK_MAX = Linux.PATH_MAX - 1;

  private final NodeFs fs;
  private final boolean longSetxattr;

  private final Entry entry = new Entry();
  private final Attr attr = new Attr();
  private final SetAttr change = new SetAttr();
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
  private final SetxattrIn setxattrIn = new SetxattrIn();
  private final GetxattrIn getxattrIn = new GetxattrIn();

  NodeRequests(NodeFs fs, Capabilities capabilities) {
    this.fs = fs;
    this.longSetxattr = capabilities.has(InitFlags.SETXATTR_EXT);
  }

  void lookup(Request in, Reply reply) throws ErrnoException {
    Name name = in.name(in.payload());
    fs.lookup(in.caller(), in.nodeid(), name, entry);
    if (entry.nodeid == 0 && entry.validNanos <= 0) {
      reply.error(Errno.ENOENT);
    } else {
      reply.entry(entry);
    }
  }

  void forget(Request in) {
    forgetIn.wrap(in.buffer(), in.payload(), in.end());
    fs.forget(in.nodeid(), forgetIn.nlookup());
  }

  void batchForget(Request in) {
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

  void getattr(Request in, Reply reply) throws ErrnoException {
    getattrIn.wrap(in.buffer(), in.payload(), in.end());
    long fh = handle(getattrIn.getattrFlags(), getattrIn.fh());
    fs.getattr(in.caller(), in.nodeid(), fh, attr);
    reply.attr(attr);
  }

  void statx(Request in, Reply reply) throws ErrnoException {
    statxIn.wrap(in.buffer(), in.payload(), in.end());
    long fh = handle(statxIn.getattrFlags(), statxIn.fh());
    fs.getattr(in.caller(), in.nodeid(), fh, attr);
    reply.statx(attr);
  }

  private static long handle(int flags, long fh) {
    return (flags & GetattrFlags.GETATTR_FH) != 0 ? fh : NodeFs.NO_FH;
  }

  void setattr(Request in, Reply reply) throws ErrnoException {
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

  void readlink(Request in, Reply reply) throws ErrnoException {
    int count = fs.readlink(in.caller(), in.nodeid(), reply.dataAddress(), LINK_MAX);
    reply.data(count, LINK_MAX);
  }

  void mknod(Request in, Reply reply) throws ErrnoException {
    mknodIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(mknodIn.tail());
    Caller caller = in.caller(mknodIn.umask());
    fs.mknod(caller, in.nodeid(), name, mknodIn.mode(), mknodIn.rdev(), entry);
    reply.entry(entry);
  }

  void mkdir(Request in, Reply reply) throws ErrnoException {
    mkdirIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(mkdirIn.tail());
    fs.mkdir(in.caller(mkdirIn.umask()), in.nodeid(), name, mkdirIn.mode(), entry);
    reply.entry(entry);
  }

  void symlink(Request in, Reply reply) throws ErrnoException {
    Name name = in.name(in.payload());
    fs.symlink(in.caller(), in.nodeid(), name, in.target(), entry);
    reply.entry(entry);
  }

  void link(Request in, Reply reply) throws ErrnoException {
    linkIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.name(linkIn.tail());
    fs.link(in.caller(), linkIn.oldnodeid(), in.nodeid(), name, entry);
    reply.entry(entry);
  }

  void unlink(Request in, Reply reply) throws ErrnoException {
    fs.unlink(in.caller(), in.nodeid(), in.name(in.payload()));
    reply.ok();
  }

  void rmdir(Request in, Reply reply) throws ErrnoException {
    fs.rmdir(in.caller(), in.nodeid(), in.name(in.payload()));
    reply.ok();
  }

  void rename(Request in, Reply reply) throws ErrnoException {
    renameIn.wrap(in.buffer(), in.payload(), in.end());
    rename(in, reply, renameIn.tail(), renameIn.newdir(), 0);
  }

  void rename2(Request in, Reply reply) throws ErrnoException {
    rename2In.wrap(in.buffer(), in.payload(), in.end());
    rename(in, reply, rename2In.tail(), rename2In.newdir(), rename2In.flags());
  }

  private void rename(Request in, Reply reply, int names, long newParent, int flags)
      throws ErrnoException {
    Name name = in.name(names);
    fs.rename(in.caller(), in.nodeid(), name, newParent, in.secondName(), flags);
    reply.ok();
  }

  void syncfs(Request in, Reply reply) throws ErrnoException {
    fs.syncfs(in.nodeid());
    reply.ok();
  }

  void getxattr(Request in, Reply reply) throws ErrnoException {
    getxattrIn.wrap(in.buffer(), in.payload(), in.end());
    Name name = in.xattrName(getxattrIn.tail());
    int size = reply.clamp(getxattrIn.size());
    int count = fs.getxattr(in.caller(), in.nodeid(), name, reply.dataAddress(), size);
    sendXattr(reply, count, size);
  }

  void listxattr(Request in, Reply reply) throws ErrnoException {
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

  void setxattr(Request in, Reply reply) throws ErrnoException {
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

  void removexattr(Request in, Reply reply) throws ErrnoException {
    fs.removexattr(in.caller(), in.nodeid(), in.xattrName(in.payload()));
    reply.ok();
  }

  void statfs(Request in, Reply reply) throws ErrnoException {
    fs.statfs(in.caller(), in.nodeid(), statFs);
    reply.statfs(statFs);
  }
}
