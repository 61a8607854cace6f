package ovl.it.overlay;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import ovl.it.os.FsPath;

/** The daemon processes, found by the paths on their command lines: they detach themselves. */
final class Daemons {
  private static final long END_MILLIS = 30_000;

  private Daemons() {}

  /** The living processes, this one apart, that name a path or one below it as an argument. */
  static List<ProcessHandle> naming(FsPath path) {
    String text = new String(path.bytes(), StandardCharsets.ISO_8859_1);
    long self = ProcessHandle.current().pid();
    return ProcessHandle.allProcesses()
        .filter(p -> p.pid() != self && names(p.pid(), text))
        .toList();
  }

  private static boolean names(long pid, String path) {
    try {
      byte[] raw = Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline"));
      for (String argument : new String(raw, StandardCharsets.ISO_8859_1).split("\0")) {
        if (argument.equals(path) || argument.contains(path + "/")) {
          return true;
        }
      }
      return false;
    } catch (NoSuchFileException e) {
      return false;
    } catch (IOException e) {
      return false; // ESRCH: it ended between the two steps
    }
  }

  /** True if the process runs a program with this name. */
  static boolean isRunning(ProcessHandle process, String program) {
    return process.info().command().orElse("").endsWith("/" + program);
  }

  /** Waits until none is left; what is left after the time is killed, and false returned. */
  static boolean awaitEnd(FsPath path) {
    boolean ended = await(END_MILLIS, () -> naming(path).isEmpty());
    if (!ended) {
      killAll(path);
    }
    return ended;
  }

  static void killAll(FsPath path) {
    naming(path).forEach(ProcessHandle::destroyForcibly);
    await(END_MILLIS, () -> naming(path).isEmpty());
  }

  /** Polls a condition. */
  static boolean await(long millis, BooleanSupplier condition) {
    long deadline = System.nanoTime() + millis * 1_000_000;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
    return true;
  }
}
