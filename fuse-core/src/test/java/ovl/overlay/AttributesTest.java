package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.mode;
import static ovl.overlay.Layers.owner;
import static ovl.overlay.Layers.symlink;
import static ovl.overlay.Layers.times;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.Attr;
import ovl.fs.NodeFs;
import ovl.fs.SetAttr;
import ovl.fs.StatFs;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.testing.Disk;

final class AttributesTest {
  @TempDir Path tmp;

  @Test
  void attributesAreThoseOfTheRealFile() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(file("a", "12345"), owner("a", 3, 4), mode("a", 0640), times("a", 1000, 7))
            .mount()) {
      Attr attr = m.view().stat("a");
      Disk.Stat real = m.disk().stat(m.lower(1, "a"));
      assertEquals(5, attr.size);
      assertEquals(real.blocks(), attr.blocks);
      assertEquals(3, attr.uid);
      assertEquals(4, attr.gid);
      assertEquals(Linux.S_IFREG | 0640, attr.mode);
      assertEquals(1000, attr.mtime);
      assertEquals(7, attr.mtimeNsec);
      assertEquals(1, attr.nlink);
      assertEquals(CacheTimes.LONG_NANOS, attr.validNanos);
    }
  }

  @Test
  void chmodCopiesUpAndChangesOnlyTheMode() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "x"), owner("a", 3, 4), mode("a", 0644)).mount()) {
      m.view().chmod("a", 04711);
      Disk.Stat upper = m.disk().stat(m.upper("a"));
      assertEquals(04711, upper.permissions());
      assertEquals(3, upper.uid());
      assertEquals("x", m.disk().content(m.upper("a")));
      assertEquals(0644, m.disk().stat(m.lower(1, "a")).permissions());
    }
  }

  @Test
  void chownOfOneIdLeavesTheOther() throws Exception {
    try (Merged m = layers(tmp).lower(symlink("l", "x"), owner("l", 3, 4)).mount()) {
      SetAttr set = new SetAttr();
      set.setGid = true;
      set.gid = 9;
      Attr after = m.view().setattr("l", set);
      assertEquals(3, after.uid);
      assertEquals(9, after.gid);
      assertEquals(9, m.disk().stat(m.upper("l")).gid());
    }
  }

  @Test
  void symlinkHasNoModeToChange() throws Exception {
    try (Merged m = layers(tmp).upper(symlink("l", "x")).mount()) {
      assertErrno(Errno.EOPNOTSUPP, () -> m.view().chmod("l", 0600));
    }
  }

  @Test
  void timesAreSetToTheNanosecondAndOneWithoutTheOther() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d"), times("d", 1000, 1)).mount()) {
      SetAttr set = new SetAttr();
      set.setMtime = true;
      set.mtime = 2000;
      set.mtimeNsec = 999_999_999;
      Attr after = m.view().setattr("d", set);
      assertEquals(2000, after.mtime);
      assertEquals(999_999_999, after.mtimeNsec);
      assertEquals(1000, after.atime);
      set.clear();
      set.setAtime = true;
      set.atimeNow = true;
      after = m.view().setattr("d", set);
      assertTrue(after.atime > 2000);
      assertEquals(2000, after.mtime);
    }
  }

  @Test
  void truncateShortensExtendsAndEmpties() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abcdef")).mount()) {
      m.view().truncate("a", 3);
      assertEquals("abc", m.view().read("a"));
      m.view().truncate("a", 5);
      assertEquals("abc\0\0", m.view().read("a"));
      m.view().truncate("a", 0);
      assertEquals("", m.disk().content(m.upper("a")));
      assertEquals("abcdef", m.disk().content(m.lower(1, "a")));
    }
  }

  @Test
  void truncateOfAnUnlinkedFileWorks() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abcdef")).mount()) {
      long id = m.view().id("a");
      m.view().unlink("a");
      SetAttr set = new SetAttr();
      set.setSize = true;
      set.size = 2;
      Attr after = new Attr();
      m.fs().setattr(m.view().caller(), id, NodeFs.NO_FH, set, after);
      assertEquals(2, after.size);
      assertEquals(0, after.nlink);
    }
  }

  @Test
  void sizeChangeDropsSetuidWhereTheKernelAsks() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abc"), mode("a", 06755)).mount()) {
      SetAttr set = new SetAttr();
      set.setSize = true;
      set.size = 1;
      set.killSuidgid = true;
      assertEquals(0755, m.view().setattr("a", set).mode & 07777);
    }
  }

  @Test
  void changingNothingStillAnswers() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "abc")).mount()) {
      assertEquals(3, m.view().setattr("a", new SetAttr()).size);
    }
  }

  @Test
  void readlinkOfAnythingElseIsInvalid() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), symlink("l", "some/where")).mount()) {
      assertErrno(Errno.EINVAL, () -> m.view().readlink("a"));
      assertEquals("some/where", m.view().readlink("l"));
      assertFalse(m.disk().exists(m.upper("l")));
    }
  }

  @Test
  void statfsShowsUppersFilesystem() throws Exception {
    try (Merged m = layers(tmp).mount()) {
      StatFs out = new StatFs();
      m.fs().statfs(m.view().caller(), NodeFs.ROOT_ID, out);
      assertTrue(out.blocks > 0 && out.bfree <= out.blocks && out.bavail <= out.bfree);
      assertTrue(out.bsize > 0 && out.frsize > 0);
      assertEquals(255, out.namelen);
    }
  }

  @Test
  void rootShowsTheNumberOfUpper() throws Exception {
    try (Merged m = layers(tmp).lower().mount()) {
      Attr root = m.view().stat("");
      assertEquals(Linux.S_IFDIR, root.mode & Linux.S_IFMT);
      assertEquals(m.disk().stat(m.upper("")).ino(), root.ino);
    }
  }
}
