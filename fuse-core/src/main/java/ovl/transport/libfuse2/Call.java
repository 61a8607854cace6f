package ovl.transport.libfuse2;

import java.util.Arrays;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import ovl.fs.Attr;
import ovl.fs.Caller;
import ovl.fs.Entry;
import ovl.fs.Name;
import ovl.fs.OpenResult;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;
import ru.serce.jnrfuse.struct.FileStat;

/** What one thread needs to answer one request, reused for the next. */
final class Call {
  /** Room for one path component and its NUL, which the kernel limits to 1024 bytes. */
  private static final int COMPONENT = Linux.PATH_MAX;

  /** struct fuse_in_header: 4 u32 opcode, 16 u64 nodeid. */
  private static final int IN_HEADER_OPCODE = 4;

  private static final int IN_HEADER_NODEID = 16;

  final Entry entry = new Entry();
  final Attr attr = new Attr();
  final SetAttr set = new SetAttr();
  final OpenResult open = new OpenResult();
  final StatFs statFs = new StatFs();

  /** The name that {@link PathResolver#parent} found last. */
  final Name name = new Name();

  /** A second name: of the other parent, of an xattr, or a link's target. */
  final Name second = new Name();

  /** The attributes in {@link #entry} are those of the node resolved last, just looked up. */
  boolean isEntryFresh;

  /** The node that an open left to {@link OpenInodes#opened}, until its inode is known. */
  PathNode created;

  /** The node that the attributes are asked of; see {@link OpenInodes}. */
  PathNode held;

  /** The link count that was written last; libfuse changes that of files it calls hidden. */
  int nlink;

  private final Runtime runtime = Runtime.getSystemRuntime();
  private final CallerSource source;
  private final Caller caller = new Caller();
  private final Memory memory;
  private final FileStat stat = new FileStat(runtime);
  private boolean hasCaller;
  private long request;

  Call(Syscalls sys, CallerSource source) {
    this.source = source;
    this.memory = Memory.map(sys, COMPONENT + 4096);
  }

  /** Gives the native memory back; for threads that end. */
  void close() {
    memory.close();
  }

  /** Starts a new request. */
  void begin() {
    hasCaller = false;
    isEntryFresh = false;
  }

  /** Who asks; from libfuse's context, and only when it is needed. */
  Caller caller() {
    if (!hasCaller) {
      source.fill(caller);
      hasCaller = true;
    }
    return caller;
  }

  /** The raw FUSE request that libfuse is working on in this thread; 0: none. */
  void request(long address) {
    request = address;
  }

  long request() {
    return request;
  }

  /** The opcode of that request, or 0. */
  int opcode() {
    return request == 0 ? 0 : NativeBytes.getInt(request + IN_HEADER_OPCODE);
  }

  /** What libfuse calls the object of the request, the kernel's nodeid; or 0. */
  long inode() {
    return request == 0 ? 0 : NativeBytes.getLong(request + IN_HEADER_NODEID);
  }

  /**
   * A NUL-terminated copy of one component of a path, until the next call of this method.
   *
   * @throws ErrnoException ENAMETOOLONG
   */
  Name component(byte[] path, int from, int to) throws ErrnoException {
    if (to - from >= COMPONENT) {
      throw ErrnoException.of(Errno.ENAMETOOLONG);
    }
    return Name.copyOf(memory, 0, Arrays.copyOfRange(path, from, to));
  }

  /** Fills a struct stat. */
  void writeStat(Attr from, long address) {
    stat.useMemory(Pointer.wrap(runtime, address));
    stat.st_ino.set(from.ino);
    stat.st_mode.set(from.mode);
    stat.st_nlink.set(from.nlink);
    nlink = from.nlink;
    stat.st_uid.set(from.uid);
    stat.st_gid.set(from.gid);
    stat.st_rdev.set(device(from.rdevMajor, from.rdevMinor));
    stat.st_size.set(from.size);
    stat.st_blocks.set(from.blocks);
    stat.st_blksize.set(from.blksize);
    stat.st_atim.tv_sec.set(from.atime);
    stat.st_atim.tv_nsec.set(from.atimeNsec);
    stat.st_mtim.tv_sec.set(from.mtime);
    stat.st_mtim.tv_nsec.set(from.mtimeNsec);
    stat.st_ctim.tv_sec.set(from.ctime);
    stat.st_ctim.tv_nsec.set(from.ctimeNsec);
  }

  /** A NUL-terminated copy of a directory entry's name; its address, until the next entry. */
  long entryName(byte[] name) {
    return Name.copyOf(memory, 0, name).address();
  }

  /** A zeroed struct stat of this thread with only what a directory entry needs; its address. */
  long entryStat(long ino, int type) {
    long address = memory.address() + COMPONENT;
    stat.useMemory(Pointer.wrap(runtime, address));
    stat.st_ino.set(ino);
    stat.st_mode.set(type << 12);
    return address;
  }

  /** libfuse hands the low 32 bits to the kernel, which reads them as new_encode_dev wrote them. */
  private static long device(int major, int minor) {
    return (minor & 0xffL) | (major & 0xfffL) << 8 | (minor & ~0xffL) << 12;
  }
}
