package ovl.it.limits;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import ovl.it.os.Exec;

/**
 * Watches the system calls of the daemon's workers by strace(1), and makes one of them fail instead
 * of being made.
 */
final class Injection implements AutoCloseable {
  /** All that our daemon makes on files, but reads and writes, which are those of /dev/fuse too. */
  private static final String CALLS =
      "openat,openat2,statx,newfstatat,mkdirat,unlinkat,renameat2,linkat,symlinkat,readlinkat,"
          + "mknodat,chmod,fchmod,fchmodat,fchownat,utimensat,setxattr,lsetxattr,fsetxattr,"
          + "getxattr,lgetxattr,fgetxattr,removexattr,lremovexattr,fremovexattr,listxattr,"
          + "llistxattr,flistxattr,?listxattrat,copy_file_range,sendfile,"
          + "ftruncate,fallocate,pread64,pwrite64,fsync,fdatasync,lseek,getdents64,fstatfs,"
          + "name_to_handle_at,open_by_handle_at,ioctl";

  private static final Pattern NAME = Pattern.compile("^(?:\\d+ +)?(\\w+)\\(");
  private static final Pattern UNFINISHED =
      Pattern.compile("^(\\d+) .*(?= <unfinished \\.\\.\\.>)");

  /** FUSE_DEV_IOC_CLONE, of which not every strace knows the name. */
  private static final Pattern CLONE =
      Pattern.compile("ioctl\\(\\d+, (FUSE_DEV_IOC_CLONE|_IOC\\(_IOC_READ, 0xe5, 0,)");

  private static final Pattern RESUMED = Pattern.compile("^(\\d+) +<\\.\\.\\. \\w+ resumed>(.*)");
  private static final int SECONDS = 10;
  private static final int MOST_TRIES = 5;

  /**
   * @param number the first is 1; counted for each worker and each kind of call
   */
  record Fault(String call, int number, String errno) {
    private List<String> arguments() {
      return List.of("-e", "inject=" + call + ":error=" + errno + ":when=" + number);
    }
  }

  private final Path trace;
  private final Path said;
  private Process strace;

  /**
   * @param fault null to watch only
   */
  Injection(ProcessHandle daemon, Fault fault) {
    try {
      awaitWaiting(daemon);
      List<String> workers = workers(daemon);
      trace = Files.createTempFile("strace", ".trace");
      said = Files.createTempFile("strace", ".err");
      List<String> command = new ArrayList<>(List.of("strace", "-o", trace.toString()));
      command.addAll(List.of("-e", "trace=" + CALLS + (fault == null ? "" : "," + fault.call())));
      if (fault != null) {
        command.addAll(fault.arguments());
      }
      workers.forEach(tid -> command.addAll(List.of("-p", tid)));
      attach(command, workers.size());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Skips the test where there is no strace, or where it may not attach. */
  static void need() {
    if (Exec.run("strace", "-o", "/dev/null", "true").status() != 0) {
      System.err.println("skipped: strace is missing or may not trace");
      Assumptions.abort("no strace");
    }
  }

  /** A worker that is just being made makes calls of its own, which are not meant to fail. */
  private static void awaitWaiting(ProcessHandle daemon) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!workers(daemon).stream().allMatch(tid -> isWaiting(daemon, tid))) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("the workers do not come to rest");
      }
      Thread.sleep(5);
    }
  }

  /** For a request, or until there are so many that it is needed. */
  private static boolean isWaiting(ProcessHandle daemon, String tid) {
    String in = text(new File("/proc/" + daemon.pid() + "/task/" + tid), "wchan");
    return in.equals("fuse_dev_do_read") || in.startsWith("futex");
  }

  private static List<String> workers(ProcessHandle daemon) {
    List<String> workers = new ArrayList<>();
    for (File task : new File("/proc/" + daemon.pid() + "/task").listFiles()) {
      if (text(task, "comm").startsWith("ovl-worker")) {
        workers.add(task.getName());
      }
    }
    return workers;
  }

  private static String text(File task, String file) {
    try {
      return Files.readString(task.toPath().resolve(file));
    } catch (IOException e) {
      return ""; // the thread has just ended: a worker does not
    }
  }

  /** On a busy machine strace was seen to say nothing for half a minute; the next one did. */
  private void attach(List<String> command, int count) throws IOException, InterruptedException {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      strace = new ProcessBuilder(command).redirectError(said.toFile()).start();
      if (isAttached(count)) {
        return;
      }
      strace.destroyForcibly().waitFor();
    }
    throw new AssertionError("strace did not attach: " + Files.readString(said));
  }

  private boolean isAttached(int count) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    boolean isAlive;
    do {
      // Asked first: a strace whose last worker has ended by its fault has attached all the same.
      isAlive = strace.isAlive();
      if (Files.readString(said).lines().filter(l -> l.endsWith("attached")).count() == count) {
        return true;
      }
      Thread.sleep(5);
    } while (isAlive && System.nanoTime() < deadline);
    return false;
  }

  /**
   * Detaches; the calls that were made to fail, as strace shows them, but those by which a further
   * worker gets a device.
   */
  List<String> failed() {
    return lines().stream()
        .filter(line -> line.endsWith("(INJECTED)") && !CLONE.matcher(line).find())
        .toList();
  }

  /** Detaches; what else could have been made to fail. */
  List<Fault> possible(String errno) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    List<Fault> faults = new ArrayList<>();
    for (String line : lines()) {
      Matcher name = NAME.matcher(line);
      if (name.find()) {
        faults.add(new Fault(name.group(1), counts.merge(name.group(1), 1, Integer::sum), errno));
      }
    }
    return faults;
  }

  private List<String> lines() {
    strace.destroy();
    try {
      if (!strace.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("strace does not end");
      }
      return whole(Files.readAllLines(trace));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Puts the halves of calls together that strace has split where two threads made some. */
  private static List<String> whole(List<String> lines) {
    Map<String, String> begun = new HashMap<>();
    List<String> whole = new ArrayList<>();
    for (String line : lines) {
      Matcher first = UNFINISHED.matcher(line);
      Matcher second = RESUMED.matcher(line);
      if (first.find()) {
        begun.put(first.group(1), first.group());
        continue;
      }
      // The first half is missing of a call that was being made when strace came.
      boolean isWhole = !second.find() || !begun.containsKey(second.group(1));
      whole.add(isWhole ? line : begun.remove(second.group(1)) + second.group(2));
    }
    whole.addAll(begun.values());
    return whole;
  }

  @Override
  public void close() {
    strace.destroyForcibly();
    trace.toFile().delete();
    said.toFile().delete();
  }
}
