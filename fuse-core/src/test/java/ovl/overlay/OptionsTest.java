package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.testing.Errnos.assertErrno;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.Attr;
import ovl.fs.Entry;
import ovl.fs.NodeFs;
import ovl.fs.OpenResult;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** The options that change one small thing each. */
final class OptionsTest {
  @TempDir private Path tmp;

  @Test
  void staticNlinkCountsNoSubdirectories() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d/sub")).options(o -> o.hasStaticNlink(true)).mount()) {
      assertEquals(1, m.view().stat("d").nlink);
    }
  }

  @Test
  void shortInosFitIn32Bits() throws Exception {
    try (Merged m = layers(tmp).lower(file("f")).options(o -> o.hasShortInos(true)).mount()) {
      long real = m.disk().stat(m.lower(1, "f")).ino();
      assertEquals(real & 0xffffffffL, m.view().stat("f").ino);
    }
  }

  @Test
  void withoutXattrsEveryOperationOnThemIsUnknown() throws Exception {
    try (Merged m = layers(tmp).lower(file("f")).options(o -> o.hasXattrs(false)).mount()) {
      assertErrno(Errno.ENOSYS, () -> m.view().getxattr("f", "user.a"));
      assertErrno(Errno.ENOSYS, () -> m.view().listxattr("f"));
      assertErrno(Errno.ENOSYS, () -> m.view().setxattr("f", "user.a", new byte[1]));
      assertErrno(Errno.ENOSYS, () -> m.view().removexattr("f", "user.a"));
    }
  }

  @Test
  void volatileMountAsksTheKernelNotToSync() throws Exception {
    try (Merged m = layers(tmp).lower(file("f"), dir("d")).isVolatile().mount()) {
      long fh = m.view().open("f", Linux.O_RDWR);
      assertErrno(Errno.ENOSYS, () -> m.fs().fsync(0, fh, false));
      long d = m.view().id("d");
      assertErrno(Errno.ENOSYS, () -> m.fs().fsyncdir(d, 0, false));
      m.view().release(fh);
    }
  }

  @Test
  void withoutCacheTimeNothingIsKept() throws Exception {
    try (Merged m =
        layers(tmp).lower(file("f")).options(o -> o.cacheTimes(CacheTimes.of(0))).mount()) {
      Entry entry = new Entry();
      m.fs().lookup(m.view().caller(), NodeFs.ROOT_ID, m.view().name("f"), entry);
      assertEquals(0, entry.validNanos);
      Attr attr = m.view().stat(entry.nodeid);
      assertEquals(0, attr.validNanos);
      OpenResult opened = new OpenResult();
      m.fs().open(m.view().caller(), entry.nodeid, Linux.O_RDONLY, false, opened);
      assertFalse(opened.keepCache);
      m.view().release(opened.fh);
      m.fs().opendir(m.view().caller(), NodeFs.ROOT_ID, opened);
      assertFalse(opened.cacheDir || opened.keepCache);
      m.fs().releasedir(NodeFs.ROOT_ID, opened.fh);
      m.fs().lookup(m.view().caller(), NodeFs.ROOT_ID, m.view().name("none"), entry);
      assertTrue(entry.nodeid == 0 && entry.validNanos == 0);
    }
  }
}
