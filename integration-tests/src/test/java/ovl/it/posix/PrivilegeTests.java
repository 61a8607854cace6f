package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.os.User.ALICE;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** setuid, setgid and file capabilities: kept where they must be, dropped where they must be. */
interface PrivilegeTests extends Fixture {
  private FsPath privileged(String name, int mode) {
    return lower(name).file("program").chmod(mode);
  }

  @Test
  default void writeByAUserDropsSetuidAndSetgid() {
    privileged("f", 06777);
    mount();
    ALICE.run(() -> merged("f").append("x"));
    assertEquals(0777, merged("f").stat().permissions());
    assertEquals(0777, upper("f").stat().permissions());
  }

  @Test
  default void writeByAUserIntoUpperDropsSetuid() {
    mount();
    merged("f").file("program").chmod(04777);
    ALICE.run(() -> merged("f").append("x"));
    assertEquals(0777, merged("f").stat().permissions());
    assertEquals(0777, upper("f").stat().permissions());
  }

  @Test
  default void laterWriteOnTheSameDescriptorDropsSetuid() {
    mount();
    merged("f").file("program").chmod(0777);
    ALICE.run(
        () -> {
          try (OpenFile file = merged("f").open(Linux.O_WRONLY)) {
            file.write("x");
            file.write("y");
          }
        });
    merged("f").chmod(04777);
    ALICE.run(() -> merged("f").append("z"));
    assertEquals(0777, merged("f").stat().permissions());
  }

  @Test
  default void writeOnAnOpenDescriptorDropsWhatWasGivenSince() {
    mount();
    merged("f").file("program").chmod(0777);
    try (OpenFile file = merged("f").open(Linux.O_WRONLY)) {
      ALICE.run(() -> file.pwrite("x", 0));
      merged("f").chmod(06777).setXattr("security.capability", CopyUpTests.CAPABILITY, 0);
      ALICE.run(() -> file.pwrite("y", 1));
    }
    assertEquals(0777, merged("f").stat().permissions());
    assertEquals(0777, upper("f").stat().permissions());
    assertNull(upper("f").xattrBytes("security.capability"));
    assertEquals("xyogram", upper("f").text());
  }

  @Test
  default void writeByRootKeepsSetuid() {
    privileged("f", 04755);
    mount();
    merged("f").append("x");
    assertEquals(04755, merged("f").stat().permissions());
  }

  @Test
  default void truncationByAUserDropsSetuid() {
    privileged("f", 04777);
    privileged("g", 04777);
    mount();
    ALICE.run(
        () -> {
          merged("f").truncate(1);
          merged("g").open(Linux.O_WRONLY | Linux.O_TRUNC).close();
        });
    assertEquals(0777, merged("f").stat().permissions());
    assertEquals(0777, merged("g").stat().permissions());
    assertEquals(0777, upper("g").stat().permissions());
  }

  @Test
  default void mandatoryLockBitIsNotPrivilegeAndStays() {
    privileged("f", 02666); // setgid without group execution
    mount();
    merged("f").append("x");
    assertEquals(02666, merged("f").stat().permissions());
  }

  @Test
  default void writeDropsCapabilities() {
    privileged("f", 0777).setXattr("security.capability", CopyUpTests.CAPABILITY, 0);
    mount();
    assertNotNull(merged("f").xattrBytes("security.capability"));
    merged("f").append("x");
    assertNull(merged("f").xattrBytes("security.capability"));
    assertNull(upper("f").xattrBytes("security.capability"));
  }

  @Test
  default void chownDropsSetuidAndCapabilities() {
    privileged("f", 06755).setXattr("security.capability", CopyUpTests.CAPABILITY, 0);
    mount();
    merged("f").chown(1, 1);
    assertEquals(0755, merged("f").stat().permissions());
    assertEquals(0755, upper("f").stat().permissions());
    assertNull(upper("f").xattrBytes("security.capability"));
    assertNull(merged("f").xattrBytes("security.capability"));
  }

  @Test
  default void chownToTheSameOwnerDropsSetuidOfFilesOnly() {
    privileged("f", 06755);
    lower("d").mkdir().chmod(02755);
    mount();
    merged("f").chown(-1, -1);
    merged("d").chown(-1, -1);
    assertEquals(0755, merged("f").stat().permissions());
    assertEquals(02755, merged("d").stat().permissions());
  }

  @Test
  default void chownToNobodyByAnotherUserLeavesSetuidAlone() {
    privileged("f", 06755);
    privileged("g", 0755);
    mount();
    ALICE.run(() -> assertErrno(Errno.EPERM, () -> merged("f").chown(-1, -1)));
    assertEquals(06755, merged("f").stat().permissions());
    assertFalse(upper("f").exists());
    ALICE.run(() -> merged("g").chown(-1, -1));
  }

  @Test
  default void chownToNobodyChangesCtime() throws InterruptedException {
    mount();
    merged("d").mkdir();
    merged("f").file("");
    for (String name : List.of("d", "f")) {
      long before = merged(name).stat().ctime();
      Thread.sleep(20); // a tick of the clock that stamps files
      merged(name).chown(-1, -1);
      assertTrue(merged(name).stat().ctime() > before, name);
    }
  }

  @Test
  default void chownOfDirectoriesKeepsTheirSetgid() {
    lower("d").mkdir().chmod(02755);
    mount();
    merged("d").chown(1, 1);
    assertEquals(02755, merged("d").stat().permissions());
  }

  @Test
  default void chmodByAnOwnerOutsideTheGroupDropsSetgid() {
    lower("f").file("x").chown(ALICE.uid(), 7777);
    mount();
    ALICE.run(() -> merged("f").chmod(02755));
    assertEquals(0755, merged("f").stat().permissions());
    assertEquals(0755, upper("f").stat().permissions());
  }

  @Test
  default void setuidAndCapabilitiesSurviveCopyUpByOtherChanges() {
    privileged("f", 06755).setXattr("security.capability", CopyUpTests.CAPABILITY, 0);
    mount();
    merged("f").mtime(1_000_000_000L);
    assertEquals(06755, upper("f").stat().permissions());
    assertNotNull(upper("f").xattrBytes("security.capability"));
  }

  @Test
  default void setuidOfNewFilesInDirectoriesOfOthersIsKept() {
    lower("open").mkdir().chmod(0777);
    mount();
    ALICE.run(() -> merged("open/f").file("x").chmod(04755));
    assertEquals(04755, upper("open/f").stat().permissions());
    assertEquals(ALICE.uid(), upper("open/f").stat().uid());
  }
}
