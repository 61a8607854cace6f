package ovl.fs;

import ovl.sys.ErrnoException;

/**
 * The narrow waist between transports and semantics: the operations of a filesystem, addressed by
 * nodeid and file handle, values in, values out, one exception. The contracts are those of the FUSE
 * kernel protocol (linux/fuse.h); the errno of each failure is that of the system call the user
 * made.
 *
 * <p>Calls come from any thread. Arguments ({@link Name}, {@link Caller}, records) are lent for the
 * length of the call. Nodeids and handles come from the kernel and are not trusted: an unknown
 * nodeid is ESTALE, an unknown handle EBADF.
 *
 * <p>Every {@link Entry} filled with a nodeid other than 0 by lookup, mknod, mkdir, symlink, link,
 * create, tmpfile or a {@link DirSink#addPlus} gives the caller one reference (nlookup), to be
 * returned by {@link #forget}.
 */
public interface NodeFs {
  /** The nodeid of the root directory (FUSE_ROOT_ID). It is never forgotten. */
  long ROOT_ID = 1;

  /** "No handle": passed where an operation may or may not have one. Never a valid fh. */
  long NO_FH = 0;

  /** Gives the way to the kernel, once, before the first request. */
  void attach(KernelNotifier notifier);

  /** Finds a name. Absent: {@link Entry#negative}, or ENOENT. ENAMETOOLONG, ENOTDIR, ESTALE. */
  void lookup(Caller caller, long parent, Name name, Entry out) throws ErrnoException;

  /**
   * Gives the node behind a nodeid another one, unless it has one by now: that is what it is found
   * by from then on. For a transport whose kernel cannot open the node any more under the number
   * that it knows. The old nodeid remains good for all else until it is forgotten.
   */
  void renumber(long nodeid);

  /** Takes back {@code nlookup} references. An unknown nodeid is ignored. */
  void forget(long nodeid, long nlookup);

  /**
   * @param fh a handle of the node, or {@link #NO_FH}
   */
  void getattr(Caller caller, long nodeid, long fh, Attr out) throws ErrnoException;

  /** Changes what {@code set} names; the attributes afterwards go to {@code out}. */
  void setattr(Caller caller, long nodeid, long fh, SetAttr set, Attr out) throws ErrnoException;

  /**
   * Reads a link's target to native memory.
   *
   * @return the number of bytes, no NUL
   */
  int readlink(Caller caller, long nodeid, long address, int size) throws ErrnoException;

  /** Makes a file that is not a directory or symlink. {@code rdev} as the kernel encodes it. */
  void mknod(Caller caller, long parent, Name name, int mode, int rdev, Entry out)
      throws ErrnoException;

  void mkdir(Caller caller, long parent, Name name, int mode, Entry out) throws ErrnoException;

  void symlink(Caller caller, long parent, Name name, Name target, Entry out) throws ErrnoException;

  void link(Caller caller, long nodeid, long newParent, Name newName, Entry out)
      throws ErrnoException;

  void unlink(Caller caller, long parent, Name name) throws ErrnoException;

  void rmdir(Caller caller, long parent, Name name) throws ErrnoException;

  /**
   * @param flags RENAME_ flags; EINVAL for those a user may not give
   */
  void rename(Caller caller, long parent, Name name, long newParent, Name newName, int flags)
      throws ErrnoException;

  /**
   * @param flags the O_ flags of open(2)
   * @param killSuidgid with O_TRUNC: the caller has no CAP_FSETID
   */
  void open(Caller caller, long nodeid, int flags, boolean killSuidgid, OpenResult out)
      throws ErrnoException;

  /** Makes a regular file and opens it in one step; EEXIST as open(2) with O_EXCL says. */
  void create(
      Caller caller, long parent, Name name, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException;

  /** Makes a regular file without a name (O_TMPFILE) and opens it. */
  void tmpfile(Caller caller, long parent, int mode, int flags, Entry entry, OpenResult out)
      throws ErrnoException;

  /**
   * Reads to native memory.
   *
   * @return the number of bytes; fewer than {@code size} only at the end of the file
   */
  int read(long nodeid, long fh, long offset, int size, long address) throws ErrnoException;

  /**
   * Writes from native memory.
   *
   * @param killSuidgid drop setuid and setgid, as the writer has no CAP_FSETID
   * @return the number of bytes written
   */
  int write(long nodeid, long fh, long offset, int size, long address, boolean killSuidgid)
      throws ErrnoException;

  /** A descriptor of the file was closed: report errors that earlier writes left behind. */
  void flush(long nodeid, long fh) throws ErrnoException;

  /** The last descriptor of the handle is gone. Never fails; an unknown handle is ignored. */
  void release(long nodeid, long fh);

  void fsync(long nodeid, long fh, boolean dataOnly) throws ErrnoException;

  void fallocate(long nodeid, long fh, int mode, long offset, long length) throws ErrnoException;

  /**
   * @param whence SEEK_DATA or SEEK_HOLE (the kernel does the others)
   * @param isCached the kernel has pages of the file of its own; what was stored in them through a
   *     mapping comes with a later write
   */
  long lseek(long nodeid, long fh, long offset, int whence, boolean isCached) throws ErrnoException;

  /** Whether the file of a handle has others as well. Looks at all: not for every request. */
  boolean isOpenElsewhere(long nodeid, long fh);

  /**
   * @return the number of bytes copied, at most {@code length}
   */
  long copyFileRange(
      long nodeidIn,
      long fhIn,
      long offsetIn,
      long nodeidOut,
      long fhOut,
      long offsetOut,
      long length,
      int flags)
      throws ErrnoException;

  /**
   * File flags and attributes (FS_IOC_GETFLAGS, SETFLAGS, FSGETXATTR, FSSETXATTR); ENOTTY for all
   * else.
   *
   * @param in native memory with {@code inSize} bytes of argument
   * @param out native memory for at most {@code outSize} bytes of result
   * @return the number of result bytes
   */
  int ioctl(
      Caller caller, long nodeid, long fh, int command, long in, int inSize, long out, int outSize)
      throws ErrnoException;

  void opendir(Caller caller, long nodeid, OpenResult out) throws ErrnoException;

  /**
   * True if a directory can be listed with {@link #NO_FH}, and every listing may be kept: then the
   * kernel need not open directories at all (FUSE_NO_OPENDIR_SUPPORT).
   */
  boolean listsWithoutHandle();

  /**
   * Lists from an offset: 0, or the {@code nextOffset} of an entry listed before. "." and ".." are
   * included. Stops when the sink has no room.
   */
  void readdir(Caller caller, long nodeid, long fh, long offset, DirSink sink)
      throws ErrnoException;

  /**
   * As readdir, with {@link DirSink#addPlus}: one reference for each entry that has a nodeid, which
   * "." and ".." never have, and no other need have.
   */
  void readdirplus(Caller caller, long nodeid, long fh, long offset, DirSink sink)
      throws ErrnoException;

  void releasedir(long nodeid, long fh);

  void fsyncdir(long nodeid, long fh, boolean dataOnly) throws ErrnoException;

  /**
   * Reads an xattr to native memory.
   *
   * @param size 0: only ask for the length
   * @return the length of the value. ENODATA, ERANGE if longer than {@code size}
   */
  int getxattr(Caller caller, long nodeid, Name name, long address, int size) throws ErrnoException;

  /** Reads the names of all xattrs, each with its NUL; {@code size} and result as in getxattr. */
  int listxattr(Caller caller, long nodeid, long address, int size) throws ErrnoException;

  /**
   * @param flags XATTR_CREATE, XATTR_REPLACE
   * @param killSgid an ACL is set by somebody who may not keep setgid
   */
  void setxattr(
      Caller caller, long nodeid, Name name, long address, int size, int flags, boolean killSgid)
      throws ErrnoException;

  void removexattr(Caller caller, long nodeid, Name name) throws ErrnoException;

  void statfs(Caller caller, long nodeid, StatFs out) throws ErrnoException;

  /** Writes back everything the mount has written (syncfs(2)). */
  void syncfs(long nodeid) throws ErrnoException;

  /** The mount ends: all handles are closed, all nodes dropped. No call follows. */
  void destroy();
}
