package ovl.overlay;

import ovl.sys.Fd;
import ovl.sys.Linux;

/**
 * An open file. A handle opened on a lower file moves to the upper one when the node was copied up;
 * the old descriptor stays open until release, as another request may be using it at that moment.
 */
final class OpenFile {
  private final Node node;
  private final int flags;
  private final boolean runs;
  private volatile Fd fd;
  private volatile boolean onUpper;
  private Fd before;

  OpenFile(Node node, int flags, boolean runs, Fd fd, boolean onUpper) {
    this.node = node;
    this.flags = flags;
    this.runs = runs;
    this.fd = fd;
    this.onUpper = onUpper;
  }

  Node node() {
    return node;
  }

  /** The O_ flags that it was opened with, as far as they concern the real file, and O_APPEND. */
  int flags() {
    return flags;
  }

  /** True if all that is written by it was to go to the end. */
  boolean isForAppending() {
    return isForAppending(flags);
  }

  static boolean isForAppending(int flags) {
    return (flags & Linux.O_ACCMODE) != Linux.O_RDONLY && (flags & Linux.O_APPEND) != 0;
  }

  /** True if it was opened by execve(2): the program runs until the handle is released. */
  boolean runs() {
    return runs;
  }

  Fd fd() {
    return fd;
  }

  /**
   * True if the kernel may let the user map the real file for writing: the times change then, and
   * neither the kernel's node nor we hear of it.
   */
  boolean mayWriteUnseen() {
    return onUpper && (flags & Linux.O_ACCMODE) == Linux.O_RDWR;
  }

  /** True if the descriptor is of a file on upper. */
  boolean isOnUpper() {
    return onUpper;
  }

  /** True if the descriptor is of the lower file while the data is on upper by now. */
  boolean isBehind() {
    return !onUpper && node.hasDataOnUpper();
  }

  /** Goes on with a descriptor of the upper file. */
  void moveTo(Fd upper) {
    before = fd;
    fd = upper;
    onUpper = true;
  }

  void close() {
    fd.close();
    if (before != null) {
      before.close();
    }
  }
}
