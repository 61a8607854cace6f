package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.LoopDisk;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** The options of the kernel's overlay that change little: xino, userxattr, uuid, fsync. */
final class OptionsTest {
  private static final String UUID = "trusted.overlay.uuid";
  private static final String ORIGIN = "trusted.overlay.origin";

  private static final long DISK_SIZE = 16L << 20;

  /** What comes before the file handle: version, magic, length, flags, type, uuid. */
  private static final int ORIGIN_HEADER = 21;

  /** The bits that the kernel puts above the real number, and which of the names share one. */
  private static String number(FsPath merged, String path) {
    return path + " " + Long.toHexString(merged.at(path).stat().ino() >>> 56);
  }

  @ParameterizedTest
  @ValueSource(strings = {"xino=on", "xino=auto"})
  void numbersOfSeveralFilesystemsAreTheKernels(String feature) {
    FsPath far = Backing.XFS.newDirectory("lower");
    far.at("d").mkdir().at("f").file("far");
    far.at("both").mkdir().at("g").file("far");
    try (Twins t = new Twins(Backing.EXT4, feature)) {
      t.both(o -> o.lowers().set(1, far));
      t.both(o -> o.lowers().get(2).at("near").file("near"));
      t.both(o -> o.lowers().get(0).at("both").mkdir().at("h").file("near"));
      t.mount();
      List<String> paths = List.of("d", "d/f", "both", "both/g", "both/h", "near");
      for (String path : paths) {
        t.step(path, m -> number(m, path));
      }
      final long before = t.ours().merged().at("d/f").stat().ino();
      t.step("copy-up", "done", m -> m.at("d/f").chmod(0600));
      t.step("new", "done", m -> m.at("d/new").mkdir());
      t.upper(u -> u.at("d/new").xattr("trusted.overlay.opaque"));
      t.remount();
      for (String path : List.of("d", "d/f", "d/new", "both")) {
        t.step(path, m -> number(m, path));
      }
      assertEquals(before, t.ours().merged().at("d/f").stat().ino());
    } finally {
      far.removeTree();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"noatime", "nodiratime", "relatime"})
  void readingTakesTimesOnwardAsAsked(String option) {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.upper().at("d").mkdir().at("x").file("x"));
      t.both(o -> o.upper().at("f").file("f").utimes(1, 1));
      t.both(o -> o.upper().at("d").utimes(1, 1));
      t.ours().option("-o" + option);
      t.mount();
      String remount = "remount,bind," + option;
      Exec.ok("mount", "-o", remount, t.kernel().merged().toString());
      t.step("read", m -> m.at("f").text());
      t.step("list", m -> m.at("d").list());
      for (String name : List.of("f", "d")) {
        t.upper(u -> name + " was read: " + (u.at(name).stat().atime() > 1));
        boolean isRead = t.ours().upper().at(name).stat().atime() > 1;
        assertEquals(!option.equals("noatime") && !(option + name).equals("nodiratimed"), isRead);
      }
    }
  }

  @Test
  void numbersAreUniqueWithoutXinoToo() {
    FsPath far = Backing.XFS.newDirectory("lower");
    try (Overlay o = new Overlay(MountKind.DEV, Backing.EXT4)) {
      for (int i = 0; i < 200; i++) {
        far.at("f" + i).file("");
        o.lowers().get(0).at("g" + i).file("");
      }
      o.lowers().set(1, far);
      o.feature("xino=off");
      o.mount();
      Set<Long> numbers = new TreeSet<>();
      o.merged().list().forEach(n -> numbers.add(o.merged().at(n).stat().ino()));
      assertEquals(400, numbers.size());
    } finally {
      far.removeTree();
    }
  }

  @Test
  void filesWithOneNumberOnTwoFilesystemsAreTwo() {
    try (LoopDisk first = new LoopDisk(DISK_SIZE, "mkfs.ext4", "-q");
        LoopDisk second = new LoopDisk(DISK_SIZE, "mkfs.ext4", "-q");
        Overlay o = new Overlay(MountKind.DEV, Backing.EXT4)) {
      FsPath one = first.root().at("one").file("one");
      FsPath two = second.root().at("two").file("two");
      assertEquals(one.stat().ino(), two.stat().ino());
      one.link(first.root().at("one2"));
      two.link(second.root().at("two2"));
      o.lowers().set(0, first.root());
      o.lowers().set(1, second.root());
      o.mount();
      FsPath merged = o.merged();
      assertNotEquals(merged.at("one").stat().ino(), merged.at("two").stat().ino());
      assertEquals(merged.at("one").stat().ino(), merged.at("one2").stat().ino());
      merged.at("one2").append("+");
      assertEquals("one+", merged.at("one").text());
      assertEquals("two", merged.at("two").text());
      assertEquals("two", merged.at("two2").text());
    }
  }

  @Test
  void userxattrKeepsAllStateInUserAttributes() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::clearFeatures);
      t.both(o -> o.feature("userxattr"));
      t.both(o -> o.lowers().get(0).at("d/sub").mkdirs().at("f").file("f"));
      t.both(o -> o.lowers().get(0).at("e").mkdir().setXattr("user.overlay.redirect", "d"));
      t.both(o -> o.lowers().get(1).at("e").mkdir().at("g").file(""));
      t.both(o -> o.upper().at("o").mkdir().setXattr("user.overlay.opaque", "y"));
      t.both(o -> o.lowers().get(2).at("o").mkdir().at("hidden").file(""));
      t.mount();
      t.step("copy-up", m -> m.at("d/sub/f").append("+").text());
      t.step("rename of a lower directory", "EXDEV", m -> m.at("d").rename(m.at("d2")));
      t.step("a redirect", m -> m.at("e").list());
      t.step("opaque", m -> m.at("o").list());
      t.step("removed", "done", m -> m.at("d/sub").removeTree());
      t.step("made again", "done", m -> m.at("d/sub").mkdir().at("x").file("x"));
      t.step("a trusted name of a nested overlay", m -> trusted(m.at("d")));
      t.both(Overlay::unmount);
      t.compareUppers("userxattr");
    }
  }

  /** The kernel marks the directory whether or not the attribute could be stored. */
  @Test
  void aDirectoryIsImpureAfterTheCopyUpOfASymlinkWithUserxattr() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::clearFeatures);
      t.both(o -> o.feature("userxattr"));
      t.both(o -> o.lowers().get(0).at("links").mkdir().at("link").symlink("target"));
      t.both(
          o -> o.lowers().get(0).at("fifos").mkdir().at("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0));
      t.mount();
      t.step("symlink", "done", m -> m.at("links/link").chown(1, 1));
      t.step("fifo", "done", m -> m.at("fifos/fifo").chown(1, 1));
      t.both(Overlay::unmount);
      t.compareUppers("after the copy-up");
      for (String dir : List.of("links", "fifos")) {
        assertEquals("y", t.ours().upper().at(dir).xattr("user.overlay.impure"));
      }
    }
  }

  @Test
  void namesOfASymlinkStayOneObjectWithUserxattrWhateverTheKernelSays() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::clearFeatures);
      t.both(o -> o.feature("userxattr"));
      t.both(o -> o.lowers().get(0).at("link").symlink("target"));
      t.both(o -> o.lowers().get(0).at("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0));
      t.mount();
      for (String name : List.of("link", "fifo")) {
        t.step("copy-up", "done", m -> m.at(name).chown(1, 1));
        t.step("link", "done", m -> m.at(name).link(m.at(name + 2)));
        // To the kernel the new name leads to upper only, where nothing says what it comes from.
        assertNotEquals(number(t.kernel(), name), number(t.kernel(), name + 2));
        assertEquals(number(t.ours(), name), number(t.ours(), name + 2));
        t.step("links", m -> m.at(name).stat().nlink() + " " + m.at(name + 2).stat().nlink());
      }
    }
  }

  private static long number(Overlay overlay, String path) {
    return overlay.merged().at(path).stat().ino();
  }

  private static Object trusted(FsPath dir) {
    dir.setXattr("trusted.overlay.opaque", "y");
    dir.setXattr("user.overlay.mine", "z");
    return dir.xattrs() + dir.xattr("user.overlay.mine");
  }

  @ParameterizedTest
  @CsvSource({"on,true", "auto,false", "null,false", "off,false"})
  void upperThatWasUsedBeforeGetsAnIdentityOnRequest(String mode, boolean expected) {
    try (Twins t = new Twins(Backing.EXT4, "uuid=" + mode)) {
      t.both(o -> o.upper().setXattr("trusted.overlay.impure", "y"));
      t.both(o -> o.lowers().get(0).at("f").file("f")).mount();
      t.step("copy-up", m -> m.at("f").append("+").text());
      long number = t.ours().merged().at("f").stat().ino();
      assertEquals(expected, t.upper(u -> u.xattrBytes(UUID) != null));
      t.upper(u -> HexFormat.of().formatHex(u.at("f").xattrBytes(ORIGIN), 0, ORIGIN_HEADER));
      t.remount();
      assertEquals(number, t.ours().merged().at("f").stat().ino());
      t.compare();
    }
  }

  @Test
  void strictFsyncWritesTheSame() {
    try (Overlay o = new Overlay(MountKind.DEV, Backing.EXT4)) {
      o.option("-o");
      o.option("fsync=strict");
      o.lowers().get(0).at("d").mkdir().at("f").file("f");
      o.lowers().get(0).at("d/link").symlink("f");
      o.mount();
      o.merged().at("d/f").chmod(0600);
      o.merged().at("d/link").chown(1, 1);
      assertEquals("f", o.upper().at("d/f").text());
      assertEquals(1, o.upper().at("d/link").stat().uid());
      assertEquals(List.of(), o.leftInWork());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "userxattr,redirect_dir=on",
        "userxattr,metacopy=on",
        "metacopy=on,redirect_dir=off",
        "metacopy=on,nfs_export=on",
        "nfs_export=on,index=off"
      })
  void conflictingOptionsAreRefused(String options) {
    try (Overlay o = new Overlay(MountKind.DEV, Backing.EXT4)) {
      o.option("-o");
      o.option(options);
      Exec refused = o.tryMount();
      assertNotEquals(0, refused.status());
      assertTrue(refused.err().contains("=on"), refused::err);
    }
  }

  @Test
  void volatileMountIsNotMadeAgainUnlessTheMarkIsRemoved() {
    try (Overlay o = new Overlay(MountKind.DEV, Backing.EXT4)) {
      o.option("--volatile");
      o.lowers().get(0).at("f").file("f");
      o.mount();
      o.merged().at("f").append("+");
      o.unmount();
      Exec again = o.tryMount();
      assertNotEquals(0, again.status());
      assertTrue(again.err().contains("work/incompat"), again::err);
      o.work().at("work/incompat/volatile").removeTree();
      o.mount();
      assertEquals("f+", o.merged().at("f").text());
    }
  }
}
