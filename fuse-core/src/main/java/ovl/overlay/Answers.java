package ovl.overlay;

import ovl.fs.Entry;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;

/** Tells the kernel of a node, which it then refers to. */
final class Answers {
  private final NodeTable nodes;
  private final Attributes attributes;

  Answers(NodeTable nodes, Attributes attributes) {
    this.nodes = nodes;
    this.attributes = attributes;
  }

  /**
   * Fills the entry of a node that comes with a reference, unless whoever found it has done so, and
   * turns the reference into the kernel's.
   *
   * @throws ErrnoException ENOENT if the node's real object is gone
   */
  void give(Node node, Entry out) throws ErrnoException {
    try {
      if (out.nodeid != node.nodeid() && !attributes.fillEntry(node, out)) {
        throw ErrnoException.of(Errno.ENOENT);
      }
      nodes.take(node);
    } finally {
      nodes.unref(node);
    }
  }

  /**
   * Makes the kernel ask for the attributes again. LINK and CREATE may answer for a node that it
   * knows, and it takes what they say even if a write was answered in between (create_new_entry in
   * fs/fuse/dir.c passes no attr_version): kept for long, that would be a wrong mtime for long.
   */
  static void distrust(Entry out) {
    out.attr.validNanos = 0;
  }
}
