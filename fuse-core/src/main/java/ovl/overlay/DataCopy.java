package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.util.function.LongConsumer;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Copies a file's content between two descriptors by the cheapest way the filesystems allow:
 * sharing extents (FICLONE), a copy inside the kernel (copy_file_range), or read and write. Holes
 * stay holes.
 */
final class DataCopy {
  private static final int BLOCK = 1 << 20;

  /**
   * One system call's worth: long enough to be fast, short enough to notice progress or failure.
   */
  private static final long CHUNK = 1L << 25;

  /** Most files: copied by one read and one write, through memory that the thread has anyway. */
  private static final int SMALL = Linux.XATTR_SIZE_MAX;

  /** Below this a copy is as cheap as shared extents, and leaves nothing to be unshared later. */
  private static final long WORTH_CLONING = 1 << 16;

  private final Syscalls sys;

  /** False once upper's filesystem has said that it cannot. */
  private volatile boolean mayClone = true;

  DataCopy(Syscalls sys) {
    this.sys = sys;
  }

  /**
   * Makes {@code to}, an empty file, a copy of the first {@code size} bytes of {@code from}.
   *
   * @param mayHaveHoles false if as much is allocated to {@code from} as it is long
   * @param progress told how far the copy has come, before each of its parts
   * @throws ErrnoException as write(2): ENOSPC, EDQUOT, EIO ...; {@code to} is then incomplete
   */
  void copy(int from, int to, long size, boolean mayHaveHoles, LongConsumer progress)
      throws ErrnoException {
    assert LockOrder.holdsOnlyTurn();
    if (size <= SMALL && !mayHaveHoles) {
      long copied = copy(from, to, 0, size, Scratch.current(sys).value(), SMALL);
      if (copied < size) {
        check(sys.ftruncate(to, size));
      }
      return;
    }
    if (size >= WORTH_CLONING && mayClone && clone(from, to)) {
      return;
    }
    long position = 0;
    boolean inKernel = true;
    while (position < size) {
      long data = nextData(from, position, size);
      if (data >= size) {
        break;
      }
      long hole = nextHole(from, data, size);
      while (data < hole) {
        progress.accept(data);
        long copied = inKernel ? copyFileRange(from, to, data, Math.min(hole - data, CHUNK)) : -1;
        if (copied < 0) {
          inKernel = false;
          copied = readAndWrite(from, to, data, hole);
        }
        if (copied == 0) {
          // The source is shorter than it was: what is missing reads as zeros.
          break;
        }
        data += copied;
      }
      position = hole;
    }
    check(sys.ftruncate(to, size));
  }

  private boolean clone(int from, int to) {
    int rc = sys.ioctl(to, Linux.FICLONE, from);
    if (rc == -Errno.EOPNOTSUPP || rc == -Errno.ENOTTY) {
      mayClone = false;
    }
    return rc == 0;
  }

  private long nextData(int from, long position, long size) throws ErrnoException {
    long data = sys.lseek(from, position, Linux.SEEK_DATA);
    if (data == -Errno.ENXIO) {
      return size;
    }
    // A filesystem that does not know holes: all is data.
    return data == -Errno.EINVAL || data == -Errno.EOPNOTSUPP ? position : check(data);
  }

  private long nextHole(int from, long data, long size) throws ErrnoException {
    long hole = sys.lseek(from, data, Linux.SEEK_HOLE);
    if (hole == -Errno.EINVAL || hole == -Errno.EOPNOTSUPP || hole == -Errno.ENXIO) {
      return size;
    }
    return Math.min(check(hole), size);
  }

  /** The bytes copied, or -1 where the kernel cannot copy between these two. */
  private long copyFileRange(int from, int to, long offset, long length) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, offset);
    scratch.word(1, offset);
    long offsets = scratch.words();
    long copied = sys.copyFileRange(from, offsets, to, offsets + 8, length, 0);
    if (copied == -Errno.EXDEV
        || copied == -Errno.EINVAL
        || copied == -Errno.EOPNOTSUPP
        || copied == -Errno.ENOSYS
        || copied == 0) {
      // 0 as well: some filesystems say so for what they do not support.
      return -1;
    }
    return check(copied);
  }

  private long readAndWrite(int from, int to, long start, long end) throws ErrnoException {
    try (Memory block = Memory.map(sys, BLOCK)) {
      return copy(from, to, start, end, block.address(), BLOCK);
    }
  }

  private long copy(int from, int to, long start, long end, long block, int blockSize)
      throws ErrnoException {
    long position = start;
    while (position < end) {
      long wanted = Math.min(blockSize, end - position);
      long read = check(sys.pread(from, block, wanted, position));
      if (read == 0) {
        break;
      }
      for (long written = 0; written < read; ) {
        written += check(sys.pwrite(to, block + written, read - written, position + written));
      }
      position += read;
    }
    return position - start;
  }
}
