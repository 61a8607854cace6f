package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.os.User.ALICE;
import static ovl.it.posix.Fixture.assertErrno;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** Extended attributes: the user's are kept, the overlay's own are not shown. */
interface XattrTests extends Fixture {
  @Test
  default void attributesCanBeSetReadListedAndRemoved() {
    lower("f").file("").setXattr("user.low", "1");
    mount();
    merged("f").setXattr("user.up", "2").setXattr("trusted.t", "3").setXattr("security.s", "4");
    assertEquals(
        Set.of("user.low", "user.up", "trusted.t", "security.s"),
        new TreeSet<>(merged("f").xattrs()));
    assertEquals("1", merged("f").xattr("user.low"));
    assertEquals("2", upper("f").xattr("user.up"));
    merged("f").removeXattr("user.low");
    assertNull(merged("f").xattr("user.low"));
    merged("f").setXattr("user.up", "changed");
    assertEquals("changed", merged("f").xattr("user.up"));
    assertEquals("1", lower("f").xattr("user.low"));
  }

  @Test
  default void createAndReplaceFlagsAreHonoured() {
    lower("f").file("").setXattr("user.a", "1");
    mount();
    byte[] value = {2};
    assertErrno(Errno.EEXIST, () -> merged("f").setXattr("user.a", value, Linux.XATTR_CREATE));
    assertErrno(Errno.ENODATA, () -> merged("f").setXattr("user.b", value, Linux.XATTR_REPLACE));
    merged("f").setXattr("user.a", value, Linux.XATTR_REPLACE);
    merged("f").setXattr("user.b", value, Linux.XATTR_CREATE);
    assertArrayEquals(value, merged("f").xattrBytes("user.a"));
    assertArrayEquals(value, merged("f").xattrBytes("user.b"));
  }

  @Test
  default void removalOfAMissingAttributeDoesNotCopyUp() {
    lower("f").file("");
    mount();
    assertErrno(Errno.ENODATA, () -> merged("f").removeXattr("user.none"));
    assertFalse(upper("f").exists());
  }

  @Test
  default void valuesAreBytesOfAnyLength() {
    mount();
    byte[] large = new byte[3000];
    for (int i = 0; i < large.length; i++) {
      large[i] = (byte) i;
    }
    merged("f").file("").setXattr("user.large", large, 0).setXattr("user.empty", "");
    assertArrayEquals(large, merged("f").xattrBytes("user.large"));
    assertEquals("", merged("f").xattr("user.empty"));
    merged("f").setXattr("user.\u00ff\u00e9", "\u0000\u00ff");
    assertEquals("\u0000\u00ff", upper("f").xattr("user.\u00ff\u00e9"));
  }

  @Test
  default void marksOfTheOverlayAreHidden() {
    lower("d").mkdir().at("f").file("");
    lower("gone").mkdir();
    mount();
    merged("d/f").append("x");
    merged("gone").rmdir();
    merged("gone").mkdir();
    assertTrue(upper("gone").xattrs().contains(OPAQUE));
    assertTrue(upper("d/f").xattrs().contains(ORIGIN));
    for (String path : new String[] {"gone", "d", "d/f", "."}) {
      assertEquals(Set.of(), new TreeSet<>(merged(path).xattrs()), path);
      assertNull(merged(path).xattr(OPAQUE), path);
      assertNull(merged(path).xattr(ORIGIN), path);
    }
  }

  @Test
  default void overlayNamesOfTheUserAreKeptApart() {
    lower("d").mkdir().at("f").file("");
    mount();
    merged("d").setXattr(OPAQUE, "y").setXattr("trusted.overlay.foo", "mine");
    assertEquals("mine", merged("d").xattr("trusted.overlay.foo"));
    assertEquals("y", merged("d").xattr(OPAQUE));
    assertTrue(merged("d").xattrs().contains("trusted.overlay.foo"));
    assertEquals("mine", upper("d").xattr("trusted.overlay.overlay.foo"));
    remount();
    assertEquals(1, merged("d").list().size());
    merged("d").removeXattr("trusted.overlay.foo");
    assertNull(merged("d").xattr("trusted.overlay.foo"));
  }

  @Test
  default void otherOverlayNamespaceIsTheUsers() {
    lower("d").mkdir().setXattr("user.overlay.opaque", "y").at("f").file("");
    upper("d").mkdir().setXattr("user.overlay.opaque", "y");
    mount();
    assertEquals("y", merged("d").xattr("user.overlay.opaque"));
    assertTrue(merged("d/f").exists());
  }

  @Test
  default void trustedAttributesAreForRootOnly() {
    lower("f").file("").chmod(0666).setXattr("trusted.t", "x").setXattr("user.u", "y");
    mount();
    ALICE.run(
        () -> {
          assertEquals(Set.of("user.u"), new TreeSet<>(merged("f").xattrs()));
          assertNull(merged("f").xattr("trusted.t"));
          assertErrno(Errno.EPERM, () -> merged("f").setXattr("trusted.x", "x"));
          assertErrno(Errno.EPERM, () -> merged("f").setXattr("security.x", "x"));
          merged("f").setXattr("user.alice", "1");
        });
    assertEquals("1", upper("f").xattr("user.alice"));
    assertEquals("x", upper("f").xattr("trusted.t"));
  }

  @Test
  default void userAttributesFollowTheMode() {
    lower("f").file("").chmod(0600).setXattr("user.u", "y");
    lower("g").file("").chmod(0644).setXattr("user.u", "y");
    mount();
    ALICE.run(
        () -> {
          assertErrno(Errno.EACCES, () -> merged("f").xattr("user.u"));
          assertEquals("y", merged("g").xattr("user.u"));
          assertErrno(Errno.EACCES, () -> merged("g").setXattr("user.u", "z"));
        });
  }

  @Test
  default void userAttributesAreForFilesAndDirectories() {
    lower("link").symlink("x");
    lower("fifo").mknod(Linux.S_IFIFO | 0666, 0, 0);
    lower("d").mkdir();
    mount();
    assertErrno(Errno.EPERM, () -> merged("link").setXattr("user.a", "b"));
    assertErrno(Errno.EPERM, () -> merged("fifo").setXattr("user.a", "b"));
    merged("link").setXattr("trusted.a", "b");
    merged("d").setXattr("user.a", "b");
    assertEquals("b", upper("link").xattr("trusted.a"));
    assertEquals("b", upper("d").xattr("user.a"));
  }

  @Test
  default void changingAnAttributeKeepsTheContentTimes() {
    lower("f").file("x").mtime(1_000_000_001L);
    mount();
    FsPath file = merged("f").setXattr("user.a", "b");
    assertEquals(1_000_000_001L, file.stat().mtime());
  }

  @Test
  default void unknownNamespacesAreRefused() {
    lower("f").file("");
    mount();
    assertErrno(Errno.EOPNOTSUPP, () -> merged("f").setXattr("nonsense.a", "b"));
    assertErrno(Errno.EOPNOTSUPP, () -> merged("f").xattr("nonsense.a"));
  }
}
