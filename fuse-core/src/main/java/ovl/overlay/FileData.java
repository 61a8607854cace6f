package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** Operations on the data of open files (kernel: fs/overlayfs/file.c). */
final class FileData {
  private final Syscalls sys;
  private final Handles handles;
  private final Attributes attributes;
  private final OverlayOptions options;
  private final KernelCache kernel;
  private final Protection protection;

  FileData(VerbContext context, Handles handles, Attributes attributes) {
    this.sys = context.sys();
    this.handles = handles;
    this.attributes = attributes;
    this.options = context.options();
    this.kernel = context.kernel();
    this.protection = context.protection();
  }

  private int fd(long fh) throws ErrnoException {
    return handles.fd(handles.file(fh));
  }

  int read(long fh, long offset, int size, long address) throws ErrnoException {
    int fd = fd(fh);
    int done = 0;
    while (done < size) {
      long read = sys.pread(fd, address + done, size - done, offset + done);
      if (read <= 0) {
        if (read < 0 && done == 0) {
          check(read);
        }
        break;
      }
      done += (int) read;
    }
    return done;
  }

  int write(long fh, long offset, int size, long address, boolean killSuidgid)
      throws ErrnoException {
    OpenFile file = handles.file(fh);
    int fd = handles.fd(file);
    if (killSuidgid) {
      attributes.dropSuidgid(file.node());
    }
    refuseOverwriting(file, fd, offset);
    int done = 0;
    while (done < size) {
      long written = sys.pwrite(fd, address + done, size - done, offset + done);
      if (written < 0) {
        if (done == 0) {
          check(written);
        }
        break;
      }
      done += (int) written;
    }
    return done;
  }

  /**
   * By chattr +a a file is opened with O_APPEND, which the kernel, as it does not know of the mark,
   * lets be taken away again (F_SETFL, RWF_NOAPPEND), and be mapped.
   *
   * @throws ErrnoException EPERM
   */
  private void refuseOverwriting(OpenFile file, int fd, long offset) throws ErrnoException {
    if (file.isForAppending()
        && (protection.of(file.node()) & Protection.APPEND) != 0
        && offset < check(sys.lseek(fd, 0, Linux.SEEK_END))) {
      throw ErrnoException.of(Errno.EPERM);
    }
  }

  void fsync(long fh, boolean dataOnly) throws ErrnoException {
    Sync.refuseIfVolatile(options);
    int fd = fd(fh);
    check(dataOnly ? sys.fdatasync(fd) : sys.fsync(fd));
  }

  void fallocate(long fh, int mode, long offset, long length) throws ErrnoException {
    OpenFile file = handles.file(fh);
    boolean keepsSize = (mode & ~Linux.FALLOC_FL_KEEP_SIZE) == 0;
    protection.refuse(file.node(), keepsSize ? Protection.IMMUTABLE : Protection.ANY);
    check(sys.fallocate(handles.fd(file), mode, offset, length));
    kernel.changed(file.node());
  }

  long lseek(long fh, long offset, int whence, boolean isCached) throws ErrnoException {
    OpenFile file = handles.file(fh);
    int fd = handles.fd(file);
    boolean mayLag = isCached || file.node().formerNodeids().length > 0;
    return mayLag && handles.mayBeMapped(file.node())
        ? seekAsIfFull(fd, offset, whence)
        : check(sys.lseek(fd, offset, whence));
  }

  /**
   * In a file that may be mapped for writing: what was stored where it has a hole is still with the
   * kernel, and who copies files by their holes would lose it.
   */
  private long seekAsIfFull(int fd, long offset, int whence) throws ErrnoException {
    long size = check(sys.lseek(fd, 0, Linux.SEEK_END));
    if (offset < 0 || offset >= size) {
      throw ErrnoException.of(Errno.ENXIO);
    }
    return whence == Linux.SEEK_DATA ? offset : size;
  }

  long copyFileRange(long fhIn, long offsetIn, long fhOut, long offsetOut, long length, int flags)
      throws ErrnoException {
    int in = fd(fhIn);
    OpenFile written = handles.file(fhOut);
    int out = handles.fd(written);
    protection.refuse(written.node(), Protection.IMMUTABLE);
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, offsetIn);
    scratch.word(1, offsetOut);
    long offsets = scratch.words();
    return check(sys.copyFileRange(in, offsets, out, offsets + 8, length, flags));
  }
}
