package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import ovl.layer.RealDir;
import ovl.sys.Linux;

final class NameLocksTest {
  private final Node first = node(1, Linux.S_IFDIR);
  private final Node second = node(2, Linux.S_IFDIR);
  private final Node leaf = node(3, Linux.S_IFREG);

  private static Node node(long id, int type) {
    RealStack real =
        type == Linux.S_IFDIR ? RealStack.directory(null, new RealDir[0]) : RealStack.UPPER_LEAF;
    return new Node(id, type, id, real);
  }

  @Test
  void nullsRepeatsAndLeavesAreLeftOut() {
    try (NameLocks names = NameLocks.exclusive(second, first, first, leaf, null)) {
      assertEquals(1, first.dir().lock.getWriteHoldCount());
      assertEquals(1, second.dir().lock.getWriteHoldCount());
    }
    assertFalse(first.dir().lock.isWriteLocked());
    assertFalse(second.dir().lock.isWriteLocked());
    assertTrue(LockOrder.holdsNothing());
  }

  @Test
  void lookupsShareADirectory() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try (NameLocks names = NameLocks.shared(first)) {
      Future<Integer> other =
          pool.submit(
              () -> {
                try (NameLocks too = NameLocks.shared(first)) {
                  return first.dir().lock.getReadLockCount();
                }
              });
      assertEquals(2, other.get());
    } finally {
      pool.shutdown();
    }
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void twoDirectoriesNamedInEitherOrderDoNotDeadlock() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    int[] counter = {0};
    try {
      List<Future<?>> done = new ArrayList<>();
      done.add(pool.submit(() -> countUp(counter, first, second)));
      done.add(pool.submit(() -> countUp(counter, second, first)));
      for (Future<?> each : done) {
        each.get();
      }
      assertEquals(20_000, counter[0]);
    } finally {
      pool.shutdown();
    }
  }

  private static void countUp(int[] counter, Node a, Node b) {
    for (int i = 0; i < 10_000; i++) {
      try (NameLocks names = NameLocks.exclusive(a, b)) {
        counter[0]++;
      }
    }
  }
}
