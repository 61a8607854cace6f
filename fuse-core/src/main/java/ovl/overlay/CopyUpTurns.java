package ovl.overlay;

import java.util.HashSet;
import java.util.Set;

/**
 * The right to copy up a node: one copier for each, the others wait for it and for nothing else.
 */
final class CopyUpTurns {
  private final Set<Node> copying = new HashSet<>();

  /** One turn, given back by close. */
  final class Turn implements AutoCloseable {
    private final Node node;

    private Turn(Node node) {
      this.node = node;
    }

    @Override
    public void close() {
      synchronized (copying) {
        copying.remove(node);
        copying.notifyAll();
      }
      assert LockOrder.leave(LockOrder.COPY_UP_TURN);
    }
  }

  /** Waits until nobody else copies this node. */
  Turn take(Node node) {
    assert LockOrder.holdsOnlyTurn();
    assert LockOrder.enter(LockOrder.COPY_UP_TURN);
    // Before it is taken: without memory for it, nobody would ever give it back.
    Turn turn = new Turn(node);
    boolean interrupted = false;
    synchronized (copying) {
      while (!add(node)) {
        try {
          copying.wait();
        } catch (InterruptedException e) {
          // A copy-up has an end; whoever interrupts a worker wants it to stop after the request.
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return turn;
  }

  private boolean add(Node node) {
    boolean done = false;
    try {
      boolean isAdded = copying.add(node);
      done = true;
      return isAdded;
    } finally {
      if (!done) {
        copying.remove(node); // it may be in: the table grows afterwards
      }
    }
  }
}
