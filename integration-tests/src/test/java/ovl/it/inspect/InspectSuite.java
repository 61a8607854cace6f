package ovl.it.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OsError;
import ovl.it.os.User;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Installation;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;

/** {@code ovl-mount status} and {@code ovl-mount which}. */
abstract class InspectSuite {
  private static final String STATUS = "user.ovl-mount.status";

  private final MountKind kind;
  Overlay stack;

  InspectSuite(MountKind kind) {
    this.kind = kind;
  }

  @BeforeEach
  void makeStack() {
    stack = new Overlay(kind, Backing.EXT4);
    stack.lowers().get(0).at("f").file("top");
    stack.lowers().get(1).at("f").file("below");
    stack.lowers().get(1).at("gone").file("lower");
    stack.lowers().get(1).at("d").mkdir().at("x").file("lower");
    stack.lowers().get(2).at("link").symlink("d/x");
  }

  @AfterEach
  void removeStack() {
    stack.close();
  }

  private FsPath merged(String name) {
    return stack.merged().at(name);
  }

  private static String ok(String... arguments) {
    Exec exec = Launcher.run(arguments).orFail(String.join(" ", arguments));
    assertEquals("", exec.err());
    return exec.out();
  }

  private long field(String json, String name) {
    var found = Pattern.compile("\"" + name + "\":(\\d+)").matcher(json);
    assertTrue(found.find(), () -> name + " in " + json);
    return Long.parseLong(found.group(1));
  }

  // ---- status

  @Test
  void statusTellsOfTheMount() {
    stack.mount();
    merged("f").append("+more");
    merged("d").list();
    merged("n").mkdir();
    String json = ok("status", "--json", stack.merged().toString());
    assertEquals(stack.daemon().pid(), field(json, "pid"));
    assertTrue(json.contains("\"mountpoint\":\"" + stack.merged() + "\""), json);
    assertTrue(json.contains("\"upper\":\"" + stack.upper() + "\""), json);
    assertTrue(
        json.contains(
            "\"lowers\":[\""
                + String.join("\",\"", stack.lowers().stream().map(FsPath::toString).toList())
                + "\"]"),
        json);
    String transport = kind == MountKind.DEV ? "dev" : "libfuse2";
    assertTrue(json.contains("\"transport\":\"" + transport + "\""), json);
    assertTrue(json.contains("\"copyUps\":{\"count\":1,\"bytes\":3,"), json);
    String mkdir = kind == MountKind.DEV ? "MKDIR" : "mkdir";
    assertTrue(json.contains("{\"kind\":\"" + mkdir + "\",\"count\":"), json);
  }

  @Test
  void operationsAreCounted() {
    stack.mount();
    String kindOfMkdir = kind == MountKind.DEV ? "MKDIR" : "mkdir";
    for (int i = 0; i < 7; i++) {
      merged("n" + i).mkdir();
    }
    String line = operations(kindOfMkdir).orElseThrow();
    assertEquals("7", line.split(" ")[2]);
    assertTrue(Long.parseLong(line.split(" ")[3]) > 0, line);
  }

  final Optional<String> operations(String kind) {
    String report = stack.merged().xattr(STATUS);
    return report.lines().filter(l -> l.startsWith("operation " + kind + " ")).findAny();
  }

  @Test
  void statusWithoutArgumentsFindsEveryMount() {
    stack.mount();
    try (Overlay other = new Overlay(kind, Backing.EXT4)) {
      other.useReadOnly();
      other.mount();
      // Not its exit status: somebody else's mount on this machine may have lost its daemon.
      String text = Launcher.run("status").out();
      List<String> lines = text.lines().toList();
      assertTrue(lines.contains(stack.merged().toString()), text);
      assertTrue(lines.contains(other.merged().toString()), text);
      assertTrue(lines.contains("  daemon          pid " + other.daemon().pid()), text);
    }
  }

  @Test
  void killedDaemonIsReportedAndNotWaitedFor() {
    stack.mount();
    stack.daemon().destroyForcibly();
    stack.awaitDaemonEnd();
    Exec exec = Launcher.run("status", stack.merged().toString());
    assertEquals(1, exec.status());
    assertTrue(exec.out().contains("no answer: "), exec.out());
    stack.detach();
  }

  @Test
  void stoppedDaemonIsReportedAndNotWaitedFor() {
    stack.mount();
    if (stack.merged().xattr(STATUS).contains("\nio-uring on\n")) {
      String reason =
          "over io_uring who waits for a stopped daemon can neither go on nor be killed";
      System.err.println("skipped: stoppedDaemonIsReportedAndNotWaitedFor: " + reason);
      Assumptions.abort(reason);
    }
    String pid = Long.toString(stack.daemon().pid());
    Exec.run("kill", "-STOP", pid).orFail("stopping the daemon");
    try {
      Exec exec = Launcher.run("status", stack.merged().toString());
      assertEquals(1, exec.status());
      assertTrue(exec.out().contains("the daemon does not answer"), exec.out());
    } finally {
      Exec.run("kill", "-CONT", pid).orFail("waking the daemon");
    }
    assertTrue(ok("status", stack.merged().toString()).contains("daemon          pid " + pid));
  }

  @Test
  void otherFilesystemsAreRefused() {
    Exec exec = Launcher.run("status", stack.home().toString());
    assertEquals(1, exec.status());
    assertTrue(exec.err().endsWith("not on a mount of ovl-mount\n"), exec.err());
  }

  @Test
  void othersAreToldNothing() {
    stack.mount();
    Exec exec =
        Exec.run(
            Installation.command(User.NOBODY, List.of("status", stack.merged().toString())), null);
    assertEquals(1, exec.status());
    assertTrue(exec.out().contains("no answer: "), exec.out());
  }

  @Test
  void reservedAttributesCannotBeChanged() {
    stack.mount();
    assertEquals(Errno.EPERM, errno(() -> stack.merged().setXattr(STATUS, "x")));
    assertEquals(Errno.EPERM, errno(() -> stack.merged().removeXattr(STATUS)));
    assertTrue(stack.merged().xattrs().stream().noneMatch(name -> name.contains("ovl-mount")));
    assertNull(merged("f").xattr(STATUS));
  }

  private static int errno(Runnable change) {
    try {
      change.run();
      return 0;
    } catch (OsError e) {
      return e.errno();
    }
  }

  // ---- which

  private String which(String name) {
    return ok("which", merged(name).toString());
  }

  @Test
  void whichNamesTheLayerAndTheReason() {
    stack.mount();
    merged("d/x").append("+");
    assertEquals(
        merged("f")
            + ": file from lower 1\n  lower 1  shown  file      "
            + stack.lowers().get(0).at("f")
            + "\n  lower 2  hidden file      "
            + stack.lowers().get(1).at("f")
            + "\n",
        which("f"));
    assertTrue(which("d/x").startsWith(merged("d/x") + ": file from upper (copied-up)\n"));
    assertTrue(which("d").startsWith(merged("d") + ": directory from upper, lower 2"), which("d"));
    assertTrue(which("link").startsWith(merged("link") + ": symlink from lower 3\n"));
  }

  @Test
  void whichTellsWhyANameDoesNotExist() {
    stack.mount();
    merged("gone").unlink();
    merged("d/x").unlink();
    merged("d").rmdir();
    Exec gone = Launcher.run("which", merged("gone").toString());
    assertEquals(1, gone.status());
    assertTrue(
        gone.out().startsWith(merged("gone") + ": does not exist: a whiteout in upper hides it\n"),
        gone.out());
    Exec below = Launcher.run("which", merged("d/x").toString());
    assertTrue(
        below
            .out()
            .startsWith(merged("d/x") + ": " + merged("d") + " does not exist: a whiteout in"),
        below.out());
    merged("d").mkdir();
    Exec opaque = Launcher.run("which", "--json", merged("d/x").toString());
    assertTrue(
        opaque.out().contains("no layer has it, and " + merged("d") + " is opaque in upper"),
        opaque.out());
    assertTrue(opaque.out().contains("\"exists\":false"), opaque.out());
  }

  @Test
  void whichNamesTheLayerThatHasTheData() {
    FsPath data = stack.home().at("data").mkdir();
    data.at("objects").mkdir().at("1").file("data");
    stack.addDataLower(data);
    FsPath meta = stack.lowers().get(0).at("meta").file("");
    meta.truncate(4);
    meta.setXattr("trusted.overlay.metacopy", "")
        .setXattr("trusted.overlay.redirect", "/objects/1");
    stack.feature("metacopy=on");
    stack.mount();
    assertEquals("data", merged("meta").text());
    assertTrue(which("meta").startsWith(merged("meta") + ": file from lower 1 (metacopy), data"));
    assertTrue(
        which("meta").endsWith("\n  lower 4  data   file      " + data.at("objects/1") + "\n"));
    merged("d/x").chmod(0600);
    merged("f").chmod(0600);
    String moved = which("d/x");
    assertTrue(
        moved.startsWith(
            merged("d/x") + ": file from upper (metacopy, copied-up), data from lower 2\n"),
        moved);
    assertTrue(moved.contains("\n  lower 2  data   file  "), moved);
    assertTrue(which("f").contains("\n  lower 1  data   file  "), which("f"));
    assertTrue(which("f").contains("\n  lower 2  hidden file  "), which("f"));
    merged("d/x").append("+");
    assertTrue(which("d/x").startsWith(merged("d/x") + ": file from upper (copied-up)\n"));
    String status = ok("status", stack.merged().toString());
    assertTrue(status.contains("\n  data layer      " + data + "\n"), status);
    String json = ok("status", "--json", stack.merged().toString());
    assertTrue(json.contains("\"dataLayers\":[\"" + data + "\"]"), json);
  }

  @Test
  void whichIsRelativeToTheCallerAndFollowsLinksToTheDirectory() {
    stack.mount();
    Exec exec =
        Exec.bash(
            "cd \"$1\" && ln -s d way && \"$2\" which way/x ./f",
            stack.merged(),
            Launcher.PATH.normalize());
    exec.orFail("which");
    assertTrue(exec.out().startsWith(merged("way/x") + ": file from lower 2\n"), exec.out());
    assertTrue(exec.out().contains(merged("f") + ": file from lower 1\n"), exec.out());
  }
}
