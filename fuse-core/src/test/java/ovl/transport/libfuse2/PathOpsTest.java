package ovl.transport.libfuse2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;

/** The callbacks as libfuse calls them, without libfuse. */
final class PathOpsTest {
  private static final int FH = 24;
  private static final int FUSE_UNLINK = 10;
  private static final int FUSE_RENAME = 12;
  private static final int FUSE_RELEASE = 18;
  private static final String HIDDEN = "/.fuse_hidden0000000300000001";

  private final Syscalls sys = Syscalls.load();

  @TempDir Path dir;

  private Memory memory;
  private int used;
  private LoopbackFs fs;
  private Calls calls;
  private PathResolver paths;
  private PathOps ops;
  private HandleOps open;

  @BeforeEach
  void start() throws Exception {
    memory = Memory.map(sys, 1 << 16);
    fs = new LoopbackFs(sys, dir.toString());
    calls = new Calls(sys, TreeFs::root);
    paths = new PathResolver(fs, 100);
    Handles handles = new Handles();
    ops = new PathOps(fs, calls, paths, handles);
    open = new HandleOps(fs, calls, paths, handles, new OpenInodes(paths), address -> null);
  }

  @AfterEach
  void referencesBalance() {
    paths.clear();
    assertEquals(0, fs.references());
    memory.close();
  }

  private long space(int size) {
    long address = memory.address() + used;
    used += size + 7 & ~7;
    return address;
  }

  private long text(String text) {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
    long address = space(bytes.length);
    NativeBytes.write(address, bytes);
    return address;
  }

  private List<String> files() throws Exception {
    try (Stream<Path> all = Files.list(dir)) {
      return all.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  /** What libfuse is working on: a header with an opcode, and the names of a rename. */
  private void request(int opcode, String... names) {
    long request = space(48);
    NativeBytes.putInt(request + 4, opcode);
    for (String name : names) {
      byte[] bytes = (name + "\0").getBytes(StandardCharsets.UTF_8);
      NativeBytes.write(space(0), bytes);
      used += bytes.length;
    }
    used = used + 7 & ~7;
    calls.current().request(request);
  }

  private long create(String path) {
    long info = space(40);
    NativeBytes.putInt(info, Linux.O_RDWR | Linux.O_CREAT);
    assertEquals(0, open.create(text(path), Linux.S_IFREG | 0600, info));
    return info;
  }

  @Test
  void unknownHandleIsEbadf() {
    long info = space(40);
    NativeBytes.putLong(info + FH, 77);
    assertEquals(-Errno.EBADF, open.read(0, space(8), 8, 0, info));
    assertEquals(-Errno.EBADF, open.release(0, info));
    assertEquals(-Errno.EBADF, open.fgetattr(0, space(144), info));
  }

  @Test
  void statIsFilledAsStructStat() throws Exception {
    Files.writeString(dir.resolve("f"), "12345");
    Files.setLastModifiedTime(
        dir.resolve("f"),
        java.nio.file.attribute.FileTime.from(java.time.Instant.ofEpochSecond(7, 123456789)));
    long stat = space(144);
    assertEquals(0, ops.getattr(text("/f"), stat));
    assertEquals(Files.getAttribute(dir.resolve("f"), "unix:ino"), NativeBytes.getLong(stat + 8));
    assertEquals(1, NativeBytes.getLong(stat + 16));
    assertEquals(Linux.S_IFREG, NativeBytes.getInt(stat + 24) & Linux.S_IFMT);
    assertEquals(5, NativeBytes.getLong(stat + 48));
    assertEquals(7, NativeBytes.getLong(stat + 88));
    assertEquals(123456789, NativeBytes.getLong(stat + 96));
    assertEquals(-Errno.ENOENT, ops.getattr(text("/none"), stat));
  }

  @Test
  void linkTargetIsTerminatedAndCut() throws Exception {
    assertEquals(0, ops.symlink(text("target"), text("/l")));
    long buffer = space(16);
    NativeBytes.write(buffer, "xxxxxxxxxxxxxxxx".getBytes(StandardCharsets.UTF_8));
    assertEquals(0, ops.readlink(text("/l"), buffer, 16));
    assertEquals("target", new String(NativeBytes.read(buffer, NativeBytes.length(buffer))));
    assertEquals(0, ops.readlink(text("/l"), buffer, 4));
    assertEquals("tar", new String(NativeBytes.read(buffer, NativeBytes.length(buffer))));
  }

  @Test
  void unlinkOfAnOpenFileRemovesItAndKeepsItReachable() throws Exception {
    long info = create("/f");
    request(FUSE_UNLINK);
    assertEquals(0, ops.rename(text("/f"), text(HIDDEN)));
    assertEquals(List.of(), files());
    assertEquals(0, ops.getattr(text(HIDDEN), space(144)));
    request(FUSE_RELEASE);
    assertEquals(0, open.release(0, info));
    assertEquals(0, ops.unlink(text(HIDDEN)));
    calls.current().request(0);
    assertEquals(-Errno.ENOENT, ops.getattr(text(HIDDEN), space(144)));
  }

  @Test
  void openTargetOfARenameIsNotRemovedBeforehand() throws Exception {
    long info = create("/to");
    request(FUSE_RENAME, "from", "to");
    assertEquals(0, ops.rename(text("/to"), text(HIDDEN)));
    assertEquals(List.of("to"), files());
    assertEquals(0, open.release(0, info));
  }

  @Test
  void usersOwnHiddenNameIsRenamed() throws Exception {
    open.release(0, create("/from"));
    request(FUSE_RENAME, "from", HIDDEN.substring(1));
    assertEquals(0, ops.rename(text("/from"), text(HIDDEN)));
    assertEquals(List.of(HIDDEN.substring(1)), files());
  }

  @Test
  void hidingOfAFileClosedMeanwhileLeavesNothing() throws Exception {
    open.release(0, create("/f"));
    request(FUSE_UNLINK);
    assertEquals(0, ops.rename(text("/f"), text(HIDDEN)));
    assertEquals(List.of(), files());
    assertEquals(-Errno.ENOENT, ops.getattr(text(HIDDEN), space(144)));
  }

  @Test
  void throwablesAreEio() {
    fs.explosive = "boom".getBytes(StandardCharsets.UTF_8);
    assertEquals(-Errno.EIO, ops.getattr(text("/boom"), space(144)));
    assertEquals(-Errno.EIO, open.open(text("/boom"), space(40)));
    assertEquals(-Errno.EIO, ops.link(text("/boom"), text("/new")));
  }

  @Test
  void listingStopsWhereThePageIsFullAndGoesOn() throws Exception {
    for (int i = 0; i < 10; i++) {
      Files.createFile(dir.resolve("f" + i));
    }
    List<String> names = new ArrayList<>();
    long[] last = new long[1];
    int[] room = {3};
    Callbacks.Fill fill =
        (page, name, stat, offset) -> {
          if (room[0]-- == 0) {
            return 1;
          }
          names.add(new String(NativeBytes.read(name, NativeBytes.length(name))));
          last[0] = offset;
          return 0;
        };
    HandleOps listing =
        new HandleOps(fs, calls, paths, new Handles(), new OpenInodes(paths), address -> fill);
    long info = space(40);
    assertEquals(0, listing.opendir(text("/"), info));
    for (int i = 0; i < 5; i++) {
      room[0] = 3;
      assertEquals(0, listing.readdir(0, 1, 2, last[0], info));
    }
    assertEquals(12, names.size());
    assertEquals(12, names.stream().distinct().count());
    assertTrue(names.contains("f9"));
    assertEquals(0, listing.releasedir(0, info));
  }
}
