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

/** Descriptors that outlive names, and files that have none. */
interface OpenFileTests extends Fixture {
  @Test
  default void unlinkedLowerFileCanBeReadOn() {
    lower("f").file("still here");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      merged("f").unlink();
      assertEquals("still here", file.pread(20, 0));
      assertEquals(10, file.stat().size());
      assertErrno(Errno.ENOENT, () -> merged("f").stat());
    }
  }

  @Test
  default void unlinkedFileCanBeUsedInEveryWay() {
    lower("f").file("lower content");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDWR)) {
      merged("f").unlink();
      file.pwrite("UPPER", 0);
      assertEquals("UPPER content", file.pread(20, 0));
      file.chmod(0600);
      file.chown(11, 12);
      file.truncate(5);
      file.setXattr("user.a", "b");
      file.fsync();
      assertEquals(0600, file.stat().permissions());
      assertEquals(11, file.stat().uid());
      assertEquals(5, file.stat().size());
      assertEquals(0, file.stat().nlink());
    }
  }

  @Test
  default void unlinkedNewFileCanBeUsedInEveryWay() {
    mount();
    try (OpenFile file = merged("f").open(Linux.O_CREAT | Linux.O_RDWR, 0644)) {
      merged("f").unlink();
      file.write("data");
      file.chmod(0600);
      file.truncate(2);
      assertEquals("da", file.pread(20, 0));
      assertEquals(0600, file.stat().permissions());
      assertEquals(0, file.stat().nlink());
    }
    assertEquals(List.of(), overlay().upper().list());
  }

  @Test
  default void replacedFileCanBeReadOn() {
    lower("f").file("old");
    mount();
    merged("new").file("new");
    try (OpenFile old = merged("f").open(Linux.O_RDONLY)) {
      merged("new").rename(merged("f"));
      assertEquals("old", old.pread(10, 0));
      assertEquals("new", merged("f").text());
    }
  }

  @Test
  default void nameMadeAgainIsAnotherFile() {
    lower("f").file("old");
    mount();
    try (OpenFile old = merged("f").open(Linux.O_RDWR)) {
      merged("f").unlink();
      merged("f").file("new");
      old.pwrite("OLD", 0);
      assertEquals("new", merged("f").text());
      assertEquals("OLD", old.pread(3, 0));
    }
    assertEquals("new", upper("f").text());
  }

  @Test
  default void removedDirectoryThatIsOpenStillAnswers() {
    lower("d").mkdir().chmod(0751);
    mount();
    try (OpenFile dir = merged("d").open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      merged("d").rmdir();
      assertEquals(0751, dir.stat().permissions());
      assertErrno(Errno.ENOENT, () -> dir.openat("f", Linux.O_CREAT | Linux.O_WRONLY, 0644));
      assertErrno(Errno.ENOENT, () -> dir.mkdirat("d"));
      merged("d").mkdir();
      assertErrno(Errno.ENOENT, () -> dir.mkdirat("d"));
    }
    assertEquals(List.of(), merged("d").list());
  }

  @Test
  default void removedUpperDirectoryThatIsOpenStillAnswers() {
    mount();
    merged("d").mkdir();
    try (OpenFile dir = merged("d").open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      merged("d").rmdir();
      dir.chmod(0700);
      assertEquals(0700, dir.stat().permissions());
      assertErrno(Errno.ENOENT, () -> dir.mkdirat("x"));
    }
  }

  @Test
  default void descriptorFollowsARename() {
    lower("a").file("x");
    lower("d").mkdir();
    mount();
    try (OpenFile file = merged("a").open(Linux.O_RDWR)) {
      merged("a").rename(merged("d/b"));
      file.pwrite("yz", 1);
      file.chmod(0604);
    }
    assertEquals("xyz", merged("d/b").text());
    assertEquals(0604, upper("d/b").stat().permissions());
  }

  @Test
  default void openDirectoryFollowsARename() {
    mount();
    merged("a").mkdir().at("f").file("");
    try (OpenFile dir = merged("a").open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
      merged("a").rename(merged("b"));
      dir.openat("g", Linux.O_CREAT | Linux.O_WRONLY, 0644).close();
      assertEquals(4, dir.entries().size());
    }
    assertEquals(List.of("f", "g"), merged("b").list());
  }

  @Test
  default void tmpfileHasNoNameUntilItIsLinked() {
    lower("d").mkdir();
    mount();
    try (OpenFile file = merged("d").open(Linux.O_TMPFILE | Linux.O_RDWR, 0640)) {
      file.write("unnamed");
      assertEquals(0, file.stat().nlink());
      assertEquals(List.of(), merged("d").list());
      file.linkTo(merged("d/named"));
      assertEquals(1, file.stat().nlink());
      assertEquals(file.stat().ino(), merged("d/named").stat().ino());
    }
    assertEquals("unnamed", merged("d/named").text());
    assertEquals(0640, upper("d/named").stat().permissions());
  }

  @Test
  default void tmpfileCanBeLinkedOverARemovedName() {
    lower("f").file("old");
    mount();
    merged("f").unlink();
    try (OpenFile file = overlay().merged().open(Linux.O_TMPFILE | Linux.O_WRONLY, 0600)) {
      file.write("new");
      file.linkTo(merged("f"));
    }
    remount();
    assertEquals("new", merged("f").text());
  }

  @Test
  default void tmpfileNeverLinkedLeavesNothing() {
    mount();
    try (OpenFile file = overlay().merged().open(Linux.O_TMPFILE | Linux.O_RDWR, 0600)) {
      file.write("gone");
      assertEquals("gone", file.pread(10, 0));
    }
    assertEquals(List.of(), overlay().upper().list());
  }

  @Test
  default void exclusiveTmpfileCannotBeLinked() {
    mount();
    int flags = Linux.O_TMPFILE | Linux.O_EXCL | Linux.O_RDWR;
    try (OpenFile file = overlay().merged().open(flags, 0600)) {
      assertErrno(Errno.ENOENT, () -> file.linkTo(merged("f")));
    }
    assertFalse(merged("f").exists());
  }

  @Test
  default void flockExcludesAcrossDescriptors() {
    lower("f").file("");
    mount();
    try (OpenFile a = merged("f").open(Linux.O_RDWR);
        OpenFile b = merged("f").open(Linux.O_RDWR)) {
      assertTrue(a.flock(Linux.LOCK_EX));
      assertFalse(b.flock(Linux.LOCK_EX));
      a.flock(Linux.LOCK_UN);
      assertTrue(b.flock(Linux.LOCK_EX));
    }
  }

  @Test
  default void rangeLocksExcludeWhereTheyOverlap() {
    lower("f").file("0123456789");
    mount();
    try (OpenFile a = merged("f").open(Linux.O_RDWR);
        OpenFile b = merged("f").open(Linux.O_RDWR)) {
      assertTrue(a.lockRange(1, 0, 5));
      assertFalse(b.lockRange(1, 4, 2));
      assertTrue(b.lockRange(1, 5, 5));
      assertTrue(a.lockRange(2, 0, 5));
      assertTrue(b.lockRange(1, 0, 5));
    }
  }
}
