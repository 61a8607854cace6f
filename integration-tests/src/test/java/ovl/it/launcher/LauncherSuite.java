package ovl.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.os.User;
import ovl.it.overlay.Backing;
import ovl.it.overlay.FuseDevice;
import ovl.it.overlay.Installation;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** The life of a daemon, from the launcher that returns when it is ready to each of its ends. */
abstract class LauncherSuite {
  /** What a call says whose daemon has ended, or ends; the last one over io_uring. */
  private static final Set<Integer> LOST =
      Set.of(Errno.ENOTCONN, Errno.ECONNABORTED, Errno.ECANCELED);

  private final MountKind kind;
  private Overlay stack;

  LauncherSuite(MountKind kind) {
    this.kind = kind;
  }

  @BeforeAll
  static void build() {
    Launcher.run("--version").orFail("ovl-mount --version"); // what a first run says is not counted
  }

  @BeforeEach
  void makeStack() {
    stack = new Overlay(kind, Backing.EXT4);
    stack.lowers().get(0).at("f").file("lower");
    stack.lowers().get(1).at("gone").file("lower");
  }

  @AfterEach
  void removeStack() {
    stack.close();
  }

  private FsPath merged(String name) {
    return stack.merged().at(name);
  }

  private static Path proc(ProcessHandle process, String name) {
    return Path.of("/proc/" + process.pid() + "/" + name);
  }

  // ---- what it says

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h"})
  void helpNamesTheOptions(String option) {
    Exec help = Launcher.run(option);
    assertEquals(0, help.status());
    assertEquals("", help.err());
    for (String name :
        new String[] {
          "--lower",
          "--upper",
          "--work",
          "-o ",
          "--transport",
          "--threads",
          "--foreground",
          "--debug",
          "--log-file",
          "--allow-other",
          "--read-only",
          "--volatile",
          "--version"
        }) {
      assertTrue(help.out().contains(name), () -> name + " is not in the help");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void versionIsOneLine(String option) {
    Exec version = Launcher.run(option);
    assertEquals(0, version.status());
    assertEquals("", version.err());
    assertTrue(version.out().matches("ovl-mount: version \\d\\S*\\n"), version.out());
  }

  @Test
  void saysNothingWhenAllIsWell() {
    Exec launcher = stack.tryMount().orFail("ovl-mount");
    assertEquals("", launcher.out());
    if (kind == MountKind.LIBFUSE2) {
      assertEquals(1, launcher.err().lines().count(), launcher.err());
      assertTrue(launcher.err().startsWith("ovl-mount: "), launcher.err());
    } else {
      assertEquals("", launcher.err());
    }
  }

  // ---- what the daemon holds

  @Test
  void daemonHoldsNothingOfItsCaller() throws Exception {
    FsPath file = stack.home().at("callers").file("");
    List<String> command = new ArrayList<>(List.of("bash", "-c"));
    command.add("cd \"$1\" && exec 7>>callers 8<callers >>callers 2>&1 <callers && \"${@:2}\"");
    command.addAll(List.of("bash", stack.home().toString()));
    command.addAll(Launcher.command(stack.launcherArguments()));
    stack.tryMount(command).orFail("ovl-mount");
    ProcessHandle daemon = stack.daemon();
    // It closes its pipe to the launcher only after the line that the launcher waits for.
    for (int wait = 0; holdsPipe(daemon) && wait < 1_000; wait++) {
      Thread.sleep(10);
    }
    assertEquals("/", Files.readSymbolicLink(proc(daemon, "cwd")).toString());
    for (int fd = 0; fd <= 2; fd++) {
      assertEquals("/dev/null", Files.readSymbolicLink(proc(daemon, "fd/" + fd)).toString());
    }
    for (String target : openFiles(daemon)) {
      assertFalse(target.startsWith(file.toString()), () -> "the daemon holds " + target);
    }
    assertFalse(holdsPipe(daemon), "the daemon holds a pipe");
  }

  private static boolean holdsPipe(ProcessHandle daemon) throws IOException {
    return openFiles(daemon).stream().anyMatch(target -> target.startsWith("pipe:"));
  }

  private static List<String> openFiles(ProcessHandle process) throws IOException {
    List<String> targets = new ArrayList<>();
    try (Stream<Path> fds = Files.list(proc(process, "fd"))) {
      for (Path fd : fds.toList()) {
        targets.add(Files.readSymbolicLink(fd).toString());
      }
    }
    return targets;
  }

  /** A pipe that somebody reads to its end, as $(...) does, must end with the launcher. */
  @Test
  void callersPipeEndsWithTheLauncher() {
    List<String> command = new ArrayList<>(Exec.within(60));
    command.addAll(List.of("bash", "-c", "said=$(\"$@\" 2>&1) && [ -z \"$said\" ]", "bash"));
    if (kind == MountKind.LIBFUSE2) {
      command.set(command.size() - 2, "said=$(\"$@\" 2>&1)");
    }
    command.addAll(Launcher.command(stack.launcherArguments()));
    stack.tryMount(command).orFail("ovl-mount in $()");
    assertEquals("lower", merged("f").text());
  }

  @Test
  void daemonHasItsOwnSession() throws IOException {
    stack.mount();
    ProcessHandle daemon = stack.daemon();
    String stat = Files.readString(proc(daemon, "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    String mine = Files.readString(Path.of("/proc/self/stat"));
    String session = mine.substring(mine.lastIndexOf(')') + 2).split(" ")[3];
    assertFalse(fields[3].equals(session), "the session of its caller");
    assertEquals("0", fields[4], "its terminal");
  }

  /** The caller's terminal going away must not take the mount with it. */
  @Test
  void hangupOfTheCallersSessionIsSurvived() {
    List<String> command = new ArrayList<>(List.of("setsid", "-w", "bash", "-c"));
    command.add("\"$@\"; status=$?; trap '' HUP; kill -HUP 0; exit $status");
    command.add("bash");
    command.addAll(Launcher.command(stack.launcherArguments()));
    stack.tryMount(command).orFail("ovl-mount");
    assertEquals("lower", merged("f").text());
  }

  // ---- its ends

  private void write() {
    merged("f").append("+more");
    merged("new").file("x".repeat(300_000));
    merged("gone").unlink();
  }

  private void checkWritten() {
    assertEquals("lower+more", stack.upper().at("f").text());
    assertEquals(300_000, stack.upper().at("new").text().length());
    assertTrue(stack.upper().at("gone").stat().isWhiteout());
    assertEquals(List.of(), stack.leftInWorkButWhiteout());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void signalUnmounts(String signal) {
    stack.mount();
    write();
    Exec.ok("kill", "-" + signal, Long.toString(stack.daemon().pid()));
    stack.expectEnded();
    checkWritten();
  }

  /** What is written to a file that stays open is in upper too, when the grace is over. */
  @Test
  void signalUnmountsAlthoughFilesAreOpen() {
    stack.allowErrorsInLog(); // where there is no fusectl, the attempt to use it is logged
    stack.mount();
    OpenFile open = merged("f").open(Linux.O_WRONLY | Linux.O_APPEND);
    open.write("+more");
    Exec.ok("kill", "-TERM", Long.toString(stack.daemon().pid()));
    stack.expectEnded();
    try {
      open.close();
    } catch (OsError e) {
      // Its flush has nobody to ask any more, or lost whom it asked.
      assertTrue(LOST.contains(e.errno()), e::getMessage);
    }
    assertEquals("lower+more", stack.upper().at("f").text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"umount", "fusermount3 -u"})
  void unmountEndsTheDaemon(String command) {
    stack.mount();
    write();
    Exec.bash(command + " \"$1\"", stack.merged()).orFail(command);
    stack.expectEnded();
    checkWritten();
  }

  /** Nothing may still be using the layers in a way that keeps the next mount from them. */
  @Test
  void lazyUnmountAndMountAgainAtOnce() {
    stack.mount();
    for (int i = 0; i < 5; i++) {
      merged("n" + i).file("round " + i);
      merged("f").append("+" + i);
      stack.detach();
      stack.mount();
      assertEquals("round " + i, merged("n" + i).text());
    }
    assertEquals("lower+0+1+2+3+4", merged("f").text());
  }

  @Test
  void foregroundStaysInTheForeground() throws Exception {
    stack.option("--foreground");
    Process launcher =
        new ProcessBuilder(Launcher.command(stack.launcherArguments()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    FsPath shown = merged("f");
    for (int i = 0; i < 600 && !(stack.isMounted() && shown.exists()); i++) {
      Thread.sleep(50);
    }
    assertEquals("lower", shown.text());
    assertTrue(launcher.isAlive());
    assertEquals(0, stack.umount());
    assertEquals(0, launcher.waitFor(), "status after an unmount");
    stack.expectEnded();
  }

  // ---- what is mounted

  @Test
  void fiveHundredLowersWork() {
    while (stack.lowers().size() < 500) {
      stack.addLower(stack.home().at("l" + stack.lowers().size()).mkdir());
    }
    stack.lowers().get(499).at("lowest").file("499");
    for (int i = 0; i < 500; i += 7) {
      stack.lowers().get(i).at("d").mkdir().at("f" + i).file("");
    }
    stack.mount();
    assertEquals("499", merged("lowest").text());
    assertEquals(72, merged("d").list().size());
    merged("d/new").file("new");
    merged("lowest").append("+");
    stack.remount();
    assertEquals(73, merged("d").list().size());
    assertEquals("499+", merged("lowest").text());
  }

  @Test
  void colonAndBackslashInNamesOfLayers() {
    FsPath odd = stack.home().at("a:b\\c,d e").mkdir();
    odd.at("odd").file("odd");
    stack.addLower(odd);
    stack.mount();
    assertEquals("odd", merged("odd").text());
  }

  @Test
  void relativePathsAreThoseOfTheCaller() {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("bash", "-c", "cd \"$1\" && shift && exec \"$@\"", "bash"));
    arguments.add(stack.home().toString());
    arguments.addAll(Launcher.command(List.of("--lower", "lower0:lower1", "--lower=lower2")));
    arguments.addAll(List.of("-o", "upperdir=upper,workdir=work"));
    arguments.addAll(List.of("--transport", kind == MountKind.DEV ? "dev" : "libfuse2"));
    arguments.add(stack.merged().toString());
    stack.tryMount(arguments).orFail("ovl-mount");
    assertEquals("lower", merged("f").text());
    merged("f").append("+");
    assertEquals("lower+", stack.upper().at("f").text());
  }

  @Test
  void ordinaryUserMountsByFusermount() {
    User user = User.NOBODY;
    for (FsPath dir : List.of(stack.upper(), stack.work(), stack.merged())) {
      dir.chown(user.uid(), user.gid());
    }
    for (FsPath lower : stack.lowers()) {
      Exec.ok("chown", "-R", user.uid() + ":" + user.gid(), lower.toString());
    }
    List<String> arguments = new ArrayList<>(stack.launcherArguments());
    int log = arguments.indexOf("--log-file");
    arguments.subList(log, log + 2).clear();
    try (FuseDevice device = FuseDevice.openToAll()) {
      stack.tryMount(Installation.command(user, arguments)).orFail("ovl-mount as a user");
      asUser(
          """
          set -e
          cd "$1"
          [ "$(cat f)" = lower ]
          echo more >>f; echo new >new; mkdir d; mv new d/; ln -s d/new link; chmod 600 f
          rm gone; [ ! -e gone ]
          [ "$(ls)" = $'d\\nf\\nlink' ]
          cd /; fusermount3 -u "$1"
          """);
      stack.expectEnded();
      assertEquals("lowermore\n", stack.upper().at("f").text());
      assertEquals(user.uid(), stack.upper().at("d/new").stat().uid());
      stack.tryMount(Installation.command(user, arguments)).orFail("the second mount");
      asUser(
          """
          cd "$1" && [ "$(ls)" = $'d\\nf\\nlink' ] && [ "$(cat link)" = new ]
          """);
      Exec.ok("kill", "-TERM", Long.toString(stack.daemon().pid()));
      stack.expectEnded();
    }
  }

  private void asUser(String script) {
    List<String> command = new ArrayList<>(Exec.within(60));
    command.addAll(Installation.as(User.NOBODY));
    command.addAll(List.of("bash", "-xc", script, "bash", stack.merged().toString()));
    Exec.run(command, null).orFail("as a user");
  }
}
