package ovl.overlay;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.LayerStack;
import ovl.layer.RealDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;

/**
 * Notes the origin of a directory on upper that merges with a lower one and was not copied up from
 * it, as one that was put there before the mount (kernel: ovl_fix_origin). Done when it is found.
 */
final class MissingOrigin {
  private static final Logger log = LoggerFactory.getLogger(MissingOrigin.class);

  private final LayerStack stack;

  MissingOrigin(VerbContext context) {
    this.stack = context.stack();
  }

  /** Best effort: the directory can be used without. */
  void note(Node parent, Node dir) {
    if (!dir.isDirectory() || !dir.isOnUpper() || dir.real().lowers().length == 0) {
      return;
    }
    try {
      note(parent.real().upper(), dir.real().upper(), dir.real().lowers()[0]);
    } catch (ErrnoException e) {
      log.debug("no origin noted on {}: {}", dir, Errno.name(e.errno()));
    }
  }

  private void note(RealDir parent, RealDir upper, RealDir lower) throws ErrnoException {
    int fd = upper.acquire();
    try {
      if (stack.xattr().hasOrigin(fd)) {
        return;
      }
      ErrnoException.check(stack.xattr().setOrigin(fd, handle(lower)));
    } finally {
      upper.release();
    }
    int parentFd = parent.acquire();
    try {
      stack.markImpure(parent, parentFd);
    } finally {
      parent.release();
    }
  }

  private byte[] handle(RealDir lower) throws ErrnoException {
    int dirFd = lower.acquire();
    try {
      return stack.origin().encode(lower.layer(), dirFd);
    } finally {
      lower.release();
    }
  }
}
