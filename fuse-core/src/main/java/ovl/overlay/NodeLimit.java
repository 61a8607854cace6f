package ovl.overlay;

import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the nodes from filling the heap. The kernel forgets nodes when the system is short of
 * memory, which in a small heap comes too late: beyond a number of nodes it is asked to forget the
 * oldest of those that nobody uses.
 */
final class NodeLimit {
  private static final Logger log = LoggerFactory.getLogger(NodeLimit.class);

  /** What a node takes of the heap, with its name and its slots in the tables; measured. */
  private static final int NODE_BYTES = 260;

  private final IdTable<Node> nodes;
  private final KernelCache kernel;
  private final AtomicLong count = new AtomicLong();
  private final long limit;

  /** The nodeid from which on the kernel is asked again. */
  private volatile long next;

  /** Where the search for old nodes goes on. Guarded by this. */
  private long cursor;

  /**
   * @param heap the most that the heap may be, in bytes: nodes get half of it
   */
  NodeLimit(IdTable<Node> nodes, KernelCache kernel, long heap) {
    this.nodes = nodes;
    this.kernel = kernel;
    this.limit = Math.min(heap / 2 / NODE_BYTES, Integer.MAX_VALUE);
  }

  /** How many nodes there are. */
  long count() {
    return count.get();
  }

  void added(long nodeid) {
    if (count.incrementAndGet() > limit && nodeid > next) {
      prune(nodeid);
    }
  }

  void removed() {
    count.decrementAndGet();
  }

  private synchronized void prune(long newest) {
    if (newest <= next) {
      return;
    }
    // Twice as many as will have come before the next time, should half of them be in use.
    next = newest + limit / 8;
    if (!kernel.canPrune()) {
      return;
    }
    LongStream.Builder old = LongStream.builder();
    cursor = nodes.visit(cursor, (int) (limit / 4), node -> old.add(node.nodeid()));
    log.debug("{} nodes: the kernel is to forget old ones", count);
    kernel.prune(old.build().toArray());
  }
}
