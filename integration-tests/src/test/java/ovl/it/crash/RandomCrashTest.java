package ovl.it.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/**
 * The daemon is killed at random moments of random work, again and again over the same upper, which
 * the kernel and ours then mount in turn. Nothing that returned is lost, what was under way is done
 * or not (a write perhaps up to the end of its first page), nothing else is to be seen, and the
 * workdir is empty. {@code -Dovl.crash.random=N} does N rounds on each filesystem.
 */
final class RandomCrashTest {
  private static final int ROUNDS = Integer.getInteger("ovl.crash.random", 3);
  private static final long SEED = Long.getLong("ovl.crash.seed", 1);
  private static final int WORKERS = 3;
  private static final int LATEST_MILLIS = 600;

  @ParameterizedTest
  @EnumSource(Backing.class)
  void everythingThatReturnedIsThereAfterAKill(Backing backing) throws Exception {
    Random random = new Random(SEED);
    ExecutorService threads = Executors.newFixedThreadPool(WORKERS);
    try (Overlay stack = new Overlay(MountKind.DEV, backing)) {
      stack.allowErrorsInLog();
      fill(stack.lowers().get(1), random);
      List<CrashWorker> workers = new ArrayList<>();
      stack.mount();
      for (int i = 0; i < WORKERS; i++) {
        workers.add(new CrashWorker(stack.merged().at("d" + i), new Random(random.nextLong())));
      }
      for (int round = 0; round < ROUNDS; round++) {
        crash(stack, workers, threads, random.nextInt(LATEST_MILLIS));
        if (round % 2 == 1) {
          stack.mountByKernel();
          check(stack, workers, "by the kernel in round " + round);
          stack.unmount();
        }
        stack.mount();
        check(stack, workers, "by ours in round " + round);
      }
      int calls = workers.stream().mapToInt(CrashWorker::calls).sum();
      System.err.printf("%s: %d kills, %d calls before them%n", backing, ROUNDS, calls);
      assertTrue(calls > ROUNDS, "no kill was in the middle of work");
    } finally {
      threads.shutdownNow();
    }
  }

  private static void fill(FsPath lower, Random random) {
    for (int i = 0; i < WORKERS; i++) {
      FsPath dir = lower.at("d" + i).mkdir();
      for (String name : List.of("a", "b", "sub/a", "sub/b", "sub/more/c", "e/d")) {
        byte[] content = new byte[random.nextInt(200_000)];
        random.nextBytes(content);
        int slash = name.lastIndexOf('/');
        FsPath parent = slash < 0 ? dir : dir.at(name.substring(0, slash));
        (parent.exists() ? parent : parent.mkdirs()).at(name.substring(slash + 1)).file(content);
      }
    }
  }

  private static void crash(
      Overlay stack, List<CrashWorker> workers, ExecutorService threads, int millis)
      throws Exception {
    List<Future<?>> running = new ArrayList<>();
    workers.forEach(worker -> running.add(threads.submit(worker)));
    Thread.sleep(millis); // a moment like any other
    stack.daemon().destroyForcibly();
    for (Future<?> worker : running) {
      worker.get(60, TimeUnit.SECONDS);
    }
    stack.awaitDaemonEnd();
    stack.detach();
  }

  private static void check(Overlay stack, List<CrashWorker> workers, String when) {
    assertEquals(List.of(), stack.leftInWorkButWhiteout(), "left in work " + when);
    assertEquals(List.of("d0", "d1", "d2"), stack.merged().list().stream().sorted().toList(), when);
    for (CrashWorker worker : workers) {
      String wrong = worker.check();
      assertTrue(wrong == null, () -> when + ": " + wrong);
    }
  }
}
