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
    boolean interrupted = false;
    synchronized (copying) {
      while (!copying.add(node)) {
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
    return new Turn(node);
  }
}
