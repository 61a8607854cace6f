package ovl.transport.libfuse2;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import ovl.sys.NativeBytes;

/**
 * Which of the kernel's inodes (libfuse's, one per path) are open, and the nodes behind them.
 *
 * <p>The kernel asks for the attributes of an inode and does not name the handle, even for fstat;
 * libfuse then needs a path, which a removed directory has no more, nor a removed file in one. So
 * such a request is changed, before libfuse sees it, to name a handle: libfuse passes that on
 * without a path, and the answer is given from the node found here.
 */
final class OpenInodes {
  private static final int GETATTR = 3;

  /** struct fuse_getattr_in: 0 u32 getattr_flags (FUSE_GETATTR_FH), 8 u64 fh; after the header. */
  private static final int GETATTR_FLAGS = 40;

  private static final int GETATTR_FH = 1;

  private final PathResolver paths;
  private final Map<Long, List<PathNode>> open = new ConcurrentHashMap<>();

  OpenInodes(PathResolver paths) {
    this.paths = paths;
  }

  /** A handle on the inode was opened, which keeps the node. */
  void opened(long inode, PathNode node) {
    open.compute(
        inode,
        (key, nodes) -> {
          List<PathNode> more = nodes == null ? new ArrayList<>(1) : new ArrayList<>(nodes);
          more.add(node);
          return more;
        });
  }

  /** One handle less; to be said before the node is let go. */
  void closed(long inode, PathNode node) {
    open.computeIfPresent(
        inode,
        (key, nodes) -> {
          List<PathNode> fewer = new ArrayList<>(nodes);
          fewer.remove(node);
          return fewer.isEmpty() ? null : fewer;
        });
  }

  /** Changes the call's request if it is one for the attributes of an open inode. */
  void divert(Call call) {
    if (call.opcode() != GETATTR) {
      return;
    }
    List<PathNode> nodes = open.get(call.inode());
    if (nodes != null && paths.hold(nodes.get(0))) {
      call.held = nodes.get(0);
      long flags = call.request() + GETATTR_FLAGS;
      NativeBytes.putInt(flags, NativeBytes.getInt(flags) | GETATTR_FH);
    }
  }

  /** The request has been answered. */
  void settle(Call call) {
    if (call.held != null) {
      call.held.close();
      call.held = null;
    }
  }
}
