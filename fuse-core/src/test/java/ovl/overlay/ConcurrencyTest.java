package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Invariants.checkInvariants;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.hardLink;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.whiteout;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.testing.Disk;

/**
 * Random operations of several threads on few names. The time limit is for a deadlock, which would
 * otherwise stop the build.
 */
@Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ConcurrencyTest {
  private static final int THREADS = 4;
  private static final int STEPS = 4000;

  @TempDir Path tmp;

  private Layers buildLayers() throws Exception {
    return layers(tmp)
        .lower(
            dir("mixed", file("a"), file("h1"), hardLink("h2", "h1")),
            hardLink("h1", "mixed/h1"),
            file("a"),
            dir("low", file("a"), file("b"), dir("sub", file("c"))))
        .lower(dir("low", file("d"), dir("sub", file("d"))), file("c"))
        .upper(dir("mixed", whiteout("a"), file("b")), dir("up", file("a")))
        .upper(hardLink("up/b", "up/a"));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomOperationsLeaveATreeThatIsConsistentInMemoryAndOnDisk(long seed) throws Exception {
    Layers layers = buildLayers();
    layers.mount().close();
    Set<String> descriptors = Disk.descriptors();
    SortedMap<String, String> tree;
    try (Merged m = layers.mount()) {
      runUsers(m, seed);
      checkInvariants(m.fs());
      Tree.copyUpAll(m.view());
      tree = Tree.of(m.view());
      checkInvariants(m.fs());
      m.view().forgetAll();
      checkInvariants(m.fs());
      assertEquals(Set.of(), m.leftInWork());
      assertTrue(m.workNames().size() <= 1, "one whiteout is shared: " + m.workNames());
    }
    assertEquals(descriptors, Disk.descriptors());
    try (Merged m = layers.mount()) {
      assertEquals(tree, Tree.of(m.view()), "what the next mount shows");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12})
  void allNodesAreGoneWhenAllIsRemovedAndForgotten(long seed) throws Exception {
    Layers layers = buildLayers();
    try (Merged m = layers.mount()) {
      runUsers(m, seed);
      Tree.removeAll(m.view());
      m.view().forgetAll();
      checkInvariants(m.fs());
      assertEquals(1, m.fs().nodeCount());
      Set<String> ofRemoved = new TreeSet<>(Disk.descriptors());
      ofRemoved.removeIf(open -> !open.endsWith("(deleted)") || open.contains("/dev/"));
      assertEquals(Set.of(), ofRemoved, "nothing that was removed is still open");
    }
    try (Merged m = layers.mount()) {
      assertEquals(List.of(), m.view().list(""));
    }
  }

  private static void runUsers(Merged m, long seed) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Void>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        long own = seed * 1000 + i;
        running.add(
            pool.submit(
                () -> {
                  try (View view = m.newView()) {
                    RandomUser user = new RandomUser(view, own);
                    for (int step = 0; step < STEPS; step++) {
                      user.step();
                    }
                  }
                  return null;
                }));
      }
      for (Future<Void> done : running) {
        done.get();
      }
    } finally {
      pool.shutdown();
    }
  }
}
