package ovl.overlay;

import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Puts the data of a small file into the kernel's page cache while the file is opened for the first
 * time: the read that mostly follows is then not a second request, which would take longer than
 * opening and reading together.
 *
 * <p>What is put there must not be older than what is there. So nobody may have the file open, and
 * until it is done no other open and no truncation goes on ({@link Node#takePages}): without an
 * open file there is no page that a READ has locked, which the kernel would wait for, and nobody
 * who writes.
 */
final class FirstRead {
  /** What fits the area of {@link Scratch#value}, whose address is good for any data. */
  private static final int MOST = Linux.XATTR_SIZE_MAX;

  private final Syscalls sys;
  private final KernelCache kernel;
  private final CacheTimes cacheTimes;

  FirstRead(VerbContext context) {
    this.sys = context.sys();
    this.kernel = context.kernel();
    this.cacheTimes = context.options().cacheTimes();
  }

  /**
   * Waits until nobody fills the pages of a file that is about to be opened.
   *
   * @return true if this open is to do it; {@link Node#endFill} must then follow
   */
  boolean begin(Node node, int flags) {
    boolean reads = (flags & (Linux.O_ACCMODE | Linux.O_TRUNC | Linux.O_DIRECT)) == Linux.O_RDONLY;
    if (reads && kernel.canStore() && cacheTimes.keepsContent() && node.beginFill()) {
      return true;
    }
    node.takePages();
    return false;
  }

  /** A file that cannot be read is left to the READ, which says why. */
  void fill(Node node, int fd) {
    if (sys.lseek(fd, 0, Linux.SEEK_END) > MOST) {
      return;
    }
    long data = Scratch.current(sys).value();
    long length = sys.pread(fd, data, MOST, 0);
    if (length > 0) {
      kernel.store(node, data, (int) length);
    }
  }
}
