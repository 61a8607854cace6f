package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.features.Twins.done;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import ovl.it.os.DirEntry;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;
import ovl.sys.Linux;

/**
 * Where ours are not the kernel's overlay: README's table, row by row, and that it is so. A row
 * that is no longer true fails its test, and is to be taken out. Here is what concerns names and
 * numbers.
 */
final class DeviationTest {
  private static final String METACOPY = "trusted.overlay.metacopy";
  private static final String IMPURE = "trusted.overlay.impure";
  private static final int F_TYPE = 0;
  private static final int F_FSID = 7;

  @Test
  void everyRowHasATest() throws IOException {
    Path readme = Launcher.PATH.normalize().getParent().resolveSibling("README.md");
    List<String> rows =
        Files.readAllLines(readme).stream()
            .dropWhile(line -> !line.equals("| what | kernel | here |"))
            .skip(2)
            .takeWhile(line -> line.startsWith("| "))
            .map(line -> line.split(" \\| ")[0].substring(2))
            .sorted()
            .toList();
    List<String> shown =
        Stream.of(
                DeviationTest.class,
                FileDeviationTest.class,
                CallerDeviationTest.class,
                MountDeviationTest.class)
            .flatMap(tests -> Arrays.stream(tests.getDeclaredMethods()))
            .map(method -> method.getAnnotation(Deviation.class))
            .filter(row -> row != null)
            .map(Deviation::value)
            .sorted()
            .toList();
    assertEquals(String.join("\n", rows), String.join("\n", shown), "README | tests");
  }

  private static FsPath top(Overlay overlay) {
    return overlay.lowers().get(0);
  }

  @Test
  @Deviation("a lower object that is open and loses its name")
  void removedLowerObjects() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x"));
      t.both(o -> top(o).at("pipe").mknod(Linux.S_IFIFO | 0600, 0, 0));
      t.mount();
      for (String name : List.of("f", "pipe")) {
        try (OpenFile byKernel = openAndUnlink(t.kernel(), name);
            OpenFile byOurs = openAndUnlink(t.ours(), name)) {
          assertEquals("1 0", byKernel.stat().nlink() + " " + byOurs.stat().nlink());
          boolean isSpecial = name.equals("pipe");
          String kernel = isSpecial ? "done" : "EEXIST";
          t.differ(
              "chmod of " + name,
              kernel,
              "done",
              done(m -> (m == t.kernel().merged() ? byKernel : byOurs).chmod(0640)));
          String back = Boolean.toString(isSpecial);
          t.differ("it is back", back, "false", m -> m.at(name).exists());
        }
      }
    }
  }

  /** The kernel's copy-up even displaces what has the name by then. */
  @Test
  void removedLowerDirectories() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("d").mkdir().chmod(0755)).mount();
      try (OpenFile byKernel = openAndReplace(t.kernel(), "d");
          OpenFile byOurs = openAndReplace(t.ours(), "d")) {
        t.differ(
            "chmod of what was removed",
            "done",
            "ENOENT",
            done(m -> (m == t.kernel().merged() ? byKernel : byOurs).chmod(0711)));
      }
      t.remount();
      t.differ("mode", "711", "700", m -> Integer.toOctalString(m.at("d").stat().permissions()));
    }
  }

  private static OpenFile openAndReplace(Overlay overlay, String name) {
    FsPath dir = overlay.merged().at(name);
    OpenFile open = dir.open(Linux.O_RDONLY);
    dir.rmdir();
    dir.mkdir().chmod(0700);
    return open;
  }

  private static OpenFile openAndUnlink(Overlay overlay, String name) {
    OpenFile open = overlay.merged().at(name).open(Linux.O_RDONLY | Linux.O_NONBLOCK);
    overlay.merged().at(name).unlink();
    return open;
  }

  @Test
  @Deviation("a copied-up file that is linked into a directory of upper which was listed before")
  void numberOfALink() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x")).both(o -> top(o).at("g").file("x")).mount();
      t.step("an impure directory", "done", m -> m.at("g").rename(m.at("new").mkdir().at("g")));
      t.step("list", m -> m.at("new").list());
      t.step("link", "done", m -> m.at("f").link(m.at("new/link")));
      t.differ("d_ino is st_ino", "false", "true", m -> isListedByItsNumber(m.at("new"), "link"));
      t.remount();
      t.step("d_ino is st_ino in the next mount", m -> isListedByItsNumber(m.at("new"), "link"));
    }
  }

  private static boolean isListedByItsNumber(FsPath dir, String name) {
    long ino = dir.at(name).stat().ino();
    return dir.entries().stream()
        .filter(entry -> entry.name().equals(name))
        .map(DirEntry::ino)
        .allMatch(number -> number == ino);
  }

  @Test
  @Deviation("the names on upper of an indexed file that was changed")
  void namesOfIndexedFiles() {
    try (Twins t = new Twins(Backing.EXT4, "index=on")) {
      t.both(o -> top(o).at("a").file("x").link(top(o).at("b"))).mount();
      t.step("both names are known", m -> m.at("b").stat().nlink() + m.at("a").stat().nlink());
      t.step("chmod", "done", m -> m.at("b").chmod(0600));
      assertEquals(List.of("b"), t.kernel().upper().list());
      assertEquals(1, t.ours().upper().list().size(), "one name, whichever it is");
    }
  }

  @Test
  @Deviation("a directory marked impure that has no more reason to be")
  void impureWithoutReason() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x")).mount();
      t.step("rename", "done", m -> m.at("f").rename(m.at("new").mkdir().at("f")));
      assertEquals("y", t.upper(u -> u.at("new").xattr(IMPURE)));
      t.step("unlink", "done", m -> m.at("new/f").unlink());
      t.remount();
      t.step("list", m -> m.at("new").list());
      assertEquals(null, t.kernel().upper().at("new").xattr(IMPURE));
      assertEquals("y", t.ours().upper().at("new").xattr(IMPURE));
    }
  }

  @Test
  @Deviation(
      "a copied-up file in the bottom layer; or in a directory without the `impure` mark that no other"
          + " layer has, if somebody has moved it there, or it was linked there and has no other"
          + " name")
  void copiedUpInAPureDirectory() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("lower"));
      t.both(o -> o.upper().at("up").mkdir().at("m").file("own").setXattr(METACOPY, ""));
      t.both(o -> o.lowers().get(1).at("low").mkdir().at("m").file("own").setXattr(METACOPY, ""));
      t.mount();
      t.step("copy-up", "done", m -> m.at("f").append("+"));
      t.both(Overlay::unmount);
      t.both(o -> o.upper().at("f").rename(o.upper().at("up/f")));
      t.both(o -> assertTrue(ino(o.upper(), "up/f") != ino(top(o), "f"))).mount();
      assertEquals(ino(top(t.kernel()), "f"), ino(t.kernel().merged(), "up/f"));
      assertEquals(ino(t.ours().upper(), "up/f"), ino(t.ours().merged(), "up/f"));
      for (String name : List.of("up/m", "low/m")) {
        t.differ("stat " + name, "EPERM", "3", m -> m.at(name).stat().size());
        t.step("read " + name, "EPERM", m -> m.at(name).text());
      }
      FsPath file = t.ours().merged().at("up/m");
      try (OpenFile path = file.open(Linux.O_PATH)) {
        file.unlink();
        FsPath again = FsPath.of(Path.of("/proc/self/fd/" + path.fd()));
        assertEquals(Errno.EPERM, assertThrows(OsError.class, again::text).errno());
      }
    }
  }

  private static long ino(FsPath dir, String name) {
    return dir.at(name).stat().ino();
  }

  @Test
  @Deviation("an upper on a mount of overlayfs, or on one of ours")
  void upperOnAnOverlay() {
    for (MountKind below : List.of(MountKind.KERNEL, MountKind.DEV)) {
      try (Overlay ground = new Overlay(below, Backing.EXT4);
          Overlay kernel = new Overlay(MountKind.KERNEL, Backing.EXT4);
          Overlay ours = new Overlay(MountKind.DEV, Backing.EXT4)) {
        ground.mount();
        FsPath upper = ground.merged().at("upper").mkdir();
        List.of(kernel, ours).forEach(o -> o.useUpper(upper, ground.merged().at("work")));
        ground.merged().at("work").mkdir();
        assertThrows(AssertionError.class, kernel::mount, () -> "the kernel's on " + below);
        top(ours).at("f").file("x");
        ours.mount();
        ours.merged().at("f").unlink();
        assertEquals(List.of(), ours.merged().list());
        assertEquals("y", upper.at("f").xattr("trusted.overlay.whiteout"));
        assertEquals(0, upper.at("f").stat().size());
        ours.unmount();
      }
    }
  }

  @Test
  @Deviation("another name of a copied-up link or special file with `userxattr`")
  void secondNameWithoutOrigin() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::clearFeatures).both(o -> o.feature("userxattr"));
      t.both(o -> top(o).at("s").symlink("target")).mount();
      t.step("link", "done", m -> m.at("s").link(m.at("s2")));
      t.differ("st_ino", "false", "true", m -> m.at("s").stat().ino() == m.at("s2").stat().ino());
    }
  }

  @Test
  @Deviation("`st_ino` of directories, with layers on several filesystems and `xino=off`")
  void numbersOfDirectories() {
    FsPath far = Backing.XFS.newDirectory("lower");
    far.at("a").mkdir();
    far.at("b").mkdir();
    try (Twins t = new Twins(Backing.EXT4, "xino=off")) {
      t.both(o -> o.lowers().set(1, far)).mount();
      long byKernel = t.kernel().merged().at("a").stat().ino();
      long byOurs = t.ours().merged().at("a").stat().ino();
      t.remount().step("another is looked up first", m -> m.at("b").stat().isDirectory());
      t.differ(
          "in the next mount",
          "false",
          "true",
          m -> m.at("a").stat().ino() == (m == t.kernel().merged() ? byKernel : byOurs));
    } finally {
      far.removeTree();
    }
  }

  @Test
  @Deviation("a rename that fails because a redirect would be too long")
  void renameThatFails() {
    String deep = "x".repeat(120) + "/" + "y".repeat(120) + "/";
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at(deep + "z".repeat(20)).mkdirs());
      t.both(o -> top(o).at("target").mkdir().at("f").file("")).mount();
      t.step("unlink", "done", m -> m.at("target/f").unlink());
      t.step("rename", "EXDEV", m -> m.at(deep + "z".repeat(20)).rename(m.at("target")));
      assertEquals(List.of(), t.kernel().upper().at("target").list());
      assertTrue(t.ours().upper().at("target/f").stat().isWhiteout());
    }
  }

  @Test
  @Deviation("a second directory of upper that is redirected to one lower directory")
  void oneLowerDirectoryUnderTwoNames() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("low").mkdir().at("f").file("f"));
      for (String name : List.of("a", "b")) {
        t.both(o -> o.upper().at(name).mkdir().setXattr("trusted.overlay.redirect", "low"));
      }
      t.mount();
      t.step("the first", m -> m.at("a").list());
      t.differ("the second", "ESTALE", "[f]", m -> m.at("b").list());
      t.step("change", m -> m.at("a/f").append("+").text());
      assertEquals("f", t.ours().merged().at("b/f").text());
    }
  }

  @Test
  @Deviation(
      "a second file of upper with the origin of another that is in memory, copied there by hand")
  void copyOfACopy() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("lower")).mount();
      t.step("copy-up", "done", m -> m.at("f").append("+")).both(Overlay::unmount);
      t.both(o -> Exec.ok("cp", "-a", o.upper().at("f") + "", o.upper().at("g") + "")).mount();
      t.step("the first", m -> m.at("f").text());
      t.differ("the second", "ESTALE", "lower+", m -> m.at("g").text());
      t.ours().merged().at("f").append("+");
      assertEquals("lower+", t.ours().merged().at("g").text());
      long own = t.ours().upper().at("g").stat().ino();
      assertEquals(own, t.ours().merged().at("g").stat().ino());
    }
  }

  @Test
  @Deviation("`f_type` and `f_fsid` of `statfs`")
  void filesystemOfStatfs() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.mount();
      t.differ("f_type", "794c7630", "65735546", m -> Long.toHexString(statfs(m)[F_TYPE]));
      t.differ("f_fsid is 0", "false", "true", m -> statfs(m)[F_FSID] == 0);
    }
  }

  private static long[] statfs(FsPath dir) {
    try (OpenFile open = dir.open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      return open.statfs();
    }
  }
}
