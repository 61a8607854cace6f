package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;
import ovl.testing.Disk;
import ovl.testing.Requirements;

final class OriginTest {
  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);

  @TempDir Path tmp;
  private LayerStack stack;
  private Layer layer;

  @BeforeEach
  void open() throws Exception {
    Requirements.needsRoot(sys);
    Files.writeString(tmp.resolve("file"), "x");
    Files.createDirectory(tmp.resolve("dir"));
    Files.createSymbolicLink(tmp.resolve("link"), Path.of("file"));
    stack =
        LayerStack.open(sys, new LayerPaths(List.of(tmp), null, null, null), LayerOptions.KERNEL);
    layer = stack.lowers().get(0);
  }

  @AfterEach
  void close() {
    if (stack != null) {
      stack.close();
    }
  }

  private byte[] encode(String name) {
    int flags = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    try (Fd fd =
        new Fd(sys, sys.openat(layer.rootFd(), Scratch.current(sys).path(name), flags, 0))) {
      byte[] encoded = stack.origin().encode(layer, fd.get());
      Requirements.require(encoded.length > 0, "no file handles on this filesystem");
      return encoded;
    }
  }

  @Test
  void everyTypeIsFoundAgain() {
    for (String name : new String[] {"file", "dir", "link"}) {
      Origin.Found found = stack.origin().decode(encode(name));
      assertNotNull(found, name);
      Disk.Stat stat = disk.stat(tmp.resolve(name));
      assertEquals(stat.ino(), found.ino());
      assertEquals(stat.dev(), found.dev());
      assertEquals(stat.type(), found.type());
      assertEquals(stat.nlink(), found.nlink());
    }
  }

  @Test
  void headerIsTheKernels() {
    byte[] encoded = encode("file");
    assertEquals(0, encoded[0]);
    assertEquals((byte) 0xfb, encoded[1]);
    assertEquals(encoded.length, encoded[2] & 0xff);
    assertEquals(0, encoded[3]);
  }

  @Test
  void removedFileIsNotFound() throws Exception {
    byte[] encoded = encode("file");
    Files.delete(tmp.resolve("file"));
    assertNull(stack.origin().decode(encoded));
  }

  @Test
  void damagedHandlesAreNotFollowed() {
    byte[] good = encode("file");
    assertNull(stack.origin().decode(new byte[0]));
    assertNull(stack.origin().decode(new byte[21]));
    assertNull(stack.origin().decode(new byte[300]));
    for (int at : new int[] {0, 1, 2, 5, 20}) {
      byte[] damaged = good.clone();
      damaged[at] ^= 0x55;
      assertNull(stack.origin().decode(damaged), "byte " + at);
    }
    assertNull(stack.origin().decode(java.util.Arrays.copyOf(good, good.length - 1)));
  }

  @Test
  void layerOfAnotherStackHasNoHandle() throws Exception {
    try (LayerStack other =
        LayerStack.open(sys, new LayerPaths(List.of(tmp), null, null, null), LayerOptions.KERNEL)) {
      assertEquals(0, stack.origin().encode(other.lowers().get(0), layer.rootFd()).length);
    }
  }
}
