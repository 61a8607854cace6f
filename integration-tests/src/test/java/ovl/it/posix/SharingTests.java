package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.DirEntry;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** What several descriptors, names and programs see of one file, and files beyond usual sizes. */
interface SharingTests extends Fixture {
  long TWO_TIB = 1L << 41;
  int MANY = Boolean.getBoolean("ovl.long") ? 200_000 : 5_000;

  @Test
  default void mappingsOfTwoNamesAreOneMemory() {
    upper("a").file("0123456789").link(upper("b"));
    mount();
    try (OpenFile a = merged("a").open(Linux.O_RDWR);
        OpenFile b = merged("b").open(Linux.O_RDWR);
        OpenFile.Mapping first = a.map(10, true);
        OpenFile.Mapping second = b.map(10, true)) {
      first.store("abc");
      assertEquals("abc3456789", second.text());
      b.pwrite("XY", 5);
      assertEquals("abc34XY789", first.text());
      assertEquals("abc34XY789", merged("a").text());
    }
  }

  @Test
  default void mappingFromBeforeTheCopyUpSeesWhatIsWritten() {
    lower("f").file("0123456789");
    mount();
    try (OpenFile before = merged("f").open(Linux.O_RDONLY);
        OpenFile.Mapping old = before.map(10, false)) {
      assertEquals("0123456789", old.text());
      try (OpenFile file = merged("f").open(Linux.O_RDWR)) {
        file.pwrite("new", 2);
      }
      assertEquals("01new56789", old.text());
    }
  }

  /** The daemon may push the data of a small file to the kernel while it is first opened. */
  @Test
  default void firstReadersNeverBringBackWhatAWriterReplaced() throws Exception {
    int count = 100;
    for (int i = 0; i < count; i++) {
      lower("f" + i).file("lower content that is longer");
    }
    mount();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      for (int i = 0; i < count; i++) {
        FsPath file = merged("f" + i);
        int flags = i % 2 == 0 ? Linux.O_RDWR | Linux.O_TRUNC : Linux.O_RDWR;
        CyclicBarrier start = new CyclicBarrier(3);
        file.stat();
        Callable<String> reader =
            () -> {
              start.await();
              return file.text();
            };
        List<Future<String>> readers = List.of(threads.submit(reader), threads.submit(reader));
        Future<?> writer =
            threads.submit(
                () -> {
                  start.await();
                  try (OpenFile out = file.open(flags)) {
                    out.pwrite("upper", 0);
                  }
                  return null;
                });
        writer.get(60, TimeUnit.SECONDS);
        for (Future<String> text : readers) {
          text.get(60, TimeUnit.SECONDS);
        }
        String expected = i % 2 == 0 ? "upper" : "upper content that is longer";
        assertEquals(expected, file.text());
        assertEquals(expected.length(), file.stat().size());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  default void programThatRunsIsNotWritten() throws IOException, InterruptedException {
    mount();
    Exec.ok("cp", "/bin/sleep", merged("up").toString());
    FsPath program = merged("up");
    Process running = new ProcessBuilder(program.toString(), "60").start();
    try {
      Path exe = Path.of("/proc/" + running.pid() + "/exe");
      for (int i = 0; i < 200 && !exe.toRealPath().endsWith("up"); i++) {
        Thread.sleep(10);
      }
      assertErrno(Errno.ETXTBSY, () -> program.open(Linux.O_WRONLY));
      assertErrno(Errno.ETXTBSY, () -> program.open(Linux.O_RDONLY | Linux.O_TRUNC));
      assertEquals(FsPath.of(Path.of("/bin/sleep")).stat().size(), upper("up").stat().size());
    } finally {
      running.destroyForcibly().waitFor();
    }
    program.open(Linux.O_WRONLY).close();
  }

  @Test
  default void fileOpenForWritingIsNotRun() {
    mount();
    Exec.ok("cp", "/bin/true", merged("up").toString());
    try (OpenFile file = merged("up").open(Linux.O_WRONLY)) {
      Exec busy = Exec.bash("exec \"$1\"", merged("up"));
      assertNotEquals(0, busy.status());
      assertTrue(busy.err().contains("busy"), busy::err);
    }
    assertEquals(0, Exec.run(merged("up").toString()).status());
  }

  @Test
  default void watchSeesChangesBeforeAndAfterTheCopyUp() throws IOException, InterruptedException {
    lower("d").mkdir().at("f").file("lower");
    mount();
    Path dir = Path.of(merged("d").argument());
    try (WatchService watch = dir.getFileSystem().newWatchService()) {
      dir.register(
          watch,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      merged("d/f").append("x");
      merged("d/new").file("y");
      merged("d/f").append("z");
      merged("d/new").unlink();
      Set<String> seen = new TreeSet<>();
      for (WatchKey key = watch.poll(10, TimeUnit.SECONDS);
          key != null && seen.size() < 4;
          key = watch.poll(1, TimeUnit.SECONDS)) {
        for (WatchEvent<?> event : key.pollEvents()) {
          seen.add(event.kind().name().substring(6) + " " + event.context());
        }
        key.reset();
      }
      assertEquals(Set.of("CREATE new", "DELETE new", "MODIFY f", "MODIFY new"), seen);
    }
  }

  @Test
  default void appendingProgramsLoseNothing() {
    lower("log").file("");
    mount();
    String script =
        "for p in 1 2 3 4; do (for i in $(seq 100); do echo $p:$i >>\"$1\"; done) & done; wait";
    Exec.bash(script, merged("log")).orFail("appending");
    List<String> lines = merged("log").text().lines().toList();
    assertEquals(400, lines.size());
    assertEquals(400, new TreeSet<>(lines).size());
  }

  /** cp(1) would leave it out. The earlier reader keeps passthrough from the file. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  default void whatAMappingHasStoredIsNoHole(boolean isReadBefore) {
    lower("f").file("");
    lower("f").truncate(1 << 20);
    mount();
    OpenFile reader = isReadBefore ? merged("f").open(Linux.O_RDONLY) : null;
    try (OpenFile file = merged("f").open(Linux.O_RDWR);
        OpenFile.Mapping mapping = file.map(4096, true)) {
      mapping.store("stored");
      assertEquals(0, file.seek(0, Linux.SEEK_DATA));
      Exec.ok("cp", "--sparse=auto", merged("f").toString(), merged("copy").toString());
      try (OpenFile copy = merged("copy").open(Linux.O_RDONLY)) {
        assertEquals("stored", copy.pread(6, 0));
      }
    } finally {
      if (reader != null) {
        reader.close();
      }
    }
  }

  @Test
  default void fileOfTwoTebibytesIsCopiedUpWithItsHoles() {
    lower("big").file("start");
    try (OpenFile file = lower("big").open(Linux.O_RDWR)) {
      file.pwrite("end", TWO_TIB);
    }
    overlay().skipLowerCheck();
    mount();
    // Not open for both: without passthrough such a file is as if it had no holes.
    try (OpenFile file = merged("big").open(Linux.O_WRONLY);
        OpenFile reader = merged("big").open(Linux.O_RDONLY)) {
      file.pwrite("+", TWO_TIB + 3);
      assertEquals("start", reader.pread(5, 0));
      assertEquals("end+", reader.pread(10, TWO_TIB));
      assertEquals(TWO_TIB + 4, file.stat().size());
      long data = file.seek(1 << 20, Linux.SEEK_DATA);
      assertTrue(data > 1 << 20 && data <= TWO_TIB, "data at " + data);
      file.fallocate(Linux.FALLOC_FL_PUNCH_HOLE | Linux.FALLOC_FL_KEEP_SIZE, 0, 4096);
      assertEquals("\0", reader.pread(1, 0));
    }
    assertTrue(upper("big").stat().blocks() < 4096, "blocks: " + upper("big").stat().blocks());
  }

  @Test
  default void largeDirectoryThatChangesIsListedWithoutGapOrRepetition() {
    overlay().skipLowerCheck();
    FsPath dir = lower("d").mkdir();
    for (int i = 0; i < MANY; i++) {
      dir.at("keep" + i).mknod(Linux.S_IFREG | 0600, 0, 0);
    }
    mount();
    List<DirEntry> seen = new ArrayList<>();
    try (OpenFile open = merged("d").open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      for (int i = 0; open.entryBlock(4096, seen); i++) {
        if (i % 16 == 0) {
          merged("d/new" + i).file("");
          merged("d/new" + i).rename(merged("d/moved" + i));
        }
        if (i % 32 == 0) {
          merged("d/moved" + i).unlink();
        }
      }
    }
    List<String> kept = new ArrayList<>();
    seen.stream().map(DirEntry::name).filter(n -> n.startsWith("keep")).forEach(kept::add);
    assertEquals(MANY, kept.size());
    assertEquals(MANY, new TreeSet<>(kept).size());
  }

  @Test
  default void namesAndPathsHaveTheUsualLimits() {
    lower("d").mkdir();
    mount();
    String longest = "n".repeat(255);
    String tooLong = "n".repeat(256);
    merged("d").at(longest).file("x").rename(merged("d/short"));
    merged("d/short").rename(merged("d").at(longest));
    assertEquals(List.of(longest), merged("d").list());
    List<Runnable> calls =
        List.of(
            () -> merged("d").at(tooLong).stat(),
            () -> merged("d").at(tooLong).file(""),
            () -> merged("d").at(tooLong).mkdir(),
            () -> merged("d").at(tooLong).symlink("x"),
            () -> merged("d").at(tooLong).mknod(Linux.S_IFIFO | 0600, 0, 0),
            () -> merged("d").at(tooLong).unlink(),
            () -> merged("d").at(tooLong).rmdir(),
            () -> merged("d").at(longest).rename(merged("d").at(tooLong)),
            () -> merged("d").at(longest).link(merged("d").at(tooLong)),
            () -> merged("d").at(tooLong).rename(merged("d/x")));
    calls.forEach(call -> assertErrno(Errno.ENAMETOOLONG, call));
    merged("d").at(longest).unlink();
  }

  @Test
  default void directoriesFiveHundredDeepCanBeUsed() {
    mount();
    StringBuilder path = new StringBuilder("d");
    merged("d").mkdir();
    for (int i = 0; i < 500; i++) {
      path.append("/d");
      merged(path.toString()).mkdir();
    }
    FsPath deepest = merged(path.toString());
    deepest.at("f").file("deep");
    assertEquals("deep", upper(path + "/f").text());
    deepest.at("f").rename(merged("shallow"));
    assertEquals("deep", merged("shallow").text());
  }
}
