package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.mode;
import static ovl.overlay.Layers.owner;
import static ovl.overlay.Layers.symlink;
import static ovl.overlay.Layers.whiteout;
import static ovl.overlay.Layers.xattr;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.testing.Disk;

final class CreateTest {
  @TempDir Path tmp;

  @Test
  void newObjectsAreMadeOnUpperOnly() throws Exception {
    try (Merged m = layers(tmp).redirectDir(RedirectDir.OFF).lower(dir("d")).mount()) {
      m.view().createFile("d/f", 0640);
      m.view().mkdir("d/e", 0710);
      m.view().symlink("d/l", "target");
      m.view().mknod("d/p", Linux.S_IFIFO | 0604, 0);
      assertEquals(List.of("e", "f", "l", "p"), m.view().list("d"));
      assertEquals(Set.of("e", "f", "l", "p"), m.disk().names(m.upper("d")));
      assertEquals(Set.of(), m.disk().names(m.lower(1, "d")));
      assertEquals(Linux.S_IFREG | 0640, m.disk().stat(m.upper("d/f")).mode());
      assertEquals(Linux.S_IFDIR | 0710, m.disk().stat(m.upper("d/e")).mode());
      assertEquals("target", m.view().readlink("d/l"));
      assertEquals(Linux.S_IFIFO | 0604, m.disk().stat(m.upper("d/p")).mode());
      assertFalse(m.isOpaque("d/e"), "nothing below needs hiding");
    }
  }

  @Test
  void objectsBelongToTheCallerAndRespectTheUmask() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d"), mode("d", 0777)).mount()) {
      m.view().as(1001, 1002, 027);
      m.view().createFile("d/f", 0666);
      m.view().mkdir("d/e", 0777);
      m.view().symlink("d/l", "x");
      Disk.Stat file = m.disk().stat(m.upper("d/f"));
      assertEquals(1001, file.uid());
      assertEquals(1002, file.gid());
      assertEquals(0640, file.permissions());
      assertEquals(0750, m.disk().stat(m.upper("d/e")).permissions());
      assertEquals(1001, m.disk().stat(m.upper("d/l")).uid());
      m.view().as(0, 0, 0);
      m.view().createFile("d/g", 0666);
      assertEquals(0666, m.disk().stat(m.upper("d/g")).permissions());
      assertEquals(0, m.disk().stat(m.upper("d/g")).uid());
    }
  }

  @Test
  void overAWhiteoutToo() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("f"), dir("e", file("x")), symlink("l", "old")))
            .upper(dir("d", whiteout("f"), whiteout("e"), whiteout("l")))
            .mount()) {
      m.view().as(1001, 1002, 022);
      m.view().createFile("d/f", 0666);
      m.view().mkdir("d/e", 0777);
      m.view().symlink("d/l", "new");
      Disk.Stat file = m.disk().stat(m.upper("d/f"));
      assertEquals(1001, file.uid());
      assertEquals(1002, file.gid());
      assertEquals(0644, file.permissions());
      assertEquals("", m.view().read("d/f"));
      assertEquals(0755, m.disk().stat(m.upper("d/e")).permissions());
      assertTrue(m.isOpaque("d/e"));
      assertEquals(List.of(), m.view().list("d/e"));
      assertEquals("new", m.view().readlink("d/l"));
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void takenNameIsRefusedWhereverItIs() throws Exception {
    try (Merged m = layers(tmp).lower(file("low"), dir("lowdir")).upper(file("up")).mount()) {
      for (String name : new String[] {"low", "lowdir", "up"}) {
        assertErrno(Errno.EEXIST, () -> m.view().createFile(name, 0644));
        assertErrno(Errno.EEXIST, () -> m.view().mkdir(name));
        assertErrno(Errno.EEXIST, () -> m.view().symlink(name, "x"));
        assertErrno(Errno.EEXIST, () -> m.view().mknod(name, Linux.S_IFIFO, 0));
        assertErrno(Errno.EEXIST, () -> m.view().link("up", name));
      }
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void createWithoutExclOpensAFileThatIsThere() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abc")).mount()) {
      long fh = m.view().create("a", 0644, Linux.O_RDWR);
      assertEquals("abc", m.view().readFh(fh));
      m.view().release(fh);
      assertEquals("abc", m.disk().content(m.upper("a")));
    }
  }

  @Test
  void createThatFailsToOpenWhatIsThereKeepsNoReference() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d"), symlink("l", "x")).mount()) {
      assertErrno(Errno.EISDIR, () -> m.view().create("d", 0644, Linux.O_RDWR));
      assertErrno(Errno.ELOOP, () -> m.view().create("l", 0644, Linux.O_RDONLY));
      m.view().forgetAll();
      assertEquals(1, m.fs().nodeCount());
    }
  }

  @Test
  void deviceThatWouldBeAWhiteoutIsRefused() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      assertErrno(Errno.EPERM, () -> m.view().mknod("c", Linux.S_IFCHR | 0600, 0));
      m.view().mknod("c", Linux.S_IFCHR | 0600, 0x103);
      Disk.Stat device = m.disk().stat(m.upper("c"));
      assertEquals(1, device.rdevMajor());
      assertEquals(3, device.rdevMinor());
    }
  }

  @Test
  void setgidDirectoryGivesItsGroup() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("w"), dir("v")), owner("d", 0, 50), mode("d", 02777))
            .mount()) {
      m.view().unlink("d/w");
      m.view().rmdir("d/v");
      m.view().as(1001, 1002, 0);
      m.view().createFile("d/f", 0666);
      m.view().createFile("d/w", 0666);
      m.view().mkdir("d/e", 0755);
      m.view().mkdir("d/v", 0755);
      assertEquals(50, m.disk().stat(m.upper("d/f")).gid());
      assertEquals(50, m.disk().stat(m.upper("d/w")).gid(), "over a whiteout");
      assertEquals(02755, m.disk().stat(m.upper("d/e")).permissions());
      assertEquals(02755, m.disk().stat(m.upper("d/v")).permissions(), "over a whiteout");
    }
  }

  @Test
  void defaultAclIsInheritedOverAWhiteoutAsElsewhere() throws Exception {
    byte[] acl = PosixAclTest.acl(1, 7, -1, 2, 6, 1234, 4, 5, -1, 0x10, 7, -1, 0x20, 0, -1);
    try (Merged m =
        layers(tmp)
            .lower(dir("d", file("w"), dir("v")), xattr("d", "system.posix_acl_default", acl))
            .mount()) {
      m.view().unlink("d/w");
      m.view().rmdir("d/v");
      m.view().as(0, 0, 077);
      m.view().createFile("d/w", 0664);
      m.view().createFile("d/f", 0664);
      m.view().mkdir("d/v", 0775);
      m.view().mkdir("d/e", 0775);
      String access = "system.posix_acl_access";
      String defaults = "system.posix_acl_default";
      Disk disk = m.disk();
      assertEquals(disk.stat(m.upper("d/f")).mode(), disk.stat(m.upper("d/w")).mode());
      assertEquals(disk.stat(m.upper("d/e")).mode(), disk.stat(m.upper("d/v")).mode());
      for (String name : new String[] {access, defaults}) {
        assertSameXattr(m, "d/e", "d/v", name);
      }
      assertSameXattr(m, "d/f", "d/w", access);
    }
  }

  private static void assertSameXattr(Merged m, String expected, String actual, String name) {
    org.junit.jupiter.api.Assertions.assertArrayEquals(
        m.disk().xattr(m.upper(expected), name), m.disk().xattr(m.upper(actual), name), name);
  }

  @Test
  void linkCopiesUpAndSharesTheFile() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d"), file("a", "abc")).mount()) {
      m.view().link("a", "d/b");
      assertEquals(m.view().id("a"), m.view().id("d/b"));
      assertEquals(m.disk().stat(m.upper("a")).ino(), m.disk().stat(m.upper("d/b")).ino());
      assertEquals(2, m.view().stat("a").nlink);
      m.view().overwrite("d/b", "X");
      assertEquals("Xbc", m.view().read("a"));
    }
  }

  @Test
  void linkOverAWhiteout() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abc"), file("b")).upper(whiteout("b")).mount()) {
      m.view().link("a", "b");
      assertEquals("abc", m.view().read("b"));
      assertEquals(2, m.disk().stat(m.upper("b")).nlink());
      assertEquals(Set.of(), m.leftInWork());
    }
  }

  @Test
  void directoryCannotBeLinked() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).mount()) {
      assertErrno(Errno.EPERM, () -> m.view().link("d", "e"));
    }
  }

  @Test
  void unnamedFileCanBeWrittenAndGivenAName() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).mount()) {
      long[] made = m.view().tmpfile("d", 0640);
      m.view().writeFh(made[1], 0, "hello");
      assertEquals(List.of(), m.view().list("d"));
      assertEquals(0, m.view().stat(made[0]).nlink);
      m.view().linkId(made[0], "d/named");
      m.view().release(made[1]);
      assertEquals("hello", m.view().read("d/named"));
      assertEquals(made[0], m.view().id("d/named"));
      assertEquals(0640, m.disk().stat(m.upper("d/named")).permissions());
      assertEquals(1, m.view().stat(made[0]).nlink);
    }
  }

  @Test
  void unnamedFileOverAWhiteoutGetsItsName() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).upper(whiteout("a")).mount()) {
      long[] made = m.view().tmpfile("", 0600);
      m.view().linkId(made[0], "a");
      m.view().release(made[1]);
      assertEquals("", m.view().read("a"));
    }
  }

  @Test
  void nothingIsMadeInARemovedDirectory() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).mount()) {
      long low = m.view().id("d");
      long up = m.view().mkdir("e", 0755);
      m.view().rmdir("d");
      m.view().rmdir("e");
      for (long id : new long[] {low, up}) {
        assertErrno(
            Errno.ENOENT,
            () ->
                m.fs().mkdir(m.view().caller(), id, m.view().name("x"), 0755, new ovl.fs.Entry()));
      }
    }
  }

  @Test
  void nodesOfNewObjectsDifferFromThoseOfRemovedOnes() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      long first = m.view().mkdir("d", 0755);
      m.view().rmdir("d");
      assertNotEquals(first, m.view().mkdir("d", 0755));
    }
  }

  @Test
  void linkAnswersWithAttributesThatAreNotKept() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "x")).mount()) {
      m.view().link("a", "b");
      assertEquals(0, m.view().lastAttrValidNanos());
    }
  }
}
