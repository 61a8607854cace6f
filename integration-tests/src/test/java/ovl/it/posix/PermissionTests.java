package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static ovl.it.os.User.ALICE;
import static ovl.it.os.User.BOB;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Who may do what, by modes and owners, and whom new objects belong to. */
interface PermissionTests extends Fixture {
  @Test
  default void modesAreEnforced() {
    lower("root").file("secret").chmod(0600);
    lower("group").file("g").chown(0, ALICE.gid()).chmod(0640);
    lower("closed").mkdir().at("f").file("");
    lower("closed").chmod(0700);
    lower("search").mkdir().at("f").file("found");
    lower("search").chmod(0711);
    mount();
    ALICE.run(
        () -> {
          assertErrno(Errno.EACCES, () -> merged("root").text());
          assertEquals("g", merged("group").text());
          assertErrno(Errno.EACCES, () -> merged("group").append("x"));
          assertErrno(Errno.EACCES, () -> merged("closed/f").stat());
          assertErrno(Errno.EACCES, () -> merged("search").list());
          assertEquals("found", merged("search/f").text());
        });
    BOB.run(() -> assertErrno(Errno.EACCES, () -> merged("group").text()));
    assertEquals(List.of(), overlay().upper().list());
  }

  @Test
  default void directoryModesGuardNames() {
    lower("d").mkdir().at("f").file("");
    lower("d/e").mkdir();
    mount();
    ALICE.run(
        () -> {
          assertErrno(Errno.EACCES, () -> merged("d/new").file(""));
          assertErrno(Errno.EACCES, () -> merged("d/new").mkdir());
          assertErrno(Errno.EACCES, () -> merged("d/f").unlink());
          assertErrno(Errno.EACCES, () -> merged("d/e").rmdir());
          assertErrno(Errno.EACCES, () -> merged("d/f").rename(merged("d/g")));
          assertErrno(Errno.EACCES, () -> merged("d/s").symlink("x"));
        });
    assertEquals(List.of(), overlay().upper().list());
  }

  @Test
  default void ownerCanWriteWhatALowerGaveHim() {
    lower("home").mkdir().chown(ALICE.uid(), ALICE.gid()).chmod(0700);
    lower("home/f").file("mine").chown(ALICE.uid(), ALICE.gid()).chmod(0600);
    mount();
    ALICE.run(
        () -> {
          merged("home/f").append("+more");
          merged("home/f").chmod(0640);
          merged("home/new").mkdir().at("x").file("x");
          merged("home/f").rename(merged("home/g"));
          merged("home/new/x").unlink();
        });
    assertEquals("mine+more", upper("home/g").text());
    assertEquals(ALICE.uid(), upper("home/g").stat().uid());
    assertEquals(0700, upper("home").stat().permissions());
    assertEquals(ALICE.uid(), upper("home").stat().uid());
  }

  @Test
  default void newObjectsBelongToTheirCreator() {
    lower("open").mkdir().chmod(0777);
    mount();
    FsPath dir = merged("open");
    ALICE.run(
        () -> {
          dir.at("f").file("");
          dir.at("d").mkdir();
          dir.at("l").symlink("x");
          dir.at("p").mknod(Linux.S_IFIFO | 0600, 0, 0);
          dir.open(Linux.O_TMPFILE | Linux.O_RDWR, 0600).close();
        });
    for (String name : List.of("f", "d", "l", "p")) {
      assertEquals(ALICE.uid(), upper("open").at(name).stat().uid(), name);
      assertEquals(ALICE.gid(), dir.at(name).stat().gid(), name);
    }
  }

  @Test
  default void newObjectsOverWhiteoutsBelongToTheirCreator() {
    lower("open").mkdir().chmod(0777);
    for (String name : List.of("f", "d", "l")) {
      lower("open").at(name).file("");
    }
    mount();
    FsPath dir = merged("open");
    ALICE.run(
        () -> {
          dir.list().forEach(n -> dir.at(n).unlink());
          dir.at("f").file("");
          dir.at("d").mkdir();
          dir.at("l").symlink("x");
        });
    for (String name : List.of("f", "d", "l")) {
      assertEquals(ALICE.uid(), upper("open").at(name).stat().uid(), name);
      assertEquals(ALICE.gid(), dir.at(name).stat().gid(), name);
    }
  }

  @Test
  default void umaskOfTheCallerIsApplied() {
    lower("open").mkdir().chmod(0777);
    mount();
    FsPath dir = merged("open");
    ALICE
        .withUmask(027)
        .run(
            () -> {
              dir.at("f").open(Linux.O_CREAT | Linux.O_WRONLY, 0666).close();
              dir.at("d").mkdir(0777);
              dir.at("p").mknod(Linux.S_IFIFO | 0666, 0, 0);
            });
    ALICE.withUmask(0).run(() -> dir.at("all").mkdir(0777));
    assertEquals(0640, dir.at("f").stat().permissions());
    assertEquals(0750, dir.at("d").stat().permissions());
    assertEquals(0640, dir.at("p").stat().permissions());
    assertEquals(0777, dir.at("all").stat().permissions());
  }

  @Test
  default void setgidDirectoriesHandTheirGroupDown() {
    lower("shared").mkdir().chown(0, 7777).chmod(02777);
    lower("shared/gone").file("");
    mount();
    FsPath dir = merged("shared");
    ALICE.run(
        () -> {
          dir.at("f").file("");
          dir.at("d").mkdir();
          dir.at("gone").unlink();
          dir.at("gone").mkdir();
        });
    assertEquals(7777, dir.at("f").stat().gid());
    assertEquals(0644, dir.at("f").stat().permissions());
    for (String name : List.of("d", "gone")) {
      assertEquals(7777, dir.at(name).stat().gid(), name);
      assertEquals(02755, dir.at(name).stat().permissions(), name);
    }
    assertEquals(7777, upper("shared/d").stat().gid());
  }

  @Test
  default void stickyDirectoriesKeepForeignFiles() {
    lower("tmp").mkdir().chmod(01777);
    lower("tmp/roots").file("");
    mount();
    FsPath dir = merged("tmp");
    ALICE.run(() -> dir.at("alices").file("").chmod(0666));
    BOB.run(
        () -> {
          assertErrno(Errno.EPERM, () -> dir.at("alices").unlink());
          assertErrno(Errno.EPERM, () -> dir.at("roots").unlink());
          assertErrno(Errno.EPERM, () -> dir.at("alices").rename(dir.at("bobs")));
          dir.at("bobs").file("");
          assertErrno(Errno.EPERM, () -> dir.at("bobs").rename(dir.at("alices")));
          dir.at("bobs").unlink();
        });
    ALICE.run(() -> dir.at("alices").unlink());
    assertEquals(List.of("roots"), dir.list());
  }

  @Test
  default void attributesOfForeignFilesAreGuarded() {
    lower("f").file("x").chmod(0666);
    mount();
    ALICE.run(
        () -> {
          assertErrno(Errno.EPERM, () -> merged("f").chmod(0600));
          assertErrno(Errno.EPERM, () -> merged("f").chown(ALICE.uid(), ALICE.gid()));
          assertErrno(Errno.EPERM, () -> merged("f").utimes(1, 1));
        });
    assertFalse(upper("f").exists());
  }

  @Test
  default void ownerCannotGiveFilesAway() {
    lower("f").file("x").chown(ALICE.uid(), ALICE.gid());
    mount();
    ALICE.run(
        () -> {
          assertErrno(Errno.EPERM, () -> merged("f").chown(BOB.uid(), -1));
          assertErrno(Errno.EPERM, () -> merged("f").chown(-1, BOB.gid()));
        });
    assertEquals(ALICE.uid(), merged("f").stat().uid());
  }

  @Test
  default void rootMayDoEverythingInForeignDirectories() {
    lower("home").mkdir().chown(ALICE.uid(), ALICE.gid()).chmod(0500);
    lower("home/f").file("x").chown(ALICE.uid(), ALICE.gid()).chmod(0400);
    mount();
    merged("home/f").append("y");
    merged("home/new").file("roots");
    Stat stat = merged("home/f").stat();
    assertEquals(ALICE.uid(), stat.uid());
    assertEquals(0400, stat.permissions());
    assertEquals(0, merged("home/new").stat().uid());
  }

  @Test
  default void creatorMayWriteAFileItMadeReadOnly() {
    lower("open").mkdir().chmod(0777);
    mount();
    ALICE.run(
        () -> {
          FsPath file = merged("open/f");
          try (OpenFile open = file.open(Linux.O_CREAT | Linux.O_RDWR, 0444)) {
            open.write("content");
            open.truncate(3);
          }
          assertErrno(Errno.EACCES, () -> file.open(Linux.O_WRONLY));
        });
    assertEquals("con", merged("open/f").text());
  }

  @Test
  default void readableLowerFileCannotBeWrittenByCopyUp() {
    lower("f").file("root's").chmod(0644);
    mount();
    ALICE.run(
        () -> {
          assertErrno(Errno.EACCES, () -> merged("f").open(Linux.O_RDWR));
          assertErrno(Errno.EACCES, () -> merged("f").open(Linux.O_WRONLY | Linux.O_TRUNC));
          try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
            assertErrno(Errno.EPERM, () -> file.chmod(0666));
          }
        });
    assertFalse(upper("f").exists());
  }
}
