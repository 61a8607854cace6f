package ovl.it.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;
import ovl.sys.Linux;

/**
 * Many at once on one mount. {@code -Dovl.stress.seconds=60} for the random operations and {@code
 * -Dovl.long=true} for the walk are the real thing; the defaults are for every build.
 */
abstract class ConcurrencySuite {
  private static final boolean IS_LONG = Boolean.getBoolean("ovl.long");
  private static final int SECONDS = Integer.getInteger("ovl.stress.seconds", IS_LONG ? 60 : 6);
  private static final int PROCESSES = 8;
  private static final int BLOCK = 8 << 20;
  private static final int BLOCKS = 256;
  private static final int SIBLINGS = 20_000;

  private static final int LISTERS = 3;
  private static final int CHANGES = 3000;
  private static final int LISTED = 200;

  /** As many as the daemon may have, and as there are files. */
  private static final int DESCRIPTORS = 400;

  /** Two thirds of a second would be felt; the copy-up takes longer by far. */
  private static final long PATIENCE_NANOS = 700_000_000L;

  /** What a daemon without any file open may hold beyond what it had before: cached directories. */
  private static final int SPARE_FDS = 40;

  /** Nodes that may be left when the kernel has forgotten all: the root, and some on their way. */
  private static final int SPARE_NODES = 20;

  /** Not atime: a snapshot reads. Not ctime: of some files the kernel itself shows a late one. */
  private static final List<TreeSnapshot.Time> TIMES = List.of(TreeSnapshot.Time.MTIME);

  private final MountKind kind;
  private Overlay stack;

  ConcurrencySuite(MountKind kind) {
    this.kind = kind;
  }

  @BeforeEach
  void makeStack() {
    stack = new Overlay(kind, Backing.EXT4);
  }

  @AfterEach
  void removeStack() {
    stack.close();
  }

  // ---- a copy-up of 2 GiB

  @Test
  void copyUpOfBigFileDelaysNobody() {
    stack.skipLowerCheck();
    FsPath dir = stack.lowers().get(0).at("d").mkdir();
    byte[] block = new byte[BLOCK];
    new Random(1).nextBytes(block);
    try (OpenFile big = dir.at("big").file("").open(Linux.O_WRONLY)) {
      for (int i = 0; i < BLOCKS; i++) {
        big.writeAll(block);
      }
      big.fsync();
    }
    for (int i = 0; i < SIBLINGS; i++) {
      dir.at("s" + i).file("");
    }
    stack.mount();
    FsPath merged = stack.merged().at("d");
    CompletableFuture<Long> copyUp = CompletableFuture.supplyAsync(() -> append(merged.at("big")));
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < SIBLINGS && !copyUp.isDone(); i++) {
      waits.add(use(merged.at("s" + i)));
      pause();
    }
    boolean isWholly = copyUp.isDone();
    long took = copyUp.join();
    waits.sort(null);
    long worst = waits.get(waits.size() - 1);
    String figures =
        String.format(
            "%s: copy-up of 2 GiB %d ms; meanwhile %d times stat, open, read, close: median %d us,"
                + " worst %d us",
            kind, took / 1_000_000, waits.size(), waits.get(waits.size() / 2) / 1000, worst / 1000);
    System.err.println(figures + (isWholly ? "" : " (siblings used up before its end)"));
    assertTrue(worst < PATIENCE_NANOS && worst < took / 2, figures);
    assertTrue(waits.size() > 20, figures);
    assertEquals((long) BLOCK * BLOCKS + 1, stack.upper().at("d/big").stat().size());
    checkBlocks(merged.at("big"), block);
  }

  private static long append(FsPath file) {
    long start = System.nanoTime();
    try (OpenFile open = file.open(Linux.O_WRONLY | Linux.O_APPEND)) {
      long took = System.nanoTime() - start;
      open.write("x");
      return took;
    }
  }

  private static long use(FsPath file) {
    long start = System.nanoTime();
    file.stat();
    try (OpenFile open = file.open(Linux.O_RDONLY)) {
      open.pread(1, 0);
    }
    return System.nanoTime() - start;
  }

  private static void pause() {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void checkBlocks(FsPath file, byte[] block) {
    String start =
        new String(Arrays.copyOf(block, 4096), java.nio.charset.StandardCharsets.ISO_8859_1);
    try (OpenFile open = file.open(Linux.O_RDONLY)) {
      for (int i = 0; i < BLOCKS; i++) {
        assertEquals(start, open.pread(4096, (long) i * BLOCK), "block " + i);
      }
    }
  }

  // ---- random operations

  @Test
  void randomOperationsOfManyProcesses() throws IOException, InterruptedException {
    fillForRandom();
    stack.mount();
    Exec.ok("find", stack.merged().toString());
    forgetAll();
    final long fdsBefore = openFiles();
    runProcesses(stack.merged().at("shared"));
    waitForAttributes();
    TreeSnapshot shown = TreeSnapshot.of(stack.merged(), TIMES);
    System.err.println(kind + ": " + shown.size() + " objects after the random operations");
    checkForgotten(fdsBefore, shown.size());
    assertEquals(List.of(), stack.leftInWorkButWhiteout(), "left in work");
    stack.remount();
    TreeSnapshot again = TreeSnapshot.of(stack.merged(), TIMES);
    shown.assertEqualTo(again, TreeRules.none(), "before | after a remount");
    if (kind.isOurs()) {
      stack.unmount();
      stack.mountByKernel();
      TreeSnapshot kernels = TreeSnapshot.of(stack.merged(), TIMES);
      shown.assertEqualTo(kernels, TreeRules.none(), "ours | the kernel's");
    }
  }

  /**
   * READDIRPLUS answers with attributes of many nodes, of which some have changed by the time the
   * kernel takes them over: it must not keep those.
   */
  @Test
  void attributesReadWhileTheyChangeAreNotKept() throws InterruptedException {
    skipUnless(kind != MountKind.LIBFUSE2, "through libfuse 2 attributes may be a second behind");
    stack.mount();
    FsPath parent = stack.merged().at("p").mkdir();
    for (int i = 0; i < LISTED; i++) {
      parent.at("s" + i).file("");
    }
    FsPath dir = parent.at("d").mkdir();
    FsPath real = kind == MountKind.KERNEL ? dir : stack.upper().at("p/d");
    AtomicBoolean isOver = new AtomicBoolean();
    List<Thread> listers = new ArrayList<>();
    for (int i = 0; i < LISTERS; i++) {
      FsPath mark = parent.at("mark" + i);
      listers.add(new Thread(() -> listUntil(isOver, parent, mark)));
    }
    listers.forEach(Thread::start);
    try {
      for (int i = 0; i < CHANGES; i++) {
        dir.at("f" + i).mknod(Linux.S_IFREG | 0600, 0, 0);
        pauseSometimes(i);
        assertEquals(real.stat().mtime(), dir.stat().mtime(), "mtime after change " + i);
      }
    } finally {
      isOver.set(true);
      for (Thread lister : listers) {
        lister.join();
      }
    }
  }

  /** Lists a directory again and again, and changes it so that no listing is kept. */
  private static void listUntil(AtomicBoolean isOver, FsPath dir, FsPath mark) {
    while (!isOver.get()) {
      mark.file("");
      dir.list();
      mark.unlink();
    }
  }

  /** Lets answers that are on their way arrive. */
  private static void pauseSometimes(int i) {
    if (i % 4 == 0) {
      pause();
    }
  }

  /** Through libfuse 2 the kernel is told of nothing and may show what it knows for a second. */
  private void waitForAttributes() throws InterruptedException {
    if (kind == MountKind.LIBFUSE2) {
      Thread.sleep(1500);
    }
  }

  private void skipUnless(boolean canRun, String reason) {
    if (!canRun) {
      System.err.println("skipped on " + kind + ": " + reason);
    }
    assumeTrue(canRun, reason);
  }

  private void fillForRandom() {
    for (int layer = 0; layer < 3; layer++) {
      FsPath root = stack.lowers().get(layer).at("shared").mkdir();
      for (String a : "abcd".split("")) {
        for (String b : "abcdef".split("")) {
          FsPath dir = root.at(a).at(b).mkdirs();
          dir.at("abc".substring(layer, layer + 1)).file("z".repeat(30_000));
          dir.at("h").symlink("a");
        }
      }
      root.at("efg".substring(layer, layer + 1)).file("lower");
    }
  }

  private void runProcesses(FsPath dir) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      processes.add(
          new ProcessBuilder(
                  java,
                  "-Xmx64m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  RandomOperations.class.getName(),
                  dir.toString(),
                  Integer.toString(i + 1),
                  Integer.toString(SECONDS))
              .redirectErrorStream(true)
              .start());
    }
    StringBuilder failures = new StringBuilder();
    for (Process process : processes) {
      String said = new String(process.getInputStream().readAllBytes());
      if (process.waitFor() != 0) {
        failures.append(said, 0, Math.min(said.length(), 2000)).append('\n');
      }
    }
    assertEquals("", failures.toString());
  }

  private void forgetAll() throws IOException {
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "2");
  }

  private long openFiles() throws IOException {
    if (!kind.isOurs()) {
      return 0;
    }
    try (Stream<Path> fds = Files.list(Path.of("/proc/" + stack.daemon().pid() + "/fd"))) {
      return fds.filter(ConcurrencySuite::isFile).count();
    }
  }

  /** Whether a descriptor is none by which a worker gets its requests. */
  private static boolean isFile(Path fd) {
    try {
      String target = Files.readSymbolicLink(fd).toString();
      return !target.equals("/dev/fuse") && !target.equals("anon_inode:[io_uring]");
    } catch (IOException e) {
      return false; // it has just been closed
    }
  }

  /** The kernel lets go of all it knows; then the daemon may hold neither nodes nor files. */
  private void checkForgotten(long fdsBefore, int objects)
      throws IOException, InterruptedException {
    if (!kind.isOurs()) {
      return;
    }
    // The transport by paths remembers nodes of its own accord, but only of what exists.
    int remembered = kind == MountKind.LIBFUSE2 ? objects : 0;
    long fds = 0;
    long nodes = 0;
    for (int i = 0; i < 40; i++) {
      forgetAll();
      Thread.sleep(250);
      fds = openFiles();
      nodes = nodes();
      if (fds <= fdsBefore + SPARE_FDS + remembered && nodes <= SPARE_NODES + remembered) {
        break;
      }
    }
    System.err.printf(
        "%s: descriptors %d before, %d after; nodes %d%n", kind, fdsBefore, fds, nodes);
    assertTrue(
        fds <= fdsBefore + SPARE_FDS + remembered, "descriptors: " + fdsBefore + " before, " + fds);
    assertTrue(nodes <= SPARE_NODES + remembered, "nodes that nobody uses: " + nodes);
  }

  /** The nodes alive in the daemon, which only its JVM can tell; 0 where there is no jcmd. */
  private long nodes() {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    if (!Files.isExecutable(jcmd)) {
      System.err.println("nodes are not counted: no jcmd");
      return 0;
    }
    String pid = Long.toString(stack.daemon().pid());
    String histogram = Exec.ok(jcmd.toString(), pid, "GC.class_histogram").out();
    Matcher line =
        Pattern.compile("(\\d+) +\\d+ +ovl\\.overlay\\.Node(?: .*)?(?m)$").matcher(histogram);
    return line.find() ? Long.parseLong(line.group(1)) : 0;
  }

  // ---- more directories than descriptors

  @Test
  void walkOfMoreDirectoriesThanDescriptors() throws IOException {
    stack.skipLowerCheck();
    int count = IS_LONG ? 100_000 : 20_000;
    makeDirectories(count);
    mountWithDescriptors(1024);
    String merged = stack.merged().toString();
    int all = count + count / 100 + count / 10_000 + 1;
    for (int i = 0; i < 2; i++) {
      String found = Exec.bash(600, "find \"$1\" -type d -printf '%i\\n' | wc -l", merged).out();
      assertEquals(Integer.toString(all), found.trim());
    }
    long fds = openFiles();
    assertTrue(fds < 1024, "descriptors: " + fds);
    FsPath deep = stack.merged().at("0/0/0");
    deep.at("new").file("new");
    deep.at("below").mkdir().at("x").file("x");
    assertEquals("new", stack.upper().at("0/0/0/new").text());
    Exec.bash(120, "cd \"$1\"/1 && touch 0/{0..99}/new && rm 0/{0..99}/new", merged)
        .orFail("write in many");
    assertEquals(all + 1, Integer.parseInt(countDirectories(merged)));
  }

  private void mountWithDescriptors(int limit) {
    if (!kind.isOurs()) {
      stack.mount();
      return;
    }
    List<String> command = new ArrayList<>();
    command.addAll(List.of("bash", "-c", "ulimit -n " + limit + "; exec \"$@\"", "bash"));
    command.addAll(Launcher.command(stack.launcherArguments()));
    stack.tryMount(command).orFail("ovl-mount under ulimit -n " + limit);
  }

  /** The daemon keeps what it needs for itself; to have too many open is an error of the opener. */
  @Test
  void openingMoreFilesThanDescriptorsFailsAndTheMountGoesOn() {
    skipUnless(kind.isOurs(), "the kernel's overlay has no daemon that could run out");
    FsPath lower = stack.lowers().get(0).at("d").mkdir();
    for (int i = 0; i < DESCRIPTORS; i++) {
      lower.at("f" + i).file("content");
    }
    mountWithDescriptors(DESCRIPTORS);
    FsPath dir = stack.merged().at("d");
    List<OpenFile> open = new ArrayList<>();
    try {
      OsError error =
          assertThrows(
              OsError.class,
              () -> {
                for (int i = 0; i < DESCRIPTORS; i++) {
                  open.add(dir.at("f" + i).open(Linux.O_RDONLY));
                }
              });
      assertEquals(Errno.name(Errno.ENFILE), Errno.name(error.errno()));
      assertTrue(open.size() > 50, "open files: " + open.size());
      for (int i = 0; i < DESCRIPTORS; i++) {
        dir.at("f" + i).chmod(0600);
      }
      dir.at("new").mkdir().at("link").symlink("x");
      dir.at("f0").unlink();
      assertEquals("content", open.get(0).pread(100, 0));
      assertEquals(DESCRIPTORS, dir.list().size());
    } finally {
      open.forEach(OpenFile::close);
    }
    assertEquals("content", dir.at("f" + (DESCRIPTORS - 1)).text());
  }

  private static String countDirectories(String dir) {
    return Exec.bash(600, "find \"$1\" -type d | wc -l", dir).out().trim();
  }

  /** Of the first two levels every directory is in two layers, so that both sorts are walked. */
  private void makeDirectories(int count) {
    FsPath top = stack.lowers().get(0);
    FsPath below = stack.lowers().get(1);
    for (int i = 0; i < count / 10_000; i++) {
      for (int j = 0; j < 100; j++) {
        FsPath dir = top.at(i + "/" + j).mkdirs();
        below.at(i + "/" + j).mkdirs();
        for (int k = 0; k < 100; k++) {
          dir.at(Integer.toString(k)).mkdir();
        }
      }
    }
  }
}
