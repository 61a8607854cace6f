package ovl.it.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.overlay.Workspace;
import ovl.sys.Linux;

/** What the start, and the first request of each kind, wait for. */
final class FirstUseTest {
  private final FsPath classes = Workspace.get().root().at(Workspace.get().newName("classes"));

  /**
   * To link a lambda calls one to three thousand methods of the JDK: half a millisecond to two, of
   * a request that otherwise takes one when it is the first of its kind.
   */
  @Test
  void noRequestLinksALambda() throws IOException {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.XFS)) {
      FsPath lower = stack.lowers().get(0).at("d").mkdir();
      for (String name : List.of("a", "b", "c", "gone", "moved", "open")) {
        lower.at(name).file("content of " + name);
      }
      lower.at("large").file("x".repeat(1 << 20));
      lower.at("a").link(lower.at("other"));
      lower.at("dir").mkdir().at("x").file("");
      stack.upper().at("d").mkdir();
      mount(stack, stack.launcherArguments());
      int before = loaded().size();
      useEverything(stack.merged().at("d"));
      List<String> since = loaded().subList(before, loaded().size());
      assertTrue(since.stream().anyMatch(c -> c.contains("ovl.overlay.")), "no class was logged");
      assertEquals(List.of(), since.stream().filter(FirstUseTest::isLambdaOfARequest).toList());
    }
    classes.unlink();
  }

  /** To open a jar and check a class takes 14 ms. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void startReadsNoClassFromAJar(boolean hasLog) throws IOException {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      List<String> arguments = new ArrayList<>(stack.launcherArguments());
      int log = arguments.indexOf("--log-file");
      if (!hasLog) {
        arguments.subList(log, log + 2).clear();
      }
      // The archive was made where the kernel offers no rings, as it does by default.
      arguments.addAll(0, List.of("--io-uring", "off"));
      mount(stack, arguments);
      List<String> start = loaded();
      assertTrue(start.stream().anyMatch(c -> c.contains("ovl.overlay.")), "no class was logged");
      assertEquals(List.of(), start.stream().filter(c -> c.contains("source: file:")).toList());
    }
    classes.unlink();
  }

  private void mount(Overlay stack, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of("env"));
    command.add("OVL_JAVA_OPTS=-Xlog:class+load:file=" + classes);
    command.addAll(Launcher.command(arguments));
    stack.tryMount(command).orFail("ovl-mount");
  }

  private List<String> loaded() throws IOException {
    return Files.readAllLines(Path.of(classes.toString()));
  }

  private static boolean isLambdaOfARequest(String line) {
    return line.contains("$$Lambda")
        && line.matches(".*\\bovl\\.(sys|fs|layer|overlay|transport).*");
  }

  private static void useEverything(FsPath dir) {
    dir.entries();
    dir.at("a").text();
    assertTrue(!dir.at("missing").exists());
    dir.at("a").chmod(0600);
    dir.at("b").chown(1, 1);
    dir.at("c").append("more");
    dir.at("c").truncate(3);
    dir.at("large").append("more");
    dir.at("open").utimes(1, 1).setXattr("user.a", "b");
    dir.at("open").xattrs();
    dir.at("open").xattr("user.a");
    dir.at("open").removeXattr("user.a");
    dir.at("gone").unlink();
    dir.at("gone").file("anew");
    dir.at("new").file("new").link(dir.at("newer"));
    dir.at("newer").rename(dir.at("newest"));
    dir.at("other").rename(dir.at("another"));
    dir.at("moved").rename(dir.at("dir/moved"));
    dir.at("symlink").symlink("a");
    dir.at("symlink").readlink();
    dir.at("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0);
    dir.at("made").mkdir().rmdir();
    dir.at("dir").removeTree();
    dir.at("dir").mkdir();
    try (OpenFile file = dir.at("open").open(Linux.O_RDWR)) {
      file.fallocate(0, 0, 1 << 16);
      file.seek(0, Linux.SEEK_DATA);
      file.pwrite("x", 1);
      file.fsync();
      file.statfs();
    }
    try (OpenFile file = dir.open(Linux.O_RDWR | Linux.O_TMPFILE, 0600)) {
      file.linkTo(dir.at("tmpfile"));
    }
  }
}
