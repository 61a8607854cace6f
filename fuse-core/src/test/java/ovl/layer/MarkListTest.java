package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;
import ovl.testing.Disk;
import ovl.testing.Requirements;

/** By the call of Linux 6.13 (if this kernel has it), and by that of all others. */
final class MarkListTest {
  private static final String PREFIX = "user.overlay.";
  private static final int ALL =
      MarkList.ORIGIN | MarkList.METACOPY | MarkList.REDIRECT | MarkList.PROTECTION;

  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);
  private final OverlayXattr xattr = new OverlayXattr(sys, PREFIX, true);

  @TempDir Path tmp;
  private Layer layer;

  @BeforeEach
  void open() {
    Requirements.needsXattrs(sys, tmp, PREFIX);
    layer = layerAt(tmp);
  }

  @AfterEach
  void close() {
    if (layer != null) {
      layer.close();
    }
    xattr.close();
  }

  private Layer layerAt(Path path) {
    int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    long address = Scratch.current(sys).path(path.toString());
    Fd root = new Fd(sys, sys.openat(Linux.AT_FDCWD, address, flags, 0));
    Layer made = new Layer(1, path.toString(), root, 1, 2, false);
    made.setListsAllXattrs(true);
    return made;
  }

  private int marks(Layer in, String name, boolean newCall) {
    boolean hasCall = newCall && MarkList.isKnownToKernel(sys);
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    long address = Scratch.current(sys).path(bytes);
    return new MarkList(sys, xattr.privateNames(), hasCall)
        .of(in, in.rootFd(), address, bytes.length);
  }

  private Path file(String name) throws Exception {
    return Files.createFile(tmp.resolve(name));
  }

  private void set(Path path, String name) {
    disk.setXattr(path, name, new byte[] {'x'});
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void plainFileHasNone(boolean newCall) throws Exception {
    file("f");
    assertEquals(0, marks(layer, "f", newCall));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachIsFoundAmongOthers(boolean newCall) throws Exception {
    String[] names = {"origin", "metacopy", "redirect", "protattr"};
    for (int i = 0; i < names.length; i++) {
      Path path = file("f" + i);
      set(path, "user.a");
      set(path, PREFIX + names[i]);
      set(path, "user.z");
      assertEquals(1 << i, marks(layer, "f" + i, newCall), names[i]);
    }
    Path all = file("all");
    for (String name : names) {
      set(all, PREFIX + name);
    }
    assertEquals(ALL, marks(layer, "all", newCall));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatOnlyLooksLikeOneIsNone(boolean newCall) throws Exception {
    Path path = file("f");
    set(path, "user.origin");
    set(path, "user.overlay.overlay.origin");
    set(path, "user.overlay.origins");
    set(path, "user.overlay.impure");
    assertEquals(0, marks(layer, "f", newCall));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void linkIsNotFollowed(boolean newCall) throws Exception {
    set(file("f"), PREFIX + "origin");
    Files.createSymbolicLink(tmp.resolve("link"), Path.of("f"));
    assertEquals(0, marks(layer, "link", newCall));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatCannotBeListedMayHaveAll(boolean newCall) {
    assertEquals(ALL, marks(layer, "missing", newCall));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void fileWhoseListMayLackNamesMayHaveAll(boolean newCall) throws Exception {
    file("f");
    layer.setListsAllXattrs(false);
    assertEquals(ALL, marks(layer, "f", newCall));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void layerWithoutAttributesIsNotAsked(boolean newCall) throws Exception {
    set(file("f"), PREFIX + "origin");
    layer.setHoldsNoXattrs();
    assertEquals(0, marks(layer, "f", newCall));
  }
}
