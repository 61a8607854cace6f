package ovl.transport.dev;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import ovl.fs.KernelNotifier;

final class LateInvalidationsTest {
  private final BlockingQueue<Long> told = new LinkedBlockingQueue<>();

  private final KernelNotifier kernel =
      new KernelNotifier() {
        @Override
        public void invalidateAttributes(long nodeid) {
          told.add(nodeid);
        }

        @Override
        public void invalidateAttributesSoon(long nodeid) {
          throw new UnsupportedOperationException();
        }

        @Override
        public boolean canStore() {
          return false;
        }

        @Override
        public void store(long nodeid, long address, int length) {
          throw new UnsupportedOperationException();
        }

        @Override
        public boolean canPrune() {
          return false;
        }

        @Override
        public void prune(long[] nodeids) {
          throw new UnsupportedOperationException();
        }
      };

  @Test
  void eachNodeIsToldOnceHoweverOftenItWasNoted() throws Exception {
    LateInvalidations late = new LateInvalidations(kernel);
    for (int i = 0; i < 100; i++) {
      assertTrue(late.add(7));
      assertTrue(late.add(8));
    }
    late.start();
    assertEquals(7L, told.poll(10, TimeUnit.SECONDS));
    assertEquals(8L, told.poll(10, TimeUnit.SECONDS));
    assertNull(told.poll(50, TimeUnit.MILLISECONDS));
    assertTrue(late.add(7), "noted anew");
    assertEquals(7L, told.poll(10, TimeUnit.SECONDS));
    late.close();
  }

  @Test
  void withoutRoomNothingIsNoted() throws Exception {
    LateInvalidations late = new LateInvalidations(kernel);
    int noted = 0;
    while (late.add(noted)) {
      noted++;
    }
    assertFalse(late.add(noted));
    late.start();
    for (long i = 0; i < noted; i++) {
      assertEquals(i, told.poll(10, TimeUnit.SECONDS));
    }
    assertNull(told.poll(50, TimeUnit.MILLISECONDS));
    late.close();
  }
}
