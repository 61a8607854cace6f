package ovl.overlay;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * The times of an upper directory before a copy-up put an entry into it: for the user nothing
 * changed there, so they are put back (kernel: ovl_set_timestamps in ovl_do_copy_up), but for the
 * ctime, which cannot be.
 *
 * @param size in bytes, which the entry may have changed as well
 * @param blocks in units of 512 bytes; the impure mark may take one
 */
record ParentTimes(
    long atime,
    int atimeNsec,
    long mtime,
    int mtimeNsec,
    long ctime,
    int ctimeNsec,
    long size,
    long blocks) {
  private static final Logger log = LoggerFactory.getLogger(ParentTimes.class);

  static ParentTimes read(Syscalls sys, int dirFd) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx2();
    ErrnoException.check(
        sys.statx(dirFd, scratch.empty(), Linux.AT_EMPTY_PATH, Linux.STATX_BASIC_STATS, stat));
    return new ParentTimes(
        stat.atime(),
        stat.atimeNsec(),
        stat.mtime(),
        stat.mtimeNsec(),
        stat.ctime(),
        stat.ctimeNsec(),
        stat.size(),
        stat.blocks());
  }

  /** False if an attribute changed that cannot be put back, or somebody else changed one. */
  boolean differsInCtimeOnly(ParentTimes other) {
    return atime == other.atime
        && atimeNsec == other.atimeNsec
        && mtime == other.mtime
        && mtimeNsec == other.mtimeNsec
        && size == other.size
        && blocks == other.blocks;
  }

  /** Best effort: the copy-up itself has succeeded. */
  void restore(Syscalls sys, int dirFd) {
    Scratch scratch = Scratch.current(sys);
    scratch.word(0, atime);
    scratch.word(1, atimeNsec);
    scratch.word(2, mtime);
    scratch.word(3, mtimeNsec);
    int rc = sys.utimensat(dirFd, scratch.empty(), scratch.words(), Linux.AT_EMPTY_PATH);
    if (rc < 0) {
      log.warn("restore parent times: {}", Errno.name(-rc));
    }
  }
}
