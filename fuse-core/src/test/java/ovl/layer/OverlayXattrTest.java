package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.layer.OverlayXattr.Nlink;
import ovl.layer.OverlayXattr.Opaque;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;
import ovl.testing.Disk;
import ovl.testing.Requirements;

final class OverlayXattrTest {
  private static final String PREFIX = "user.overlay.";

  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);
  private final OverlayXattr xattr = new OverlayXattr(sys, PREFIX, true);

  @TempDir Path tmp;
  private Fd dir;

  @BeforeEach
  void open() {
    Requirements.needsXattrs(sys, tmp, PREFIX);
    int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    long path = Scratch.current(sys).path(tmp.toString());
    dir = new Fd(sys, sys.openat(Linux.AT_FDCWD, path, flags, 0));
  }

  @AfterEach
  void close() {
    if (dir != null) {
      dir.close();
    }
    xattr.close();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void opaqueMarkIsWrittenAndRead() throws Exception {
    assertEquals(Opaque.NO, xattr.opaque(dir.get()));
    assertEquals(0, xattr.setOpaque(dir.get()));
    assertEquals(Opaque.YES, xattr.opaque(dir.get()));
    assertArrayEquals(new byte[] {'y'}, disk.xattr(tmp, PREFIX + "opaque"));
  }

  @Test
  void opaqueValueXSaysThatFilesMayBeWhiteouts() throws Exception {
    disk.setXattr(tmp, PREFIX + "opaque", new byte[] {'x'});
    assertEquals(Opaque.HAS_XATTR_WHITEOUTS, xattr.opaque(dir.get()));
  }

  @Test
  void anyOtherOpaqueValueMeansNothing() throws Exception {
    for (String value : new String[] {"", "n", "yes", "y".repeat(100)}) {
      disk.setXattr(tmp, PREFIX + "opaque", ascii(value));
      assertEquals(Opaque.NO, xattr.opaque(dir.get()), value);
    }
  }

  @Test
  void impureMarkIsWrittenAndRead() throws Exception {
    assertFalse(xattr.isImpure(dir.get()));
    assertEquals(0, xattr.setImpure(dir.get()));
    assertTrue(xattr.isImpure(dir.get()));
  }

  @Test
  void originAndWhiteoutOfANameAreRead() throws Exception {
    Path file = Files.writeString(tmp.resolve("f"), "");
    Scratch scratch = Scratch.current(sys);
    assertNull(xattr.origin(dir.get(), scratch.path("f"), 1));
    assertFalse(xattr.isWhiteout(dir.get(), scratch.path("f"), 1));
    disk.setXattr(file, PREFIX + "origin", new byte[] {1, 2});
    disk.setXattr(file, PREFIX + "whiteout", new byte[] {'y'});
    assertArrayEquals(new byte[] {1, 2}, xattr.origin(dir.get(), scratch.path("f"), 1));
    assertTrue(xattr.isWhiteout(dir.get(), scratch.path("f"), 1));
    disk.setXattr(file, PREFIX + "origin", new byte[0]);
    assertNull(xattr.origin(dir.get(), scratch.path("f"), 1), "origin unknown");
  }

  @Test
  void linkCountsAreWrittenAndReadInTheKernelsForm() throws Exception {
    Path file = Files.writeString(tmp.resolve("f"), "");
    Scratch scratch = Scratch.current(sys);
    for (String value : new String[] {"U-1", "U+0", "L+2", "L-12"}) {
      disk.setXattr(file, PREFIX + "nlink", ascii(value));
      Nlink nlink = xattr.nlink(dir.get(), scratch.path("f"), 1);
      assertEquals(value.charAt(0) == 'U', nlink.ofUpper());
      assertEquals(Integer.parseInt(value.substring(1)), nlink.difference());
      assertArrayEquals(ascii(value), nlink.bytes());
    }
    for (String value : new String[] {"", "U", "U1", "X+1", "U+1x", "u+1", "U+9999999999"}) {
      disk.setXattr(file, PREFIX + "nlink", ascii(value));
      assertNull(xattr.nlink(dir.get(), scratch.path("f"), 1), value);
    }
  }
}
