package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.opaque;
import static ovl.overlay.Layers.symlink;
import static ovl.overlay.Layers.xattr;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.Linux;

final class XattrsTest {
  private static final byte[] VALUE = {1, 0, -1};

  @TempDir Path tmp;

  @Test
  void attributesOfALowerFileAreReadWithoutACopyUp() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), xattr("a", "user.k", VALUE)).mount()) {
      assertArrayEquals(VALUE, m.view().getxattr("a", "user.k"));
      assertEquals(List.of("user.k"), m.view().listxattr("a"));
      assertErrno(Errno.ENODATA, () -> m.view().getxattr("a", "user.none"));
      assertFalse(m.disk().exists(m.upper("a")));
    }
  }

  @Test
  void sizeIsAskedWithoutAValueAndASmallBufferIsRefused() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), xattr("a", "user.k", VALUE)).mount()) {
      long id = m.view().id("a");
      assertEquals(
          3, m.fs().getxattr(m.view().caller(), id, m.view().name("user.k"), m.view().data(), 0));
      assertErrno(
          Errno.ERANGE,
          () ->
              m.fs().getxattr(m.view().caller(), id, m.view().name("user.k"), m.view().data(), 2));
      assertEquals(7, m.fs().listxattr(m.view().caller(), id, m.view().data(), 0));
      assertErrno(Errno.ERANGE, () -> m.fs().listxattr(m.view().caller(), id, m.view().data(), 6));
    }
  }

  @Test
  void setCopiesUpAndWrites() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a", "x"))).mount()) {
      m.view().setxattr("d/a", "user.k", VALUE);
      m.view().setxattr("d", "user.k", new byte[0]);
      assertArrayEquals(VALUE, m.disk().xattr(m.upper("d/a"), "user.k"));
      assertArrayEquals(new byte[0], m.disk().xattr(m.upper("d"), "user.k"));
      assertEquals("x", m.view().read("d/a"));
      assertNull(m.disk().xattr(m.lower(1, "d/a"), "user.k"));
    }
  }

  @Test
  void createAndReplaceFlagsAreObeyed() throws Exception {
    try (Merged m = layers(tmp).upper(file("a")).mount()) {
      assertErrno(
          Errno.ENODATA, () -> m.view().setxattr("a", "user.k", VALUE, Linux.XATTR_REPLACE));
      m.view().setxattr("a", "user.k", VALUE, Linux.XATTR_CREATE);
      assertErrno(Errno.EEXIST, () -> m.view().setxattr("a", "user.k", VALUE, Linux.XATTR_CREATE));
    }
  }

  @Test
  void removeCopiesUpOnlyIfThereIsSomethingToRemove() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), file("b"), xattr("a", "user.k", VALUE)).mount()) {
      m.view().removexattr("a", "user.k");
      assertEquals(List.of(), m.view().listxattr("a"));
      assertNull(m.disk().xattr(m.upper("a"), "user.k"));
      assertErrno(Errno.ENODATA, () -> m.view().removexattr("b", "user.k"));
      assertFalse(m.disk().exists(m.upper("b")));
    }
  }

  @Test
  void theOverlaysOwnAttributesAreHidden() throws Exception {
    try (Merged m =
        layers(tmp).lower(file("a")).upper(opaque("d"), xattr("d", "user.k", VALUE)).mount()) {
      m.view().chmod("a", 0600);
      assertEquals(List.of("user.k"), m.view().listxattr("d"));
      assertEquals(List.of(), m.view().listxattr("a"));
      assertErrno(Errno.ENODATA, () -> m.view().getxattr("d", "trusted.overlay.opaque"));
      assertErrno(Errno.ENODATA, () -> m.view().removexattr("d", "trusted.overlay.opaque"));
    }
  }

  @Test
  void anOverlayInsideTheOverlayHasItsOwn() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("x"))).mount()) {
      m.view().setxattr("d", "trusted.overlay.opaque", new byte[] {'y'});
      assertArrayEquals(new byte[] {'y'}, m.view().getxattr("d", "trusted.overlay.opaque"));
      assertEquals(List.of("trusted.overlay.opaque"), m.view().listxattr("d"));
      assertFalse(m.isOpaque("d"));
      assertArrayEquals(
          new byte[] {'y'}, m.disk().xattr(m.upper("d"), "trusted.overlay.overlay.opaque"));
      assertEquals(List.of("x"), m.view().list("d"));
      m.view().removexattr("d", "trusted.overlay.opaque");
      assertEquals(List.of(), m.view().listxattr("d"));
    }
  }

  @Test
  void trustedAttributesAreListedToRootOnly() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(file("a"), xattr("a", "trusted.k", VALUE), xattr("a", "user.k", VALUE))
            .mount()) {
      assertEquals(List.of("trusted.k", "user.k"), m.view().listxattr("a"));
      m.view().as(1000, 1000, 0);
      assertEquals(List.of("user.k"), m.view().listxattr("a"));
    }
  }

  @Test
  void attributesOfASymlinkAreItsOwn() throws Exception {
    try (Merged m =
        layers(tmp).lower(file("a"), symlink("l", "a"), xattr("l", "trusted.k", VALUE)).mount()) {
      assertArrayEquals(VALUE, m.view().getxattr("l", "trusted.k"));
      m.view().setxattr("l", "trusted.m", VALUE);
      assertArrayEquals(VALUE, m.disk().xattr(m.upper("l"), "trusted.m"));
      assertEquals(List.of(), m.view().listxattr("a"));
    }
  }

  @Test
  void attributesOfAnUnlinkedFileStayReachable() throws Exception {
    try (Merged m = layers(tmp).upper(file("a"), xattr("a", "user.k", VALUE)).mount()) {
      long id = m.view().id("a");
      m.view().unlink("a");
      assertEquals(
          3, m.fs().getxattr(m.view().caller(), id, m.view().name("user.k"), m.view().data(), 9));
    }
  }

  @Test
  void settingAnAclDropsSetgidWhereTheKernelAsks() throws Exception {
    byte[] acl = PosixAclTest.acl(1, 7, -1, 4, 5, -1, 0x20, 5, -1);
    try (Merged m = layers(tmp).upper(file("a"), Layers.mode("a", 02755)).mount()) {
      long id = m.view().id("a");
      ovl.sys.NativeBytes.write(m.view().data(), acl);
      m.fs()
          .setxattr(
              m.view().caller(),
              id,
              m.view().name("system.posix_acl_access"),
              m.view().data(),
              acl.length,
              0,
              true);
      assertEquals(0755, m.disk().stat(m.upper("a")).permissions());
    }
  }
}
