package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.KernelNotifier;
import ovl.sys.Linux;
import ovl.sys.NativeBytes;

final class FirstReadTest {
  @TempDir Path tmp;

  /** What the kernel was given. */
  private final List<String> stored = new ArrayList<>();

  /** The kernel takes no data before. */
  private final CountDownLatch goOn = new CountDownLatch(1);

  private final CountDownLatch isStoring = new CountDownLatch(1);

  private final class Kernel implements KernelNotifier {
    private final CountDownLatch gate;

    Kernel(CountDownLatch gate) {
      this.gate = gate;
    }

    @Override
    public void invalidateAttributes(long nodeid) {}

    @Override
    public boolean canStore() {
      return true;
    }

    @Override
    public void store(long nodeid, long address, int length) {
      byte[] data = NativeBytes.read(address, length);
      isStoring.countDown();
      try {
        assertTrue(gate.await(30, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      stored.add(new String(data, StandardCharsets.US_ASCII));
    }

    @Override
    public boolean canPrune() {
      return false;
    }

    @Override
    public void prune(long[] nodeids) {}
  }

  private Merged mounted(Layers layers) throws Exception {
    goOn.countDown();
    Merged m = layers.mount();
    m.fs().attach(new Kernel(goOn));
    return m;
  }

  @Test
  void firstOpenForReadingBringsTheData() throws Exception {
    try (Merged m = mounted(layers(tmp).lower(file("a", "lower")).upper(file("b", "upper")))) {
      for (int i = 0; i < 2; i++) {
        m.view().release(m.view().open("a", Linux.O_RDONLY));
        m.view().release(m.view().open("b", Linux.O_RDONLY));
      }
      assertEquals(List.of("lower", "upper"), stored);
    }
  }

  @Test
  void noDataIsBroughtOnceSomebodyWroteOrMayWrite() throws Exception {
    try (Merged m = mounted(layers(tmp).lower(file("a", "one"), file("b", "two")))) {
      m.view().release(m.view().open("a", Linux.O_RDWR));
      m.view().release(m.view().open("a", Linux.O_RDONLY));
      m.view().truncate("b", 1);
      m.view().release(m.view().open("b", Linux.O_RDONLY));
      m.view().createFile("c", 0644);
      m.view().release(m.view().open("c", Linux.O_RDONLY));
      assertEquals(List.of(), stored);
    }
  }

  @Test
  void emptyAndLargerFilesAreLeftToTheReader() throws Exception {
    String most = "x".repeat(Linux.XATTR_SIZE_MAX);
    try (Merged m =
        mounted(layers(tmp).lower(file("a", ""), file("b", most), file("c", most + "x")))) {
      for (String name : List.of("a", "b", "c")) {
        m.view().release(m.view().open(name, Linux.O_RDONLY));
      }
      assertEquals(List.of(most), stored);
    }
  }

  @Test
  void directOpenBringsNothing() throws Exception {
    try (Merged m = mounted(layers(tmp).lower(file("a", "lower")))) {
      m.view().release(m.view().open("a", Linux.O_RDONLY | Linux.O_DIRECT));
      assertEquals(List.of(), stored);
    }
  }

  /** Else the kernel would get what is in the lower after it has been told what was written. */
  @Test
  void otherOpensAndTruncationsWaitForTheData() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "lower")).mount()) {
      m.fs().attach(new Kernel(goOn));
      CompletableFuture<Void> reader = inThread(() -> open(m, Linux.O_RDONLY));
      assertTrue(isStoring.await(30, TimeUnit.SECONDS));
      List<CompletableFuture<Void>> others =
          List.of(
              inThread(() -> open(m, Linux.O_RDONLY)),
              inThread(() -> open(m, Linux.O_RDWR)),
              inThread(() -> truncate(m)));
      Thread.sleep(50);
      assertFalse(others.stream().anyMatch(CompletableFuture::isDone));
      goOn.countDown();
      reader.get(30, TimeUnit.SECONDS);
      for (CompletableFuture<Void> other : others) {
        other.get(30, TimeUnit.SECONDS);
      }
      assertEquals(List.of("lower"), stored);
    }
  }

  /** Not of the common pool, which may have one thread only. */
  private static CompletableFuture<Void> inThread(Runnable task) {
    return CompletableFuture.runAsync(task, work -> new Thread(work).start());
  }

  private static void open(Merged m, int flags) {
    View view = m.newView();
    try {
      view.release(view.open("a", flags));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void truncate(Merged m) {
    try {
      m.newView().truncate("a", 2);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
