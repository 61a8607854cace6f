package ovl.overlay;

import static ovl.sys.ErrnoException.check;

import java.nio.charset.StandardCharsets;
import ovl.layer.LayerStack;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;

/**
 * Brings the data of a metacopy file to upper, into the file that is there (kernel:
 * fs/overlayfs/copy_up.c, ovl_copy_up_meta_inode_data). Until its mark is removed, whoever reads
 * the file reads the lower one, and a crash leaves a metacopy file as before.
 */
final class DataCopyUp {
  private static final byte[] CAPABILITY =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  private final Syscalls sys;
  private final LayerStack stack;
  private final Places places;
  private final boolean isVolatile;
  private final DataCopy data;

  DataCopyUp(VerbContext context, DataCopy data) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.places = context.places();
    this.isVolatile = context.options().isVolatile();
    this.data = data;
  }

  /**
   * Requires: the copyUpTurn of the node, and no other lock.
   *
   * @param truncate copy nothing: the file is about to be emptied
   */
  void copy(Node node, LowerData from, boolean truncate, CopyUps.Running running)
      throws ErrnoException {
    try (Fd target = openUpper(node)) {
      if (truncate) {
        // Before the mark goes: a crash must not leave zeros of the old length.
        // ftruncate(2) would set mtime even where the size stays.
        check(sys.truncate(Scratch.current(sys).procFd(target.get()), 0));
      } else {
        copyInto(target.get(), from, running);
      }
      check(stack.xattr().removeMetacopy(target.get()));
    }
    try (Places.Held held = places.lock(node)) {
      node.setRealLocked(RealStack.UPPER_LEAF_WITH_ORIGIN);
    }
  }

  private Fd openUpper(Node node) throws ErrnoException {
    try (Places.Pinned at = places.pin(node)) {
      Scratch scratch = Scratch.current(sys);
      int flags = Linux.O_RDWR | Linux.O_CLOEXEC;
      return new Fd(
          sys,
          check(
              at.isSelf()
                  ? sys.openat(Linux.AT_FDCWD, scratch.procFd(at.fd()), flags, 0)
                  : sys.openat(at.fd(), at.name(), flags | Linux.O_NOFOLLOW, 0)));
    }
  }

  private void copyInto(int target, LowerData from, CopyUps.Running running) throws ErrnoException {
    Scratch scratch = Scratch.current(sys);
    Statx stat = scratch.statx();
    int mask = Linux.STATX_BASIC_STATS;
    check(sys.statx(target, scratch.empty(), Linux.AT_EMPTY_PATH, mask, stat));
    long size = stat.size();
    running.expect(size);
    // Nothing that a user can see changes but what the copying itself takes away.
    ParentTimes times = ParentTimes.read(sys, target);
    byte[] capability = capability(target);
    try (Fd source = from.open()) {
      data.copy(source.get(), target, size, true, running);
    }
    if (capability != null) {
      long value = scratch.value(capability);
      check(sys.fsetxattr(target, scratch.path2(CAPABILITY), value, capability.length, 0));
    }
    times.restore(sys, target);
    if (!isVolatile) {
      check(sys.fsync(target));
    }
  }

  private byte[] capability(int fd) {
    Scratch scratch = Scratch.current(sys);
    long value = scratch.value();
    long length = sys.fgetxattr(fd, scratch.path2(CAPABILITY), value, Linux.XATTR_SIZE_MAX);
    return length < 0 ? null : scratch.valueBytes((int) length);
  }
}
