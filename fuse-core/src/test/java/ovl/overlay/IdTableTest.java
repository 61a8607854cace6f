package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class IdTableTest {
  private final IdTable<String> table = new IdTable<>(1);

  private long add(String object) {
    long id = table.nextId();
    table.put(id, object);
    return id;
  }

  @Test
  void numbersCountUpFromTheFirst() {
    assertEquals(1, add("a"));
    assertEquals(2, add("b"));
    assertEquals("a", table.get(1));
    assertEquals("b", table.get(2));
  }

  @Test
  void anyNumberThatIsNotInUseFindsNothing() {
    add("a");
    for (long id : new long[] {0, 2, 1023, 1024, 1L << 40, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertNull(table.get(id), "get " + id);
      assertNull(table.remove(id), "remove " + id);
    }
  }

  @Test
  void removedNumberIsNotUsedAgain() {
    long id = add("a");
    assertEquals("a", table.remove(id));
    assertNull(table.remove(id));
    assertNull(table.get(id));
    assertEquals(id + 1, add("b"));
  }

  @Test
  void objectsStayWhileChunksComeAndGo() {
    List<Long> kept = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      long id = add("object " + i);
      if (i % 5000 == 0) {
        kept.add(id);
      } else {
        assertEquals("object " + i, table.remove(id));
      }
    }
    for (long id : kept) {
      assertEquals("object " + (id - 1), table.get(id));
    }
    Set<String> all = new HashSet<>();
    table.forEach(all::add);
    assertEquals(kept.size(), all.size());
  }

  @Test
  void eachThreadFindsWhatItPutWhileOthersPutAndRemove() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Integer>> workers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        workers.add(this::putGetAndRemove);
      }
      int kept = 0;
      for (Future<Integer> worker : pool.invokeAll(workers)) {
        kept += worker.get();
      }
      int[] found = {0};
      table.forEach(object -> found[0]++);
      assertEquals(kept, found[0]);
    } finally {
      pool.shutdown();
    }
  }

  private int putGetAndRemove() {
    int kept = 0;
    for (int i = 0; i < 20_000; i++) {
      String object = Thread.currentThread().getName() + " " + i;
      long id = add(object);
      assertEquals(object, table.get(id));
      if (i % 100 == 0) {
        kept++;
      } else {
        assertEquals(object, table.remove(id));
      }
    }
    return kept;
  }
}
