package ovl.it.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.it.os.FsPath;
import ovl.sys.Linux;

/** A comparison that overlooks something would let every other test overlook it. */
final class TreeSnapshotTest {
  private static final Set<TreeSnapshot.Time> NO_TIMES = EnumSet.noneOf(TreeSnapshot.Time.class);

  @TempDir Path temp;
  private FsPath left;
  private FsPath right;

  @BeforeEach
  void makeEqualTrees() {
    left = make("left");
    right = make("right");
  }

  private FsPath make(String name) {
    FsPath root = FsPath.of(temp).at(name).mkdir();
    root.at("d").mkdir().at("f").file("content");
    root.at("d/f").link(root.at("d/hard"));
    root.at("d/two").file("content");
    root.at("link").symlink("d/f");
    root.at("fifo").mknod(Linux.S_IFIFO | 0600, 0, 0);
    root.at("\u00ff\n").file("");
    for (String path : List.of("d/f", "d/two", "link", "fifo", "\u00ff\n", "d", ".")) {
      root.at(path).utimes(1, 2);
    }
    return root;
  }

  private List<String> differences(Set<TreeSnapshot.Time> times, TreeRules rules) {
    return TreeSnapshot.of(left, times).differences(TreeSnapshot.of(right, times), rules);
  }

  private void assertOnly(String expected) {
    List<String> found = differences(EnumSet.of(TreeSnapshot.Time.MTIME), TreeRules.none());
    assertEquals(1, found.size(), found::toString);
    assertTrue(found.get(0).matches(expected), found::toString);
  }

  @Test
  void equalTreesAreEqual() {
    assertEquals(List.of(), differences(EnumSet.of(TreeSnapshot.Time.MTIME), TreeRules.none()));
  }

  @Test
  void modeIsSeen() {
    right.at("fifo").chmod(0620);
    assertOnly("fifo: mode 0600 \\| 0620");
  }

  @Test
  void setuidIsSeen() {
    right.at("d/two").chmod(04644);
    assertOnly("d/two: mode 0644 \\| 4644");
  }

  @Test
  void contentOfEqualLengthIsSeen() {
    right.at("d/two").file("CONTENT").utimes(1, 2);
    assertOnly("d/two: sha256 .*");
  }

  @Test
  void nanosecondsAreSeen() {
    right.at("d").utimes(1, 3);
    assertOnly("d: mtime 2 \\| 3");
  }

  @Test
  void xattrsAreSeen() {
    right.at("d/f").setXattr("user.a", "\u0000b").utimes(1, 2);
    List<String> found = differences(NO_TIMES, TreeRules.none());
    assertEquals(
        List.of("d/f: xattr.user.a none | 0x0062", "d/hard: xattr.user.a none | 0x0062"), found);
  }

  @Test
  void brokenHardLinkIsSeen() {
    right.at("d/hard").unlink();
    right.at("d/hard").file("content");
    List<String> found = differences(NO_TIMES, TreeRules.none());
    assertEquals(
        List.of("d/f: nlink 2 | 1", "d/hard: linked d/f | none", "d/hard: nlink 2 | 1"), found);
  }

  @Test
  void missingAndAdditionalObjectsAreSeen() {
    right.at("link").unlink();
    right.at("\u0001").mkdir();
    List<String> found = differences(NO_TIMES, TreeRules.none());
    assertEquals(2, found.size(), found::toString);
    assertTrue(found.get(0).startsWith("only right: \\x01\t"), found::toString);
    assertTrue(found.get(1).startsWith("only left: link\t"), found::toString);
  }

  @Test
  void linkTargetIsSeen() {
    right.at("link").unlink();
    right.at("link").symlink("d/F").utimes(1, 2);
    right.utimes(1, 2);
    assertOnly("link: target d/f \\| d/F");
  }

  @Test
  void rulesLeaveOutWhatTheyNameAndNoMore() {
    right.at("d/two").chmod(0600).setXattr("user.a", "b");
    right.at("d/new").file("");
    TreeRules rules = TreeRules.none().ignore("d/t.*", "mode").skip("d/n.*");
    assertEquals(List.of("d/two: xattr.user.a none | \"b\""), differences(NO_TIMES, rules));
  }

  @Test
  void snapshotTouchesNothing() {
    TreeSnapshot before = TreeSnapshot.of(left, TreeSnapshot.ALL_TIMES);
    TreeSnapshot after = TreeSnapshot.of(left, TreeSnapshot.ALL_TIMES);
    before.assertEqualTo(after, TreeRules.none(), "first | second");
  }

  @Test
  void programPrintsDifferencesAndSaysSoByItsStatus() {
    right.at("fifo").chmod(0620);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream print = new PrintStream(out, true, StandardCharsets.US_ASCII);
    String[] both = {left.toString(), right.toString()};
    assertEquals(1, TreeTool.run(both, print));
    assertEquals("fifo: mode 0600 | 0620\n", out.toString(StandardCharsets.US_ASCII));
    assertEquals(0, TreeTool.run(new String[] {"--ignore", "fifo=mode", both[0], both[1]}, print));
    out.reset();
    assertEquals(0, TreeTool.run(new String[] {"--mtime", both[0]}, print));
    assertEquals(8, out.toString(StandardCharsets.US_ASCII).lines().count());
  }
}
