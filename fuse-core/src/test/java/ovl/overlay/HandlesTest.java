package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.mode;
import static ovl.testing.Errnos.assertErrno;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.Attr;
import ovl.fs.SetAttr;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.testing.Disk;

final class HandlesTest {
  @TempDir Path tmp;

  @Test
  void handleOpenedBeforeTheCopyUpSeesWhatIsWrittenAfterIt() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "old")).mount()) {
      long reader = m.view().open("a", Linux.O_RDONLY);
      assertEquals("old", m.view().readFh(reader));
      long writer = m.view().open("a", Linux.O_RDWR);
      m.view().writeFh(writer, 0, "new");
      assertEquals("new", m.view().readFh(reader));
      assertEquals("new", m.view().readFh(writer));
      m.view().release(reader);
      m.view().release(writer);
      assertEquals("old", m.disk().content(m.lower(1, "a")));
      assertEquals("new", m.disk().content(m.upper("a")));
    }
  }

  @Test
  void programThatRunsIsNotTruncated() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "program")).mount()) {
      long running = m.view().open("a", Linux.O_RDONLY | Linux.FMODE_EXEC);
      long reader = m.view().open("a", Linux.O_RDONLY);
      int truncating = Linux.O_RDONLY | Linux.O_TRUNC;
      assertErrno(Errno.ETXTBSY, () -> m.view().open("a", truncating));
      assertEquals("program", m.disk().content(m.upper("a")));
      m.view().release(running);
      m.view().release(m.view().open("a", truncating));
      assertEquals("", m.disk().content(m.upper("a")));
      m.view().release(reader);
    }
  }

  @Test
  void readEndsAtTheEndOfTheFile() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abcdef")).mount()) {
      long fh = m.view().open("a", Linux.O_RDONLY);
      assertArrayEquals(bytes("cde"), m.view().readBytes(fh, 2, 3));
      assertArrayEquals(bytes("ef"), m.view().readBytes(fh, 4, 100));
      assertArrayEquals(new byte[0], m.view().readBytes(fh, 6, 100));
      m.view().release(fh);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void writeBeyondTheEndLeavesAHole() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "ab")).mount()) {
      long fh = m.view().open("a", Linux.O_RDWR);
      m.view().writeFh(fh, 4, "x");
      assertEquals("ab\0\0x", m.view().readFh(fh));
      m.view().release(fh);
    }
  }

  @Test
  void appendingOpenStillWritesWhereTheKernelSays() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "abc")).mount()) {
      long fh = m.view().open("a", Linux.O_WRONLY | Linux.O_APPEND);
      m.view().writeFh(fh, 0, "X");
      m.view().release(fh);
      assertEquals("Xbc", m.view().read("a"));
    }
  }

  @Test
  void handleThatIsNotOpenForWritingCannotWrite() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "abc")).mount()) {
      long fh = m.view().open("a", Linux.O_RDONLY);
      assertErrno(Errno.EBADF, () -> m.view().writeFh(fh, 0, "X"));
      m.view().release(fh);
    }
  }

  @Test
  void unknownAndReleasedHandlesAreBad() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "abc")).mount()) {
      long fh = m.view().open("a", Linux.O_RDWR);
      m.view().release(fh);
      m.view().release(fh);
      for (long bad : new long[] {fh, 0, 12345, -1}) {
        assertErrno(Errno.EBADF, () -> m.view().readFh(bad));
        assertErrno(Errno.EBADF, () -> m.view().writeFh(bad, 0, "x"));
        assertErrno(Errno.EBADF, () -> m.fs().fsync(0, bad, false));
        assertErrno(Errno.EBADF, () -> m.fs().lseek(0, bad, 0, Linux.SEEK_DATA, false));
      }
    }
  }

  @Test
  void directoryIsNotOpenedAsAFile() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).mount()) {
      assertErrno(Errno.EISDIR, () -> m.view().open("d", Linux.O_RDONLY));
    }
  }

  @Test
  void openHandleKeepsTheNodeAfterAForget() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abc")).mount()) {
      long fh = m.view().open("a", Linux.O_RDONLY);
      m.view().forgetAll();
      assertEquals(2, m.fs().nodeCount());
      assertEquals("abc", m.view().readFh(fh));
      m.view().release(fh);
      assertEquals(1, m.fs().nodeCount());
    }
  }

  @Test
  void releaseClosesWhatOpenAndCopyUpOpened() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abc")).mount()) {
      m.view().read("a");
      Set<String> before = Disk.descriptors();
      long reader = m.view().open("a", Linux.O_RDONLY);
      long writer = m.view().open("a", Linux.O_WRONLY);
      m.view().writeFh(writer, 0, "X");
      m.view().readFh(reader);
      m.view().release(reader);
      m.view().release(writer);
      assertEquals(before, Disk.descriptors());
    }
  }

  @Test
  void destroyLeavesNoDescriptor() throws Exception {
    Layers layers = layers(tmp).lower(file("low"), dir("d")).upper(file("up"));
    layers.mount().close();
    Set<String> before = Disk.descriptors();
    Merged m = layers.mount();
    m.view().open("low", Linux.O_RDWR);
    m.view().opendir("d");
    m.view().tmpfile("", 0600);
    m.view().open("up", Linux.O_RDONLY);
    m.view().unlink("up");
    m.view().mkdir("gone");
    m.view().rmdir("gone");
    m.fs().destroy();
    assertEquals(before, Disk.descriptors());
  }

  @Test
  void writeDropsSetuidWhereTheKernelAsks() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "abc"), mode("a", 06755)).mount()) {
      long fh = m.view().open("a", Linux.O_WRONLY);
      m.fs().write(0, fh, 0, 1, m.view().data(), true);
      m.view().release(fh);
      assertEquals(0755, m.disk().stat(m.upper("a")).permissions());
    }
  }

  @Test
  void fallocateAndSeekKnowHoles() throws Exception {
    try (Merged m = layers(tmp).upper(file("a", "")).mount()) {
      long fh = m.view().open("a", Linux.O_RDWR);
      m.view().writeFh(fh, 1 << 20, "x");
      assertEquals(1 << 20, m.fs().lseek(0, fh, 0, Linux.SEEK_DATA, false));
      assertEquals(0, m.fs().lseek(0, fh, 0, Linux.SEEK_HOLE, false));
      assertErrno(Errno.ENXIO, () -> m.fs().lseek(0, fh, 2 << 20, Linux.SEEK_DATA, false));
      m.fs().fallocate(0, fh, Linux.FALLOC_FL_KEEP_SIZE, 0, 4 << 20);
      assertEquals((1 << 20) + 1, m.view().stat("a").size);
      m.fs().fallocate(0, fh, 0, 0, 2 << 20);
      assertEquals(2 << 20, m.view().stat("a").size);
      m.view().release(fh);
    }
  }

  @Test
  void copyFileRangeCopiesBetweenHandles() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abcdef"), file("b", "......")).mount()) {
      long in = m.view().open("a", Linux.O_RDONLY);
      long out = m.view().open("b", Linux.O_RDWR);
      assertEquals(3, m.fs().copyFileRange(0, in, 1, 0, out, 2, 3, 0));
      assertEquals("..bcd.", m.view().readFh(out));
      m.view().release(in);
      m.view().release(out);
    }
  }

  @Test
  void sizeIsSetThroughAWritableHandleOfAnUnreadableFile() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "abcdef"), mode("a", 0)).mount()) {
      long id = m.view().id("a");
      long fh = m.view().open("a", Linux.O_WRONLY);
      SetAttr set = new SetAttr();
      set.setSize = true;
      set.size = 4;
      Attr attr = new Attr();
      m.fs().setattr(m.view().caller(), id, fh, set, attr);
      assertEquals(4, attr.size);
      m.view().release(fh);
    }
  }

  @Test
  void syncWorksOnFilesDirectoriesAndTheWhole() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).upper(file("a"), dir("e")).mount()) {
      long fh = m.view().open("a", Linux.O_WRONLY);
      m.fs().fsync(0, fh, false);
      m.fs().fsync(0, fh, true);
      m.fs().flush(0, fh);
      m.view().release(fh);
      m.fs().fsyncdir(m.view().id("d"), 0, false);
      m.fs().fsyncdir(m.view().id("e"), 0, true);
      m.fs().syncfs(1);
    }
  }

  @Test
  void fileFlagsAreReadAndOtherCommandsAreNotOurs() throws Exception {
    try (Merged m = layers(tmp).lower(file("a"), dir("d")).mount();
        Memory out = Memory.map(Layers.sys(), 4096)) {
      long fh = m.view().open("a", Linux.O_RDONLY);
      int get = (int) Linux.FS_IOC_GETFLAGS;
      long id = m.view().id("a");
      assertEquals(4, m.fs().ioctl(m.view().caller(), id, fh, get, 0, 0, out.address(), 4));
      assertEquals(
          4, m.fs().ioctl(m.view().caller(), m.view().id("d"), 0, get, 0, 0, out.address(), 4));
      assertErrno(
          Errno.ENOTTY,
          () -> m.fs().ioctl(m.view().caller(), id, fh, 0x5401, 0, 0, out.address(), 4));
      assertErrno(
          Errno.EINVAL, () -> m.fs().ioctl(m.view().caller(), id, fh, get, 0, 0, out.address(), 2));
      m.view().release(fh);
      assertFalse(m.disk().exists(m.upper("a")));
    }
  }
}
