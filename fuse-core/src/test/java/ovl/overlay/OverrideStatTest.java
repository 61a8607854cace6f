package ovl.overlay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.mode;
import static ovl.overlay.Layers.owner;
import static ovl.overlay.Layers.symlink;
import static ovl.overlay.Layers.xattr;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.fs.Attr;
import ovl.fs.SetAttr;
import ovl.layer.LayerOptions;
import ovl.layer.WhiteoutFormat;
import ovl.layer.XattrPermissions;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.testing.Disk;
import ovl.testing.Requirements;

/** Owner, mode and type kept in attributes. */
final class OverrideStatTest {
  private static final String CONTAINERS = "user.containers.override_stat";
  private static final String PRIVILEGED = "security.fuseoverlayfs.override_stat";
  private static final String LEGACY = "user.fuseoverlayfs.override_stat";

  @TempDir private Path tmp;

  @BeforeEach
  void needsRoot() {
    Requirements.needsRoot(Layers.sys());
  }

  private Layers layersWith(XattrPermissions permissions) throws Exception {
    return layers(tmp).format(new LayerOptions(false, WhiteoutFormat.KERNEL_AND_AUFS, permissions));
  }

  private Layers reading() throws Exception {
    return layersWith(XattrPermissions.NONE);
  }

  private Layers writing() throws Exception {
    return layersWith(XattrPermissions.CONTAINERS);
  }

  private static Layers.Item override(String path, String name, String value) {
    return xattr(path, name, value.getBytes(US_ASCII));
  }

  private static void assertShown(String expected, Attr attr) {
    assertEquals(expected, attr.uid + ":" + attr.gid + " " + Integer.toOctalString(attr.mode));
  }

  private static void assertReal(String expected, Merged m, String path) {
    Disk.Stat stat = m.disk().stat(m.upper(path));
    String found = stat.uid() + ":" + stat.gid() + " " + Integer.toOctalString(stat.mode());
    assertEquals(expected, found, path);
  }

  private static String stored(Merged m, String path) {
    byte[] value = m.disk().xattr(m.upper(path), CONTAINERS);
    return value == null ? null : new String(value, US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(strings = {CONTAINERS, PRIVILEGED, LEGACY})
  void attributesOfALowerSayWhoseThingsAre(String name) throws Exception {
    try (Merged m =
        reading()
            .lower(
                override("", name, "1:2:0711"),
                file("f"),
                override("f", name, "5:6:4751"),
                dir("d"),
                override("d", name, "7:8:40700"),
                file("plain"),
                mode("plain", 0640))
            .mount()) {
      assertShown("5:6 104751", m.view().stat("f"));
      assertShown("7:8 40700", m.view().stat("d"));
      assertShown("0:0 100640", m.view().stat("plain"));
      assertEquals(List.of(), m.view().listxattr("f"));
      assertErrno(Errno.ENODATA, () -> m.view().getxattr("f", name));
      assertErrno(Errno.EPERM, () -> m.view().setxattr("f", name, new byte[1]));
    }
  }

  @Test
  void firstNameOnTheRootCounts() throws Exception {
    try (Merged m =
        reading()
            .lower(
                override("", LEGACY, "0:0:755"),
                override("", CONTAINERS, "0:0:755"),
                file("f"),
                override("f", LEGACY, "1:1:600"),
                override("f", CONTAINERS, "2:2:644"))
            .mount()) {
      assertShown("2:2 100644", m.view().stat("f"));
    }
  }

  @Test
  void withoutTheAttributeOnItsRootALayerHasOrdinaryOwners() throws Exception {
    try (Merged m =
        reading().lower(file("f"), mode("f", 0640), override("f", CONTAINERS, "5:6:600")).mount()) {
      assertShown("0:0 100640", m.view().stat("f"));
    }
  }

  @Test
  void regularFilesStandForOtherTypes() throws Exception {
    try (Merged m =
        reading()
            .lower(
                override("", CONTAINERS, "0:0:0755:dir"),
                file("char", ""),
                override("char", CONTAINERS, "1:2:0620:char-5-1"),
                file("block", ""),
                override("block", CONTAINERS, "0:6:0660:block-8-17"),
                file("pipe", ""),
                override("pipe", CONTAINERS, "0:0:0600:pipe"),
                file("socket", ""),
                override("socket", CONTAINERS, "0:0:0700:socket:more"),
                file("file"),
                override("file", CONTAINERS, "3:4:0400:file"))
            .mount()) {
      Attr device = m.view().stat("char");
      assertShown("1:2 20620", device);
      assertEquals("5,1", device.rdevMajor + "," + device.rdevMinor);
      assertEquals(17, m.view().stat("block").rdevMinor);
      assertShown("0:6 60660", m.view().stat("block"));
      assertShown("0:0 10600", m.view().stat("pipe"));
      assertShown("0:0 140700", m.view().stat("socket"));
      assertShown("3:4 100400", m.view().stat("file"));
      for (View.Listed listed : m.view().entries("", 100, true)) {
        if (listed.name().equals("char")) {
          assertEquals(Linux.DT_CHR, listed.type());
        }
      }
      for (View.Listed listed : m.view().entries("", 100, false)) {
        if (listed.name().equals("char")) {
          assertEquals(Linux.DT_UNKNOWN, listed.type());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1:2", "a:2:644", "1:2:999", "1:2:644:door", "1:2:644:char-x-1"})
  void valueThatCannotBeUnderstoodIsAnError(String value) throws Exception {
    try (Merged m =
        reading()
            .lower(override("", CONTAINERS, "0:0:755"), file("f"), override("f", CONTAINERS, value))
            .mount()) {
      assertErrno(Errno.EIO, () -> m.view().stat("f"));
    }
  }

  @Test
  void newObjectsHaveOwnerAndModeInAttributes() throws Exception {
    try (Merged m =
        writing().lower(file("gone"), dir("dgone", file("x"))).upper(mode("", 0755)).mount()) {
      assertEquals("0:0:0755", stored(m, ""));
      m.view().unlink("gone");
      m.view().unlink("dgone/x");
      m.view().rmdir("dgone");
      m.view().as(5, 6, 022);
      m.view().createFile("f", 04666);
      m.view().mkdir("d", 0777);
      m.view().mknod("null", Linux.S_IFCHR | 0666, 1 << 8 | 3);
      m.view().mknod("pipe", Linux.S_IFIFO | 0600, 0);
      m.view().mknod("socket", Linux.S_IFSOCK | 0700, 0);
      m.view().symlink("s", "target");
      m.view().createFile("gone", 0600);
      m.view().mkdir("dgone", 0700);
      assertEquals("5:6:04644", stored(m, "f"));
      assertEquals("5:6:0755", stored(m, "d"));
      assertEquals("5:6:0644:char-1-3", stored(m, "null"));
      assertEquals("5:6:0600:pipe", stored(m, "pipe"));
      assertEquals("5:6:0700:socket", stored(m, "socket"));
      assertEquals("5:6:0600", stored(m, "gone"));
      assertEquals("5:6:0700", stored(m, "dgone"));
      for (String made : List.of("f", "null", "pipe", "socket", "gone")) {
        assertReal("0:0 100755", m, made);
      }
      assertReal("0:0 40755", m, "d");
      assertShown("5:6 104644", m.view().stat("f"));
      assertShown("5:6 20644", m.view().stat("null"));
      assertEquals("target", m.view().readlink("s"));
      assertShown("5:6 120777", m.view().stat("s"));
      assertFalse(m.isOpaque("d"));
      assertEquals(List.of(), m.view().list("dgone"));
      assertErrno(Errno.EEXIST, () -> m.view().createFile("f", 0644));
    }
  }

  @Test
  void unnamedFileKeepsItsOwnerWhenItIsGivenAName() throws Exception {
    try (Merged m = writing().mount()) {
      long[] unnamed = m.view().as(5, 6, 0).tmpfile("", 0640);
      assertShown("5:6 100640", m.view().stat(unnamed[0]));
      m.view().linkId(unnamed[0], "named");
      m.view().release(unnamed[1]);
      assertEquals("5:6:0640", stored(m, "named"));
    }
  }

  @Test
  void setgidDirectoryGivesItsGroup() throws Exception {
    try (Merged m = writing().mount()) {
      m.view().as(5, 6, 0).mkdir("d", 0777);
      m.view().chmod("d", 02777);
      m.view().as(7, 8, 0).createFile("d/f", 0644);
      m.view().mkdir("d/e", 0700);
      assertEquals("7:6:0644", stored(m, "d/f"));
      assertEquals("7:6:02700", stored(m, "d/e"));
    }
  }

  @Test
  void chownAndChmodChangeTheAttributeAlone() throws Exception {
    try (Merged m = writing().lower(file("f"), dir("d"), mode("d", 02755)).mount()) {
      m.view().chmod("f", 06711);
      assertEquals("0:0:06711", stored(m, "f"));
      SetAttr owner = new SetAttr();
      owner.setUid = true;
      owner.uid = 9;
      assertShown("9:0 100711", m.view().setattr("f", owner));
      assertShown("9:0 42755", m.view().setattr("d", owner));
      assertEquals("9:0:02755", stored(m, "d"));
      assertReal("0:0 100755", m, "f");
      assertReal("0:0 40755", m, "d");
    }
  }

  @Test
  void copyUpPutsOwnersIntoAttributes() throws Exception {
    try (Merged m =
        writing()
            .lower(
                dir("d", file("f", "data")),
                mode("d", 0711),
                owner("d/f", 5, 6),
                mode("d/f", 0640),
                Layers.device("d/null", 1, 3),
                owner("d/null", 7, 8),
                symlink("d/s", "t"),
                owner("d/s", 5, 6))
            .mount()) {
      m.view().setxattr("d/f", "user.k", new byte[] {1});
      m.view().chmod("d/null", 0600);
      m.view().rename("d/s", "d/s2");
      assertEquals("5:6:0640", stored(m, "d/f"));
      assertEquals("7:8:0600:char-1-3", stored(m, "d/null"));
      assertEquals("0:0:0711", stored(m, "d"));
      assertEquals("data", m.view().read("d/f"));
      assertShown("5:6 100640", m.view().stat("d/f"));
      assertShown("5:6 120777", m.view().stat("d/s2"));
    }
  }

  @Test
  void copyUpFromAttributesToAnOrdinaryUpperSetsTheRealThing() throws Exception {
    try (Merged m =
        reading()
            .lower(
                override("", CONTAINERS, "0:0:755"),
                file("f", "data"),
                override("f", CONTAINERS, "5:6:0640"),
                file("null", ""),
                override("null", CONTAINERS, "7:8:0666:char-1-3"))
            .mount()) {
      m.view().overwrite("f", "DATA");
      m.view().chmod("null", 0600);
      assertReal("5:6 100640", m, "f");
      assertReal("7:8 20600", m, "null");
      assertEquals(3, m.disk().stat(m.upper("null")).rdevMinor());
      assertNull(stored(m, "f"));
    }
  }

  @Test
  void securityAttributesAreStoredUnderAnotherName() throws Exception {
    byte[] value = {1, 2};
    String escaped = "user.containers.override_security.test";
    try (Merged m =
        writing().lower(file("f"), xattr("f", "security.test", value), file("g")).mount()) {
      m.view().setxattr("g", "security.test", value);
      assertArrayEquals(value, m.disk().xattr(m.upper("g"), escaped));
      assertNull(m.disk().xattr(m.upper("g"), "security.test"));
      assertEquals(List.of("security.test"), m.view().listxattr("g"));
      assertArrayEquals(value, m.view().getxattr("g", "security.test"));
      m.view().chmod("f", 0600);
      assertArrayEquals(value, m.disk().xattr(m.upper("f"), escaped));
      assertArrayEquals(value, m.view().getxattr("f", "security.test"));
      m.view().removexattr("g", "security.test");
      assertEquals(List.of(), m.view().listxattr("g"));
    }
  }

  @Test
  void aclsHaveNoPlaceBesideAModeInAnAttribute() throws Exception {
    byte[] acl = PosixAclTest.acl(1, 7, -1, 2, 7, 5, 4, 7, -1, 0x10, 7, -1, 0x20, 0, -1);
    String name = "system.posix_acl_access";
    try (Merged m = writing().upper(file("f")).mount()) {
      assertErrno(Errno.EOPNOTSUPP, () -> m.view().setxattr("f", name, acl));
      assertFalse(m.stack().hasPosixAcl());
    }
  }

  @Test
  void idsInAttributesAreMapped() throws Exception {
    IdMap map = IdMap.parse("0:1000:1:1:100000:65535", 65534);
    try (Merged m =
        writing()
            .options(o -> o.ids(map, map))
            .upper(override("", CONTAINERS, "0:0:755"))
            .mount()) {
      m.view().as(1000, 100001, 0).createFile("f", 0640);
      assertEquals("0:2:0640", stored(m, "f"));
      assertShown("1000:100001 100640", m.view().stat("f"));
    }
  }

  @Test
  void upperThatHasTheOldNameKeepsIt() throws Exception {
    try (Merged m = writing().upper(override("", LEGACY, "3:4:711")).mount()) {
      assertShown("3:4 40711", m.view().stat(""));
      m.view().createFile("f", 0600);
      assertEquals("0:0:0600", new String(m.disk().xattr(m.upper("f"), LEGACY), US_ASCII));
      assertNull(stored(m, "f"));
    }
  }

  @Test
  void nextMountFindsTheAttributesByItself() throws Exception {
    Layers layers = writing();
    try (Merged m = layers.lower(file("old")).mount()) {
      m.view().as(5, 6, 0).createFile("f", 0640);
    }
    layers.format(new LayerOptions(false, WhiteoutFormat.KERNEL_AND_AUFS, XattrPermissions.NONE));
    try (Merged m = layers.mount()) {
      assertShown("5:6 100640", m.view().stat("f"));
      m.view().chmod("f", 0600);
      assertEquals("5:6:0600", stored(m, "f"));
    }
  }

  @Test
  void renameOverAnEmptiedDirectoryKeepsOwners() throws Exception {
    try (Merged m = writing().lower(dir("d", file("x"))).mount()) {
      m.view().as(5, 6, 0).mkdir("e", 0750);
      m.view().unlink("d/x");
      m.view().rename("e", "d");
      assertShown("5:6 40750", m.view().stat("d"));
    }
  }
}
