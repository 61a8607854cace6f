package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.Stat;
import ovl.sys.Linux;

/** When an object comes to upper, and what it brings along. */
interface CopyUpTests extends Fixture {
  long ATIME = 1_111_111_111_222_333_444L;
  long MTIME = 1_234_567_890_123_456_789L;

  /** vfs_cap_data, revision 2: cap_net_raw permitted and effective. */
  byte[] CAPABILITY = {1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

  @Test
  default void readingDoesNotCopyUp() {
    lower("d").mkdir().at("f").file("lower");
    lower("link").symlink("d");
    mount();
    merged("d/f").text();
    merged("d").list();
    merged("link").readlink();
    merged("d/f").xattrs();
    try (OpenFile.Mapping mapping = openMapped("d/f")) {
      assertEquals("lower", mapping.text());
    }
    assertEquals(List.of(), overlay().upper().list());
  }

  private OpenFile.Mapping openMapped(String path) {
    try (OpenFile file = merged(path).open(Linux.O_RDONLY)) {
      return file.map(5, false);
    }
  }

  @Test
  default void eachChangeCopiesUp() {
    List<String> names = List.of("write", "chmod", "chown", "utimes", "truncate", "xattr", "rm");
    names.forEach(n -> lower(n).file("content").setXattr("user.rm", "x"));
    mount();
    merged("write").open(Linux.O_WRONLY).close();
    merged("chmod").chmod(0600);
    merged("chown").chown(1, 1);
    merged("utimes").utimes(ATIME, MTIME);
    merged("truncate").truncate(3);
    merged("xattr").setXattr("user.a", "b");
    merged("rm").removeXattr("user.rm");
    assertEquals(names.stream().sorted().toList(), overlay().upper().list());
    for (String name : names) {
      String expected = name.equals("truncate") ? "con" : "content";
      assertEquals(expected, upper(name).text(), name);
      assertEquals(expected, merged(name).text(), name);
    }
  }

  @Test
  default void copyKeepsModeOwnerTimesAndXattrs() {
    lower("f").file("content").chown(1001, 1002).chmod(06755);
    lower("f").setXattr("user.a", "1").setXattr("trusted.b", "2");
    lower("f").setXattr("security.foo", "3").setXattr("user.empty", "");
    lower("f").setXattr("security.capability", CAPABILITY, 0).utimes(ATIME, MTIME);
    mount();
    merged("f").setXattr("user.trigger", "x");
    for (FsPath f : List.of(upper("f"), merged("f"))) {
      Stat stat = f.stat();
      assertEquals(06755, stat.permissions());
      assertEquals(1001, stat.uid());
      assertEquals(1002, stat.gid());
      assertEquals(MTIME, stat.mtime());
      assertEquals("1", f.xattr("user.a"));
      assertEquals("2", f.xattr("trusted.b"));
      assertEquals("3", f.xattr("security.foo"));
      assertEquals("", f.xattr("user.empty"));
      assertArrayEquals(CAPABILITY, f.xattrBytes("security.capability"));
    }
    assertEquals(ATIME, upper("f").stat().atime());
  }

  @Test
  default void chmodKeepsTheTimesOfContent() {
    lower("f").file("content").utimes(ATIME, MTIME);
    mount();
    merged("f").chmod(0600);
    assertEquals(MTIME, merged("f").stat().mtime());
    assertEquals(MTIME, upper("f").stat().mtime());
    assertEquals(ATIME, upper("f").stat().atime());
  }

  @Test
  default void copyOfAFileMarksItsOriginAndItsDirectoryImpure() {
    lower("d").mkdir().at("f").file("");
    mount();
    merged("d/f").chmod(0600);
    assertTrue(upper("d/f").xattrs().contains(ORIGIN));
    assertTrue(upper("d").xattrs().contains(ORIGIN));
    assertEquals("y", upper("d").xattr(IMPURE));
    assertEquals("y", overlay().upper().xattr(IMPURE));
  }

  @Test
  default void parentsAreCopiedWithAllTheyHave() {
    FsPath a = lower("a").mkdir();
    FsPath b = a.at("b").mkdir().chown(21, 22).chmod(02771);
    b.setXattr("user.x", "y").setXattr("trusted.t", "u");
    b.setXattr(
        "system.posix_acl_default", AclTests.acl("u::rwx,u:4001:r-x,g::r-x,m::rwx,o::---"), 0);
    b.at("f").file("");
    b.utimes(ATIME, MTIME);
    a.utimes(ATIME, MTIME + 1);
    mount();
    merged("a/b/f").chmod(0600);
    assertEquals(MTIME + 1, merged("a").stat().mtime());
    Stat stat = upper("a/b").stat();
    assertEquals(02771, stat.permissions());
    assertEquals(21, stat.uid());
    assertEquals(22, stat.gid());
    assertEquals(MTIME, stat.mtime());
    assertEquals("y", upper("a/b").xattr("user.x"));
    assertEquals("u", upper("a/b").xattr("trusted.t"));
    assertArrayEquals(
        b.xattrBytes("system.posix_acl_default"),
        upper("a/b").xattrBytes("system.posix_acl_default"));
  }

  @Test
  default void symlinkIsCopiedAsASymlink() {
    lower("link").symlink("far/away").utimes(ATIME, MTIME);
    mount();
    merged("link").chown(31, 32);
    assertEquals("far/away", upper("link").readlink());
    assertEquals(31, upper("link").stat().uid());
    assertEquals(MTIME, upper("link").stat().mtime());
  }

  @Test
  default void specialFilesAreCopiedAsWhatTheyAre() {
    lower("fifo").mknod(Linux.S_IFIFO | 0640, 0, 0).mtime(MTIME);
    lower("socket").mknod(Linux.S_IFSOCK | 0640, 0, 0);
    lower("char").mknod(Linux.S_IFCHR | 0640, 10, 200);
    mount();
    for (String name : List.of("fifo", "socket", "char")) {
      merged(name).chown(5, 6);
      assertEquals(lower(name).stat().type(), upper(name).stat().type());
      assertEquals(0640, upper(name).stat().permissions());
    }
    assertEquals(200, upper("char").stat().rdevMinor());
    assertEquals(MTIME, upper("fifo").stat().mtime());
  }

  @Test
  default void changeThroughAReadOnlyDescriptorCopiesUp() {
    lower("f").file("content");
    mount();
    try (OpenFile file = merged("f").open(Linux.O_RDONLY)) {
      file.chmod(0604);
      assertEquals(0604, file.stat().permissions());
      file.setXattr("user.a", "b");
    }
    assertEquals(0604, upper("f").stat().permissions());
    assertEquals("b", merged("f").xattr("user.a"));
  }

  @Test
  default void aclsAreCopied() {
    byte[] access = AclTests.acl("u::rw-,u:4001:r--,g::r--,m::r--,o::---");
    lower("f").file("x").setXattr("system.posix_acl_access", access, 0);
    mount();
    merged("f").append("y");
    assertArrayEquals(access, upper("f").xattrBytes("system.posix_acl_access"));
    assertArrayEquals(access, merged("f").xattrBytes("system.posix_acl_access"));
    assertEquals(0640, upper("f").stat().permissions());
  }

  @Test
  default void overlayMarksOfTheLowerAreNotCopied() {
    lower("d").mkdir().setXattr(OPAQUE, "y").at("f").file("");
    mount();
    merged("d/f").append("x");
    assertFalse(upper("d").xattrs().contains(OPAQUE));
  }

  @Test
  default void immutableOrForeignContentBelowStaysReadable() {
    lower("f").file("secret").chmod(0000);
    mount();
    assertEquals("secret", merged("f").text());
    merged("f").append("!");
    assertEquals("secret!", merged("f").text());
    assertEquals(0, upper("f").stat().permissions());
  }
}
