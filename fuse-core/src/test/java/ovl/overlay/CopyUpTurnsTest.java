package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import ovl.sys.Linux;

final class CopyUpTurnsTest {
  private final CopyUpTurns turns = new CopyUpTurns();
  private final Node node = new Node(1, Linux.S_IFREG, 1, RealStack.LOWER_LEAF);
  private final Node other = new Node(2, Linux.S_IFREG, 2, RealStack.LOWER_LEAF);

  @Test
  void oneNodeIsCopiedByOneThreadAtATime() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    int[] counter = {0};
    AtomicBoolean copying = new AtomicBoolean();
    try {
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        done.add(pool.submit(() -> takeTurns(counter, copying)));
      }
      for (Future<?> each : done) {
        each.get();
      }
      assertEquals(8000, counter[0]);
    } finally {
      pool.shutdown();
    }
  }

  private void takeTurns(int[] counter, AtomicBoolean copying) {
    for (int i = 0; i < 2000; i++) {
      try (CopyUpTurns.Turn turn = turns.take(node)) {
        assertTrue(copying.compareAndSet(false, true));
        counter[0]++;
        copying.set(false);
      }
    }
  }

  @Test
  void anotherNodeNeedNotWait() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try (CopyUpTurns.Turn turn = turns.take(node)) {
      pool.submit(() -> turns.take(other).close()).get();
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void interruptOfAWaiterIsKeptForLater() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    AtomicBoolean wasInterrupted = new AtomicBoolean();
    Thread waiter =
        new Thread(
            () -> {
              began.countDown();
              turns.take(node).close();
              wasInterrupted.set(Thread.currentThread().isInterrupted());
            });
    try (CopyUpTurns.Turn turn = turns.take(node)) {
      waiter.start();
      began.await();
      waiter.interrupt();
    }
    waiter.join();
    assertTrue(wasInterrupted.get());
  }

  @Test
  void turnIsNotTakenUnderOtherLocks() {
    LockOrder.enter(LockOrder.PLACE);
    try {
      assertThrows(AssertionError.class, () -> turns.take(node));
    } finally {
      LockOrder.leave(LockOrder.PLACE);
    }
  }
}
