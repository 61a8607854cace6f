package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** {@code metacopy}: a change of metadata copies no data. */
final class MetacopyTest {
  private static final String ON = "metacopy=on";
  private static final String METACOPY = "trusted.overlay.metacopy";
  private static final String REDIRECT = "trusted.overlay.redirect";
  private static final String DATA = "data ".repeat(3000);

  private static void layers(Overlay overlay) {
    FsPath top = overlay.lowers().get(0);
    FsPath low = overlay.lowers().get(2);
    for (String name : new String[] {"chmod", "chown", "times", "xattr", "write", "trunc"}) {
      low.at(name).file(DATA + name).chmod(0640).mtime(1_000_000_000_123L);
    }
    low.at("empty").file("").mtime(1_000_000_000L);
    low.at("linked").file(DATA).mtime(1_000_000_000L).link(low.at("link"));
    low.at("d").mkdir().at("f").file(DATA).mtime(1_000_000_000L);
    low.at("d/g").file(DATA).mtime(1_000_000_000L);
    low.at("away").mkdir();
    top.at("cap").file(DATA).mtime(1_000_000_000L).setXattr("user.a", "b");
    top.at("cap").setXattr("security.capability", CAPABILITY, 0);
  }

  /** Version 2, CAP_NET_RAW. */
  private static final byte[] CAPABILITY = {
    1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  private static Consumer<FsPath> move(String from, String to) {
    return m -> m.at(from).rename(m.at(to));
  }

  private static boolean isMetacopy(FsPath upper, String path) {
    return upper.at(path).xattrBytes(METACOPY) != null;
  }

  private static Object blocks(FsPath merged, String path) {
    return Long.parseLong(Exec.ok("stat", "-c", "%b", merged.at(path).toString()).out().trim());
  }

  @ParameterizedTest
  @EnumSource(Backing.class)
  void changesOfMetadataCopyNoData(Backing backing) {
    try (Twins t = new Twins(backing, ON).both(MetacopyTest::layers).mount()) {
      t.step("chmod", "done", m -> m.at("chmod").chmod(0604));
      t.step("chown", "done", m -> m.at("chown").chown(3, 4));
      t.step("times", "done", m -> m.at("times").utimes(5_000_000_000L, 6_000_000_000L));
      t.step("xattr", "done", m -> m.at("xattr").setXattr("user.x", "y"));
      t.step("empty", "done", m -> m.at("empty").chmod(0600));
      t.step("capability", "done", m -> m.at("cap").chown(5, 5));
      for (String name : new String[] {"chmod", "chown", "times", "xattr", "empty"}) {
        assertEquals(true, t.upper(u -> isMetacopy(u, name)), name);
        t.step("blocks of " + name, m -> blocks(m, name));
        t.step("content of " + name, m -> m.at(name).text());
      }
      t.step("append", m -> m.at("chmod").append("+").text());
      t.step("open for writing", "done", m -> m.at("chown").open(Linux.O_WRONLY).close());
      t.step("its content", m -> m.at("chown").text());
      // The kernel's copying takes its mtime onward; nothing was written, and ours stays.
      assertEquals(1_000_000_000_123L, t.ours().merged().at("chown").stat().mtime());
      t.step("so it is set", "done", m -> m.at("chown").mtime(7_000_000_000L));
      t.step("capability and data", "done", m -> m.at("cap").open(Linux.O_RDWR).close());
      t.step("its time", "done", m -> m.at("cap").mtime(7_000_000_000L));
      t.upper(u -> u.at("cap").xattr("security.capability"));
      t.step("truncated", "done", m -> m.at("xattr").truncate(100));
      t.step("emptied", "done", m -> m.at("times").file("new"));
      t.step("empty one written", m -> m.at("empty").append("x").text());
      t.step("write without metacopy", m -> m.at("write").append("x").text());
      t.step("truncate without metacopy", "done", m -> m.at("trunc").truncate(0));
      t.compareMounts("before a remount");
      t.remount();
      t.compare();
    }
  }

  @Test
  void renamedMetacopyFilesFindTheirData() {
    try (Twins t = new Twins(Backing.EXT4, ON).both(MetacopyTest::layers).mount()) {
      t.step("same parent", "done", move("chmod", "chmod2"));
      t.step("other parent", "done", move("d/f", "away/f2"));
      t.step("again", "done", move("away/f2", "f3"));
      t.step("with its directory", "done", m -> m.at("d/g").chmod(0600));
      t.step("the directory", "done", move("d", "away/d2"));
      t.step("and out of it", "done", move("away/d2/g", "g"));
      t.step("a hard link", "done", move("link", "link2"));
      t.step("a new link", "done", m -> m.at("times").link(m.at("away/times2")));
      t.step("over another", "done", move("write", "chown"));
      t.step("exchange", "done", m -> m.at("g").rename(m.at("xattr"), Linux.RENAME_EXCHANGE));
      t.remount();
      for (String name : new String[] {"chmod2", "f3", "g", "link2", "away/times2", "chown"}) {
        t.step("content of " + name, m -> m.at(name).text());
        t.step("redirect of " + name, m -> "");
        t.upper(u -> u.at(name).xattr(REDIRECT));
      }
      t.step("unlink", "done", m -> m.at("g").unlink());
      t.step("write", m -> m.at("f3").append("+").text());
      t.compare();
    }
  }

  @Test
  void openFilesSeeWhatIsWrittenLater() {
    try (Twins t = new Twins(Backing.EXT4, ON).both(MetacopyTest::layers).mount()) {
      t.step("metacopy", "done", m -> m.at("chmod").chmod(0600));
      FsPath file = t.ours().merged().at("chmod");
      try (OpenFile before = file.open(Linux.O_RDONLY)) {
        file.append("later");
        String all = new String(before.readBlock(), java.nio.charset.StandardCharsets.US_ASCII);
        // The kernel's own descriptor goes on reading the lower file.
        assertEquals(DATA + "chmodlater", all);
      }
      t.step("the same", "done", m -> m.at("chmod").file("x"));
    }
  }

  @Test
  void metacopyOfLowerLayersIsFollowed() {
    try (Twins t = new Twins(Backing.EXT4, ON)) {
      t.both(
          o -> {
            FsPath top = o.lowers().get(0);
            FsPath mid = o.lowers().get(1);
            FsPath low = o.lowers().get(2);
            for (String name : new String[] {"a", "b", "c", "e"}) {
              low.at(name).file(DATA + name).chmod(0600);
            }
            low.at("dir").mkdir().at("f").file(DATA + "f");
            for (String name : new String[] {"a", "c"}) {
              meta(mid.at(name), DATA.length() + 1).chmod(0644);
            }
            meta(top.at("a"), DATA.length() + 1).chmod(0666);
            meta(mid.at("b2"), DATA.length() + 1).setXattr(REDIRECT, "b");
            meta(mid.at("f2"), DATA.length() + 1).setXattr(REDIRECT, "/dir/f");
            meta(top.at("f3"), DATA.length() + 1).setXattr(REDIRECT, "f2");
            meta(top.at("none"), 10);
            meta(top.at("dir2"), 10).setXattr(REDIRECT, "dir");
            meta(top.at("e"), 10);
            mid.at("e").whiteout();
          });
      t.mount();
      for (String name : new String[] {"a", "b2", "c", "f3", "none", "dir2", "e"}) {
        t.step("stat of " + name, m -> m.at(name).stat().permissions());
        t.step("content of " + name, m -> m.at(name).text());
      }
      t.step("copy-up of metadata", "done", m -> m.at("a").chmod(0600));
      t.step("copy-up of all", m -> m.at("f3").append("x").text());
      t.step("rename", "done", move("c", "c2"));
      t.step("and write", m -> m.at("c2").append("x").text());
      t.step("read", m -> m.at("a").text());
      t.remount();
      t.step("read", m -> m.at("a").text() + m.at("c2").text());
    }
  }

  /** The directory has no mark of what is in it, as no overlay has put it there. */
  @ParameterizedTest
  @ValueSource(strings = {"metacopy=off", "metacopy=on"})
  void fileWithoutDataIsSeenInADirectoryOfOneLayer(String feature) {
    try (Twins t = new Twins(Backing.EXT4, feature)) {
      t.both(
          o -> {
            o.lowers().get(2).at("data").file(DATA);
            meta(o.lowers().get(1).at("low").mkdir().at("f"), DATA.length())
                .setXattr(REDIRECT, "/data");
            meta(o.upper().at("up").mkdir().at("f"), DATA.length()).setXattr(REDIRECT, "/data");
          });
      t.mount();
      for (String name : new String[] {"low/f", "up/f"}) {
        t.step("stat " + name, m -> m.at(name).stat().size());
        t.step("read " + name, m -> m.at(name).text());
      }
    }
  }

  /**
   * Its directory is not marked, as it has no origin, and its redirect takes a block on ext4, as
   * many as its data would.
   */
  @Test
  void movedCopyOfAHardLinkIsNotTakenForOneWithData() {
    String name = "name-that-is-too-long-for-a-redirect-within-the-inode";
    try (Twins t = new Twins(Backing.EXT4, ON)) {
      t.both(o -> o.lowers().get(1).at(name).file("short").link(o.lowers().get(1).at("link")));
      t.mount();
      t.step("directory", "done", m -> m.at("new").mkdir());
      t.step("change of metadata", "done", m -> m.at(name).chmod(0600));
      t.step("rename", "done", move(name, "new/f"));
      t.step("read", m -> m.at("new/f").text());
      assertEquals("short", t.lastOutcome());
      t.both(o -> o.feature("metacopy=off")).remountByTheOther();
      t.step("read", "EPERM", m -> m.at("new/f").text());
      t.step("write", "EPERM", m -> m.at("new/f").append("+"));
      t.step("truncate", "EPERM", m -> m.at("new/f").truncate(1));
      t.both(o -> o.feature("metacopy=on")).remount();
      t.step("read", m -> m.at("new/f").text());
      assertEquals("short", t.lastOutcome());
    }
  }

  /** As each copy-up by the kernel, which makes two files of them, marks its directory. */
  @Test
  void directoryOfAFurtherNameOfAMetacopyFileIsMarked() {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      stack.feature(ON);
      FsPath lower = stack.lowers().get(1);
      lower.at("c").mkdir().at("a").file(DATA).link(lower.at("d").mkdir().at("a"));
      stack.mount();
      stack.merged().at("c/a").stat();
      stack.merged().at("d/a").stat();
      stack.merged().at("c/a").chmod(0600);
      for (String dir : new String[] {"c", "d"}) {
        assertEquals(true, isMetacopy(stack.upper(), dir + "/a"));
        assertEquals("y", stack.upper().at(dir).xattr("trusted.overlay.impure"), dir);
      }
      stack.remount();
      assertEquals(DATA, stack.merged().at("d/a").text());
    }
  }

  /** It has as many blocks as data of its size would have, and nothing below it. */
  @ParameterizedTest
  @ValueSource(strings = {"metacopy=off", "metacopy=on"})
  void markedFileWithABlockOfAttributesHasNoDataInTheBottomLayer(String feature) {
    try (Twins t = new Twins(Backing.EXT4, feature)) {
      t.both(o -> meta(o.lowers().get(2).at("f"), 5).setXattr("user.long", "x".repeat(500)));
      t.both(o -> meta(o.lowers().get(2).at("d").mkdir().at("f"), 5));
      t.both(o -> o.lowers().get(2).at("d/f").setXattr("user.long", "x".repeat(500)));
      t.mount();
      String refused = feature.endsWith("on") ? "EIO" : "EPERM";
      for (String name : new String[] {"f", "d/f"}) {
        t.step("read " + name, refused, m -> m.at(name).text());
        t.step("write " + name, refused, m -> m.at(name).append("+"));
        t.step("truncate " + name, refused, m -> m.at(name).truncate(0));
        t.step("truncating open " + name, refused, m -> m.at(name).file(""));
      }
    }
  }

  private static FsPath meta(FsPath file, long size) {
    file.file("").truncate(size);
    return file.setXattr(METACOPY, "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"metacopy=off", "metacopy=on"})
  void metacopyIsRefusedOrFollowed(String feature) {
    try (Twins t = new Twins(Backing.EXT4, feature)) {
      t.both(
          o -> {
            o.lowers().get(2).at("f").file(DATA);
            meta(o.lowers().get(0).at("f"), DATA.length());
            meta(o.lowers().get(0).at("alone"), 5);
            meta(o.lowers().get(2).at("bottom"), 5);
          });
      t.mount();
      for (String name : new String[] {"f", "alone", "bottom"}) {
        t.step("stat " + name, m -> m.at(name).stat().size());
        t.step("read " + name, m -> m.at(name).text());
        t.step("unlink " + name, m -> unlink(m.at(name)));
      }
    }
  }

  /** Empty, or four bytes and more: version, length, flags, kind of digest and the digest. */
  @ParameterizedTest
  @ValueSource(strings = {"metacopy=off", "metacopy=on"})
  void marksThatAreTooShortAreRefused(String feature) {
    try (Twins t = new Twins(Backing.EXT4, feature)) {
      List<byte[]> marks = new ArrayList<>();
      for (int length : new int[] {0, 1, 3, 4, 36}) {
        marks.add(Arrays.copyOf(new byte[] {0, (byte) length}, length));
      }
      for (byte[] mark : marks) {
        String name = "f" + mark.length;
        t.both(o -> o.lowers().get(2).at(name).file(DATA));
        t.both(o -> meta(o.lowers().get(0).at(name), DATA.length(), mark));
        t.both(o -> meta(o.upper().at("up" + name), DATA.length(), mark));
        t.both(o -> o.lowers().get(2).at("up" + name).file(DATA));
      }
      t.mount();
      for (byte[] mark : marks) {
        for (String name : new String[] {"f" + mark.length, "upf" + mark.length}) {
          t.step("stat " + name, m -> m.at(name).stat().size());
          t.step("read " + name, m -> m.at(name).text());
        }
      }
      t.step("a mark of three bytes", "EIO", m -> m.at("f3").stat());
    }
  }

  private static void meta(FsPath file, long size, byte[] mark) {
    file.file("").truncate(size);
    file.setXattr(METACOPY, mark, 0);
  }

  private static String unlink(FsPath file) {
    file.unlink();
    return "done";
  }

  /** They are of no other use, so nothing else has to be turned on for them (since Linux 6.16). */
  @ParameterizedTest
  @ValueSource(strings = {"metacopy=off", "redirect_dir=nofollow", "userxattr"})
  void dataOnlyLayersAreReachedFromTheBottomLayerInAnyCase(String feature) {
    try (Twins t = new Twins(Backing.EXT4)) {
      boolean isUser = feature.equals("userxattr");
      String prefix = isUser ? "user.overlay." : "trusted.overlay.";
      t.both(Overlay::clearFeatures).both(o -> o.feature(feature));
      t.both(
          o -> {
            FsPath data = o.home().at("data").mkdir();
            data.at("objects").mkdir().at("1").file(DATA);
            o.addDataLower(data);
            FsPath low = o.lowers().get(2);
            for (FsPath dir : List.of(low, low.at("d").mkdir())) {
              redirected(dir.at("data"), prefix, "/objects/1");
              redirected(dir.at("none"), prefix, "/objects/none");
              redirected(dir.at("relative"), prefix, "objects");
              redirected(dir.at("changed"), prefix, "/objects/1");
            }
            redirected(o.lowers().get(0).at("top"), prefix, "/objects/1");
            redirected(o.upper().at("upper"), prefix, "/objects/1");
            redirected(o.upper().at("both"), prefix, "/objects/1");
            redirected(low.at("both"), prefix, "/objects/1");
          });
      t.mount();
      for (String dir : List.of("", "d/")) {
        for (String name : List.of("data", "none", "relative", "changed")) {
          t.step("stat of " + dir + name, m -> m.at(dir + name).stat().size());
          t.step("content of " + dir + name, m -> m.at(dir + name).text());
        }
        t.step("change", m -> m.at(dir + "changed").chmod(0600).text().equals(DATA));
        assertEquals("true", t.lastOutcome());
      }
      for (String name : List.of("top", "upper", "both")) {
        t.step("stat of " + name, m -> m.at(name).stat().size());
        t.step("content of " + name, m -> m.at(name).text());
      }
      t.both(Overlay::unmount);
      t.compareUppers("kernel | ours");
    }
  }

  private static void redirected(FsPath file, String prefix, String path) {
    file.file("").truncate(DATA.length());
    file.setXattr(prefix + "metacopy", "").setXattr(prefix + "redirect", path);
  }

  @Test
  void dataOnlyLayersHoldTheData() {
    try (Twins t = new Twins(Backing.EXT4, ON)) {
      t.both(
          o -> {
            FsPath data = o.home().at("data").mkdir();
            FsPath more = o.home().at("more").mkdir();
            data.at("objects").mkdir().at("1").file(DATA + "1");
            more.at("objects").mkdir().at("1").file("not this one");
            more.at("objects/2").file(DATA + "2");
            more.at("objects/dir").mkdir();
            more.at("objects/link").symlink("2");
            o.addDataLower(data);
            o.addDataLower(more);
            FsPath top = o.lowers().get(0);
            FsPath low = o.lowers().get(2);
            for (String name : new String[] {"1", "2", "none", "dir", "link"}) {
              meta(low.at(name), DATA.length() + 1).setXattr(REDIRECT, "/objects/" + name);
            }
            meta(low.at("relative"), 5).setXattr(REDIRECT, "objects");
            meta(top.at("1"), DATA.length() + 1).chmod(0600);
          });
      t.mount();
      for (String name : new String[] {"1", "2", "none", "dir", "link", "relative"}) {
        t.step("stat of " + name, m -> m.at(name).stat().size());
        t.step("blocks of " + name, m -> m.at(name).exists() ? blocks(m, name) : "");
        t.step("content of " + name, m -> m.at(name).text());
        t.step("and blocks again", m -> m.at(name).exists() ? blocks(m, name) : "");
      }
      t.step("the root", m -> m.list());
      t.step("copy-up of metadata", "done", m -> m.at("2").chmod(0600));
      t.step("and data", m -> m.at("2").append("x").text());
      t.step("copy-up without data", m -> m.at("none").append("x").text());
      t.step("and of its metadata", "ENOENT", m -> m.at("none").chmod(0600));
    }
  }
}
