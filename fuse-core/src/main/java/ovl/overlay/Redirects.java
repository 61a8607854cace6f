package ovl.overlay;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import ovl.layer.LayerStack;
import ovl.layer.Redirect;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/**
 * Marks what is about to move with where its lowers are (kernel: fs/overlayfs/dir.c,
 * ovl_set_redirect).
 */
final class Redirects {
  private static final Logger log = LoggerFactory.getLogger(Redirects.class);

  private final Syscalls sys;
  private final LayerStack stack;
  private final Places places;

  Redirects(VerbContext context) {
    this.sys = context.sys();
    this.stack = context.stack();
    this.places = context.places();
  }

  /**
   * Marks a merged directory or a metacopy file on upper, unless it carries a mark that will do.
   * Requires: the dirLock of its parent, exclusive, if it is about to move.
   *
   * @param staysInParent a name will do then
   * @throws ErrnoException EXDEV if the path is too long or cannot be written
   */
  void markLocked(Node node, boolean staysInParent) throws ErrnoException {
    // One of several hard links can move to another directory than the others.
    LowerData data = node.real().data();
    boolean nameWillDo = staysInParent && (data == null || !data.hasOtherNames());
    Redirect present = node.real().redirect();
    if (present != null && (nameWillDo || present.isAbsolute())) {
      return;
    }
    Redirect mark = Redirect.of(nameWillDo ? node.place().name().bytes() : lowerPath(node));
    try (Places.Pinned at = places.pin(node)) {
      int rc = stack.xattr().setRedirect(at.procPath(Scratch.current(sys)), mark);
      if (rc < 0) {
        log.warn("redirect of {} not set: {}", node, Errno.name(-rc));
        throw ErrnoException.of(Errno.EXDEV);
      }
    }
    try (Places.Held held = places.lock(node)) {
      node.setRealLocked(node.real().withRedirect(mark));
    }
  }

  /**
   * Where the lowers of a merged directory are, from the overlay's root. It never changes: whatever
   * moves first gets a mark that says the same. So ancestors may move while we walk; but the place
   * of each must be read before its mark.
   */
  private static byte[] lowerPath(Node dir) throws ErrnoException {
    Deque<byte[]> parts = new ArrayDeque<>();
    int length = 0;
    for (Node at = dir; at.place() != null; ) {
      Place place = at.place();
      Redirect mark = at.real().redirect();
      byte[] part = mark != null ? mark.bytes() : place.name().bytes();
      parts.push(part);
      boolean isComplete = mark != null && mark.isAbsolute();
      length += part.length + (isComplete ? 0 : 1);
      if (length > Redirect.MAX_LENGTH) {
        throw ErrnoException.of(Errno.EXDEV);
      }
      if (isComplete) {
        break;
      }
      at = place.parent();
    }
    ByteArrayOutputStream path = new ByteArrayOutputStream(length);
    for (byte[] part : parts) {
      if (part[0] != '/') {
        path.write('/');
      }
      path.writeBytes(part);
    }
    return path.toByteArray();
  }
}
