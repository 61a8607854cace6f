package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.it.overlay.Backing;
import ovl.it.overlay.KernelMount;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** {@code index}: the names of a hard-linked lower file stay one file, over mounts too. */
final class IndexTest {
  private static final String ON = "index=on";
  private static final String NLINK = "trusted.overlay.nlink";
  private static final String ORIGIN = "trusted.overlay.origin";
  private static final String UPPER = "trusted.overlay.upper";

  private static final List<String> LOWER_NAMES = List.of("a", "d/c", "link1", "fifo1", "x", "top");

  private static void layers(Overlay overlay) {
    FsPath low = overlay.lowers().get(1);
    low.at("d").mkdir();
    low.at("a").file("text").link(low.at("b")).link(low.at("d/c"));
    low.at("alone").file("alone");
    low.at("link1").symlink("a").link(low.at("link2"));
    low.at("fifo1").mknod(Linux.S_IFIFO | 0600, 0, 0).link(low.at("fifo2"));
    low.at("x").file("x").link(low.at("y")).link(low.at("z"));
    overlay.lowers().get(0).at("top").file("top").link(overlay.lowers().get(0).at("top2"));
  }

  /** Content, link count and which of the others are the same file. */
  private static String all(FsPath merged) {
    StringBuilder text = new StringBuilder();
    SortedMap<Long, String> first = new TreeMap<>();
    for (String dir : new String[] {"", "d/"}) {
      for (String name : merged.at(dir.isEmpty() ? "." : dir).list()) {
        FsPath file = merged.at(dir + name);
        Stat stat = file.stat();
        if (!stat.isDirectory()) {
          String same = first.computeIfAbsent(stat.ino(), ino -> dir + name);
          String content = stat.isRegular() ? file.text() : "";
          text.append(dir + name + " " + stat.nlink() + " " + same + " " + content + "\n");
        }
      }
    }
    return text.toString();
  }

  private static Consumer<FsPath> move(String from, String to) {
    return m -> m.at(from).rename(m.at(to));
  }

  private static Consumer<FsPath> link(String from, String to) {
    return m -> m.at(from).link(m.at(to));
  }

  /**
   * What the index says: for each entry the lower file, its type and size, and how many names the
   * file is said to have. Which of the lower names are on upper too is not said: the kernel takes
   * the one that is used, we know the file only.
   */
  private static String index(Overlay overlay) {
    SortedMap<Long, String> lowers = new TreeMap<>();
    for (String name : LOWER_NAMES) {
      for (FsPath layer : overlay.lowers()) {
        if (layer.at(name).exists()) {
          lowers.putIfAbsent(layer.at(name).stat().ino(), name);
        }
      }
    }
    List<String> lines = new ArrayList<>();
    FsPath index = overlay.work().at("index");
    for (String name : index.list()) {
      if (name.startsWith("#")) {
        continue; // the kernel's own temporary names
      }
      FsPath entry = index.at(name);
      byte[] handle = HexFormat.of().parseHex(name);
      assertEquals(name, HexFormat.of().formatHex(entry.xattrBytes(ORIGIN)));
      // The inode number is what the handles of ext4 and xfs begin with.
      long ino = ByteBuffer.wrap(handle).order(ByteOrder.LITTLE_ENDIAN).getInt(21);
      Stat stat = entry.stat();
      String nlink = entry.xattr(NLINK);
      assertEquals('U', nlink.charAt(0), nlink);
      int names = stat.nlink() + Integer.parseInt(nlink.substring(1));
      lines.add(lowers.get(ino) + " " + stat.type() + " " + stat.size() + " names=" + names);
    }
    lines.sort(null);
    return String.join("\n", lines);
  }

  private static void compare(Twins t, String what) {
    t.step(what, IndexTest::all);
    assertEquals(index(t.kernel()), index(t.ours()), what);
  }

  private static void changeLinks(Twins t) {
    t.step("write by one name", m -> m.at("b").append("1").text() + m.at("a").text());
    compare(t, "written");
    t.step("a new name", "done", link("a", "e"));
    t.step("a name of a lower file", "done", link("x", "x2"));
    compare(t, "linked");
    t.step("unlink a name on upper", "done", m -> m.at("b").unlink());
    t.step("unlink a lower name", "done", m -> m.at("d/c").unlink());
    t.step("unlink a name of a lower file", "done", m -> m.at("y").unlink());
    t.step("unlink a symlink", "done", m -> m.at("link1").unlink());
    compare(t, "unlinked");
    t.step("write by another name", m -> m.at("e").append("2").text());
    t.step("chown of a symlink", "done", m -> m.at("link2").chown(3, 3));
    t.step("chmod of a fifo", "done", m -> m.at("fifo2").chmod(0640));
    compare(t, "changed");
  }

  private static void moveLinks(Twins t) {
    t.step("rename to another directory", "done", move("e", "d/new"));
    t.step("rename a lower name", "done", move("z", "z2"));
    t.step("rename one over the other", "done", move("a", "d/new"));
    t.step("over something else", "done", move("a", "alone"));
    compare(t, "renamed");
    t.step("something else over it", "done", move("d/new", "x"));
    compare(t, "replaced");
    t.step("exchange", "done", m -> m.at("top").rename(m.at("x2"), Linux.RENAME_EXCHANGE));
    t.step("whiteout replaced", "done", link("top2", "y"));
    compare(t, "exchanged");
  }

  @ParameterizedTest
  @EnumSource(Backing.class)
  void namesStayOneFileAndAreCounted(Backing backing) {
    try (Twins t = new Twins(backing, ON).both(IndexTest::layers).mount()) {
      compare(t, "at first");
      changeLinks(t);
      t.remount();
      compare(t, "in a new mount");
      moveLinks(t);
      t.remount();
      compare(t, "in the last mount");
      t.compareMounts("kernel | ours");
      for (String name : new String[] {"x", "alone", "x2", "z2", "top", "top2", "y", "link2"}) {
        t.step("unlink " + name, "done", m -> m.at(name).unlink());
      }
      compare(t, "most are gone");
      t.both(Overlay::unmount);
    }
  }

  @ParameterizedTest
  @EnumSource(Backing.class)
  void eachGoesOnWithWhatTheOtherWrote(Backing backing) {
    try (Twins t = new Twins(backing, ON).both(IndexTest::layers).mount()) {
      changeLinks(t);
      t.remountByTheOther();
      compare(t, "by the other");
      moveLinks(t);
      t.remount();
      compare(t, "by the first again");
      t.step("write", m -> m.at("x").append("3").text());
      t.step("unlink", "done", m -> m.at("alone").unlink());
      t.remountByTheOther();
      compare(t, "by the other again");
      t.compareMounts("ours of the kernel's | the kernel of ours");
    }
  }

  @Test
  void oneNameIsWrittenAsTheKernelWritesIt() {
    // Where one name is known to both, upper is the same to the last attribute.
    try (Twins t = new Twins(Backing.EXT4, ON).both(IndexTest::layers).mount()) {
      t.step("write", m -> m.at("b").append("1").text());
      t.step("chmod", "done", m -> m.at("b").chmod(0600));
      t.step("unlink", "done", m -> m.at("y").unlink());
      t.step("rename", "done", move("link2", "link3"));
      t.step("link", "done", link("fifo2", "fifo3"));
      t.step("link of no lower file", "done", m -> m.at("n").file("n").link(m.at("n2")));
      t.step("a directory", "done", m -> m.at("d/sub").mkdir());
      t.both(Overlay::unmount);
      t.compareUppers("kernel | ours");
      assertEquals(index(t.kernel()), index(t.ours()));
      assertNotEquals(null, t.ours().work().at("index").xattrBytes(UPPER));
    }
  }

  @Test
  void onlyTheNameThatARequestSaysComesToUpper() {
    try (Twins t = new Twins(Backing.EXT4, ON).both(IndexTest::layers).mount()) {
      t.step("all names are known", IndexTest::all);
      t.step("unlink", "done", m -> m.at("a").unlink());
      t.step("rename", "done", move("x", "x2"));
      t.step("rename over a lower name", "done", move("alone", "link1"));
      t.step("exchange", "done", m -> m.at("fifo1").rename(m.at("top"), Linux.RENAME_EXCHANGE));
      t.both(Overlay::unmount);
      t.compareUppers("kernel | ours");
      assertEquals(index(t.kernel()), index(t.ours()));
    }
  }

  @Test
  void aFileWithoutNamesLivesOnWhileItIsOpen() {
    try (Twins t = new Twins(Backing.EXT4, ON).both(IndexTest::layers).mount()) {
      t.step(
          "unlink all names of an open file",
          m -> {
            try (OpenFile file = m.at("x").open(Linux.O_RDWR)) {
              m.at("x").unlink();
              m.at("y").unlink();
              int one = file.stat().nlink();
              m.at("z").unlink();
              file.pwrite("open", 0);
              return one + " " + file.stat().nlink() + " " + file.stat().size();
            }
          });
      compare(t, "the entry is gone");
      t.step(
          "unlink the names that are known",
          m -> {
            try (OpenFile file = m.at("a").open(Linux.O_RDWR)) {
              m.at("a").unlink();
              m.at("b").unlink();
              file.pwrite("TE", 0);
              return file.stat().nlink() + m.at("d/c").text();
            }
          });
      compare(t, "one is left");
    }
  }

  @Test
  void libfuse2HasTheSameIndex() {
    try (Twins t = new Twins(Backing.EXT4, ON).both(IndexTest::layers)) {
      t.kernel().mount();
      t.ours().mountBy(MountKind.LIBFUSE2);
      t.step("append", "done", m -> m.at("a").append("+"));
      t.step("by another name", m -> m.at("d/c").append("+").text());
      t.step("unlink", "done", m -> m.at("b").unlink());
      t.step("metadata", "done", m -> m.at("y").chmod(0600));
      compare(t, "changed");
      t.both(Overlay::unmount);
      assertEquals(index(t.kernel()), index(t.ours()));
      t.both(Overlay::mountByKernel);
      compare(t, "what libfuse2 wrote, by the kernel");
      t.both(Overlay::unmount);
      t.kernel().mount();
      t.ours().mountBy(MountKind.LIBFUSE2);
      t.step("append", m -> m.at("z").append("+").text());
      compare(t, "in another mount");
    }
  }

  @Test
  void metadataAloneIsIndexedToo() {
    try (Twins t = new Twins(Backing.EXT4, ON, "metacopy=on").both(IndexTest::layers).mount()) {
      t.step("chmod", "done", m -> m.at("b").chmod(0600));
      t.step("content", m -> m.at("a").text());
      t.remount();
      t.step("by another name", m -> m.at("d/c").text() + m.at("d/c").stat().permissions());
      t.step("unlink the copied one", "done", m -> m.at("b").unlink());
      t.remountByTheOther();
      t.step("content", m -> m.at("a").text() + m.at("a").stat().permissions());
      t.step("write", m -> m.at("a").append("+").text());
      compare(t, "written");
      t.remountByTheOther();
      compare(t, "in the last mount");
    }
  }

  @Test
  void whatIsWrittenIsReadUnderNamesThatHadNoDataThemselves() {
    try (Twins t = new Twins(Backing.EXT4, ON, "metacopy=on")) {
      t.both(IndexTest::linkedMetacopy).mount();
      t.step("write", m -> m.at("b").append("+").text());
      t.remount();
      t.step("by the other name", m -> m.at("a").text());
      t.step("by both", m -> m.at("b").text() + m.at("a").append("-").text());
      compare(t, "written");
      t.remountByTheOther();
      compare(t, "by the other");
    }
  }

  private static void linkedMetacopy(Overlay overlay) {
    overlay.lowers().get(1).at("data").file("lower");
    FsPath file = overlay.lowers().get(0).at("a").file("");
    file.truncate(5);
    file.setXattr("trusted.overlay.metacopy", "");
    file.setXattr("trusted.overlay.redirect", "/data");
    file.link(overlay.lowers().get(0).at("b"));
  }

  @Test
  void linksThatWereBrokenWithoutAnIndexStayBroken() {
    try (Twins t = new Twins(Backing.EXT4).both(IndexTest::layers)) {
      t.both(o -> o.upper().at("b").file("broken")).both(o -> o.feature(ON)).mount();
      compare(t, "at first");
      t.step("write the one", m -> m.at("b").append("1").text());
      t.step("write the others", m -> m.at("a").append("2").text() + m.at("d/c").text());
      compare(t, "written");
      t.remountByTheOther();
      compare(t, "by the other");
    }
  }

  private static FsPath onlyEntry(Overlay overlay) {
    FsPath index = overlay.work().at("index");
    return index.at(
        index.list().stream().filter(n -> !n.startsWith("#")).findFirst().orElseThrow());
  }

  @Test
  void entriesThatNothingLeadsToAreRemovedAtMount() {
    try (Twins t = new Twins(Backing.EXT4, ON).both(IndexTest::layers).mount()) {
      t.step("write", m -> m.at("b").append("1").text());
      t.both(Overlay::unmount);
      t.both(
          o -> {
            FsPath index = o.work().at("index");
            // As after a crash between the removal of the last name and that of the entry.
            o.upper().at("b").unlink();
            onlyEntry(o).setXattr(NLINK, "U-1");
            index.at("#12").file("");
            index.at("#13").mkdir().at("in").file("");
            // A link to another file's copy.
            String name = onlyEntry(o).toString().replaceAll(".*/", "");
            FsPath wrong = index.at(name.substring(0, name.length() - 1) + "0");
            wrong.file("").setXattr(ORIGIN, HexFormat.of().parseHex(name), 0);
          });
      t.mount();
      assertEquals(List.of(), t.kernel().work().at("index").list());
      assertEquals(List.of(), t.ours().work().at("index").list());
      compare(t, "as before");
    }
  }

  private static void expectRefusal(Twins t, String reason) {
    Exec refused = t.ours().tryMount();
    assertNotEquals(0, refused.status());
    assertTrue(refused.err().contains(reason), refused::err);
    Overlay k = t.kernel();
    assertThrows(
        AssertionError.class,
        () -> KernelMount.mount(ON + ",", k.lowers(), k.upper(), k.work(), k.merged()));
  }

  private static Twins used() {
    Twins t = new Twins(Backing.EXT4, ON).both(IndexTest::layers).mount();
    t.step("write", m -> m.at("b").append("1").text());
    return t.both(Overlay::unmount);
  }

  @Test
  void anotherLowerOrUpperIsRefused() {
    try (Twins t = used()) {
      t.both(o -> o.lowers().add(0, o.home().at("other").mkdir()));
      expectRefusal(t, "another lower layer");
      t.both(o -> o.lowers().remove(0));
      t.both(
          o -> {
            o.upper().rename(o.home().at("old"));
            o.upper().mkdir();
          });
      expectRefusal(t, "index is not that of upper");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"foreign", "00fb0001"})
  void whatIsNoEntryIsRefused(String name) {
    try (Twins t = used()) {
      t.both(o -> o.work().at("index").at(name).file(""));
      expectRefusal(t, name);
    }
  }

  @Test
  void withoutFileHandlesThereIsNoIndex() {
    try (Overlay below = new Overlay(MountKind.KERNEL, Backing.EXT4);
        Twins t = new Twins(Backing.EXT4, ON)) {
      below.lowers().get(0).at("f").file("f").link(below.lowers().get(0).at("g"));
      below.mount();
      t.both(o -> o.lowers().set(0, below.merged())).both(Overlay::skipLowerCheck).mount();
      t.step("write", m -> m.at("f").append("+").text());
      t.both(o -> assertFalse(o.work().at("index").exists()));
      t.both(Overlay::unmount);
    }
  }

  @Test
  void withoutUpperThereIsNoIndex() {
    try (Twins t = new Twins(Backing.EXT4, ON).both(IndexTest::layers)) {
      t.both(Overlay::useReadOnly).mount();
      t.step("all", IndexTest::all);
    }
  }
}
