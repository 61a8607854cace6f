package ovl.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/**
 * A layer at, above or below the mountpoint: the daemon must not come to ask itself, in whatever
 * way the tree is used. Refusing is right too; hanging never is, so every step has a time.
 */
final class NestedLayersTest {
  private static final int SECONDS = 40;

  /** Everything that could hang: a walk, reads, writes, a copy-up, a removal, a sync. */
  private static final String USE =
      """
      set -e
      cd "$1"
      find . -xdev >/dev/null
      [ "$(cat f)" = lower ]
      echo more >>f; [ "$(cat f)" = lowermore ]
      mkdir new; echo x >new/x; mv new/x new/y; rm -r new
      sync -f .
      ls -lR . >/dev/null
      """;

  private Overlay stack;
  private FsPath top;
  private FsPath mountpoint;

  static Stream<Arguments> places() {
    List<Arguments> places = new ArrayList<>();
    for (MountKind kind : MountKind.values()) {
      for (String place :
          List.of(
              "atLower",
              "atUpper",
              "inLower",
              "inUpper",
              "inWork",
              "atWork",
              "aboveLower",
              "aboveUpper",
              "aboveAll",
              "atLowest")) {
        places.add(Arguments.of(kind, place));
      }
    }
    return places.stream();
  }

  @AfterEach
  void close() {
    if (mountpoint != null) {
      Exec.run("umount", "-l", mountpoint.toString());
    }
    stack.close();
  }

  @ParameterizedTest
  @MethodSource("places")
  void worksOrIsRefusedAndNeverHangs(MountKind kind, String place) {
    stack = new Overlay(kind, Backing.EXT4);
    top = stack.home();
    stack.lowers().get(0).at("f").file("lower");
    mountpoint = choose(place);
    Exec mount = mount(kind);
    if (mount.status() == 0) {
      Exec.bash(SECONDS, USE, mountpoint).orFail("use with the mountpoint " + place);
      Exec.bash(SECONDS, "umount \"$1\"", mountpoint).orFail("umount " + place);
      assertEquals("lowermore", stack.upper().at("f").text().trim().replace("\n", ""));
      assertEquals("lower", stack.lowers().get(0).at("f").peek());
    } else if (kind.isOurs()) {
      assertEquals(1, mount.status(), mount.err());
      assertEquals(1, mount.err().lines().count(), mount.err());
      assertTrue(mount.err().startsWith("ovl-mount: "), mount.err());
    }
    if (kind.isOurs()) {
      stack.awaitDaemonEnd(mountpoint);
    }
    System.err.println(kind + " " + place + ": " + (mount.status() == 0 ? "works" : mount.err()));
  }

  private FsPath choose(String place) {
    return switch (place) {
      case "atLower" -> stack.lowers().get(0);
      case "atLowest" -> stack.lowers().get(2);
      case "atUpper" -> stack.upper();
      case "atWork" -> stack.work();
      case "inLower" -> stack.lowers().get(0).at("point").mkdir();
      case "inUpper" -> stack.upper().at("point").mkdir();
      case "inWork" -> stack.work().at("point").mkdir();
      case "aboveLower" -> moveLower();
      case "aboveUpper" -> moveUpper();
      case "aboveAll" -> top;
      default -> throw new AssertionError(place);
    };
  }

  private FsPath moveLower() {
    FsPath above = top.at("above").mkdir();
    FsPath moved = above.at("lower").mkdir();
    moved.at("f").file("lower");
    stack.lowers().set(0, moved);
    return above;
  }

  private FsPath moveUpper() {
    FsPath above = top.at("above").mkdir();
    stack.useUpper(above.at("upper").mkdir(), above.at("work").mkdir());
    return above;
  }

  private Exec mount(MountKind kind) {
    if (kind == MountKind.KERNEL) {
      String options =
          "lowerdir="
              + String.join(":", stack.lowers().stream().map(Object::toString).toList())
              + ",upperdir="
              + stack.upper()
              + ",workdir="
              + stack.work();
      return Exec.run("mount", "-t", "overlay", "-o", options, "overlay", mountpoint.toString());
    }
    List<String> arguments = stack.launcherArguments();
    arguments.set(arguments.size() - 1, mountpoint.toString());
    return Exec.run(Launcher.command(arguments), null);
  }
}
