package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.OpenFile;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Hard links: several names, one file. */
interface LinkTests extends Fixture {
  @Test
  default void linkedNamesAreOneFile() {
    mount();
    merged("a").file("one").link(merged("b"));
    assertEquals(merged("a").stat().ino(), merged("b").stat().ino());
    assertEquals(2, merged("a").stat().nlink());
    merged("b").append(" two");
    merged("a").chmod(0600);
    assertEquals("one two", merged("a").text());
    assertEquals(0600, merged("b").stat().permissions());
    assertEquals(upper("a").stat().ino(), upper("b").stat().ino());
  }

  @Test
  default void unlinkOfOneNameLeavesTheOther() {
    mount();
    merged("a").file("x").link(merged("b"));
    merged("a").unlink();
    assertEquals(1, merged("b").stat().nlink());
    assertEquals("x", merged("b").text());
  }

  @Test
  default void linkOfLowerFileCopiesItUp() {
    lower("a").file("lower").chmod(0640);
    lower("d").mkdir();
    mount();
    final long ino = merged("a").stat().ino();
    merged("a").link(merged("d/b"));
    assertEquals("lower", merged("d/b").text());
    assertEquals(ino, merged("d/b").stat().ino());
    assertEquals(2, merged("a").stat().nlink());
    assertEquals(upper("a").stat().ino(), upper("d/b").stat().ino());
    merged("d/b").append("+");
    assertEquals("lower+", merged("a").text());
    remount();
    assertEquals("lower+", merged("a").text());
    assertEquals(2, merged("a").stat().nlink());
  }

  @Test
  default void linkOverARemovedNameReplacesTheWhiteout() {
    lower("gone").file("old");
    mount();
    merged("gone").unlink();
    merged("a").file("new").link(merged("gone"));
    remount();
    assertEquals("new", merged("gone").text());
  }

  @Test
  default void linkToAnExistingNameIsRefused() {
    lower("a").file("");
    lower("b").file("");
    mount();
    assertErrno(Errno.EEXIST, () -> merged("a").link(merged("b")));
    assertErrno(Errno.ENOENT, () -> merged("none").link(merged("c")));
  }

  @Test
  default void directoriesCannotBeLinked() {
    lower("d").mkdir();
    mount();
    assertErrno(Errno.EPERM, () -> merged("d").link(merged("e")));
  }

  @Test
  default void linkOfASymlinkIsTheSymlink() {
    lower("link").symlink("target");
    mount();
    merged("link").link(merged("second"));
    assertEquals("target", merged("second").readlink());
    assertEquals(2, merged("second").stat().nlink());
  }

  @Test
  default void linkedLowerNamesShowOneFile() {
    lower("a").file("x").link(lower("b"));
    mount();
    assertEquals(merged("a").stat().ino(), merged("b").stat().ino());
    assertEquals(2, merged("a").stat().nlink());
  }

  @Test
  default void linkedLowerNamesStayOneFileOverACopyUp() {
    lower("a").file("lower").link(lower("b"));
    mount();
    final long ino = merged("a").stat().ino();
    merged("b").stat();
    merged("a").append("+");
    assertEquals("lower+", merged("b").text());
    assertEquals(ino, merged("b").stat().ino());
    merged("b").append("+");
    assertEquals("lower++", merged("a").text());
  }

  @Test
  default void nameLeftOfALinkedLowerKeepsWhatIsWrittenToIt() {
    lower("a").file("lower").link(lower("b"));
    mount();
    merged("a").append("+");
    merged("a").unlink();
    merged("b").append(" precious");
    remount();
    assertEquals("lower precious", merged("b").text());
  }

  @Test
  default void nameLeftOfALinkedLowerCanBeRenamedAndLinked() {
    lower("a").file("lower").link(lower("b"));
    mount();
    merged("a").chmod(0600);
    merged("a").unlink();
    assertEquals("lower", merged("b").text());
    merged("b").rename(merged("c"));
    merged("c").link(merged("d"));
    assertEquals("lower", merged("d").text());
    assertFalse(merged("b").exists());
  }

  @Test
  default void knownNameOfALinkedLowerKeepsWhatWasWrittenUnderAnother() {
    lower("a").file("lower").link(lower("b"));
    mount();
    assertEquals("lower", merged("b").text());
    merged("a").append("+");
    merged("a").unlink();
    assertEquals("lower+", merged("b").text());
    remount();
    assertEquals("lower+", merged("b").text());
  }

  @Test
  default void linkOfAnOpenFileOutlivesItsFirstName() {
    mount();
    try (OpenFile file = merged("f").open(Linux.O_CREAT | Linux.O_RDWR, 0600)) {
      file.write("x");
      merged("f").link(merged("g"));
      merged("f").unlink();
      assertEquals(1, file.stat().nlink());
      file.pwrite("y", 0);
    }
    assertEquals("y", merged("g").text());
  }

  @Test
  default void renameOverOneOfTwoLinksLeavesTheOther() {
    mount();
    merged("a").file("linked").link(merged("b"));
    merged("c").file("c");
    merged("c").rename(merged("a"));
    assertEquals("c", merged("a").text());
    assertEquals("linked", merged("b").text());
    assertEquals(1, merged("b").stat().nlink());
  }

  @Test
  default void manyLinksAreCounted() {
    mount();
    merged("f").file("");
    merged("d").mkdir();
    for (int i = 0; i < 50; i++) {
      merged("f").link(merged("d/l" + i));
    }
    assertEquals(51, merged("f").stat().nlink());
    merged("d").removeTree();
    assertEquals(1, merged("f").stat().nlink());
    assertFalse(merged("d").exists());
    assertTrue(overlay().upper().list().equals(List.of("f")));
  }
}
