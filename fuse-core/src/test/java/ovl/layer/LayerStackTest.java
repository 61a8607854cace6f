package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Syscalls;
import ovl.testing.Disk;
import ovl.testing.Requirements;

final class LayerStackTest {
  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);

  @TempDir Path tmp;

  private Path lower;
  private Path upper;
  private Path work;

  @BeforeEach
  void makeLayers() throws Exception {
    Requirements.needsXattrs(sys, tmp, "user.overlay.");
    lower = Files.createDirectory(tmp.resolve("lower"));
    upper = Files.createDirectory(tmp.resolve("upper"));
    work = Files.createDirectory(tmp.resolve("work"));
  }

  private LayerStack open(List<Path> lowers, Path up, Path scratch) throws LayerException {
    return LayerStack.open(sys, new LayerPaths(lowers, up, scratch, null), LayerOptions.KERNEL);
  }

  private void assertRefused(String reason, List<Path> lowers, Path up, Path scratch) {
    Set<String> before = Disk.descriptors();
    LayerException thrown =
        assertThrows(LayerException.class, () -> open(lowers, up, scratch).close());
    assertTrue(thrown.getMessage().contains(reason), thrown.getMessage());
    assertFalse(thrown.getMessage().contains("\n"));
    assertEquals(before, Disk.descriptors(), "a refusal leaves nothing open");
  }

  @Test
  void layersAreInTheOrderGiven() throws Exception {
    Path second = Files.createDirectory(tmp.resolve("second"));
    try (LayerStack stack = open(List.of(lower, second), upper, work)) {
      assertTrue(stack.upper().isUpper());
      assertEquals(disk.stat(upper).ino(), stack.upper().rootIno());
      assertEquals(1, stack.lowers().get(0).index());
      assertFalse(stack.lowers().get(0).isBottom());
      assertEquals(disk.stat(second).ino(), stack.layer(2).rootIno());
      assertTrue(stack.layer(2).isBottom());
      assertTrue(stack.isOneFilesystem());
      assertFalse(stack.isReadOnly());
    }
  }

  @Test
  void withoutUpperTheStackIsReadOnly() throws Exception {
    try (LayerStack stack = open(List.of(lower), null, null)) {
      assertTrue(stack.isReadOnly());
      assertNull(stack.work());
      assertNull(stack.whiteout());
      assertNull(stack.upperRoot());
    }
  }

  @Test
  void closeLeavesNothingOpen() throws Exception {
    open(List.of(lower), upper, work).close();
    Set<String> before = Disk.descriptors();
    open(List.of(lower), upper, work).close();
    assertEquals(before, Disk.descriptors());
  }

  @Test
  void noLowerIsRefused() {
    assertRefused("no lower layer", List.of(), upper, work);
  }

  @Test
  void tooManyLowersAreRefused() {
    List<Path> many = Collections.nCopies(LayerPaths.MAX_LOWERS + 1, lower);
    assertRefused("501 lower layers", many, upper, work);
    List<Path> more = Collections.nCopies(LayerPaths.MAX_LOWERS + 2, lower);
    assertRefused("502 lower layers", more, null, null);
  }

  @Test
  void upperOnAsManyLowersAsThereMayBeCanBeTheirTopmost() throws Exception {
    List<Path> many = new ArrayList<>();
    for (int i = 0; i < LayerPaths.MAX_LOWERS; i++) {
      many.add(Files.createDirectory(lower.resolveSibling("lower" + i)));
    }
    LayerPaths paths = new LayerPaths(many, upper, work, null);
    try (LayerStack stack = LayerStack.open(sys, paths.readOnly(), LayerOptions.KERNEL)) {
      assertEquals(LayerPaths.MAX_LOWERS + 1, stack.lowers().size());
    }
  }

  @Test
  void upperAndWorkComeTogether() {
    assertRefused("without a work directory", List.of(lower), upper, null);
    assertRefused("without an upper", List.of(lower), null, work);
  }

  @Test
  void missingDirectoryAndFileAreRefusedByName() throws Exception {
    Path none = tmp.resolve("none");
    Path file = Files.writeString(tmp.resolve("file"), "x");
    assertRefused("lower layer " + none, List.of(none), upper, work);
    assertRefused("upper " + none, List.of(lower), none, work);
    assertRefused("work directory " + none, List.of(lower), upper, none);
    assertRefused("lower layer " + file, List.of(file), upper, work);
    Path loop = Files.createSymbolicLink(tmp.resolve("loop"), tmp.resolve("loop"));
    assertRefused("lower layer " + loop, List.of(loop), upper, work);
  }

  @Test
  void overlappingDirectoriesAreRefused() throws Exception {
    Path inLower = Files.createDirectory(lower.resolve("in"));
    Path inUpper = Files.createDirectory(upper.resolve("in"));
    Path inWork = Files.createDirectory(work.resolve("in"));
    assertRefused("is inside", List.of(lower), inLower, work);
    assertRefused("is inside", List.of(lower), upper, inLower);
    assertRefused("is inside", List.of(inUpper), upper, work);
    assertRefused("is inside", List.of(inWork), upper, work);
    assertRefused("is inside", List.of(lower), upper, inUpper);
    assertRefused("is inside", List.of(lower), inWork, work);
    assertRefused("as well", List.of(upper), upper, work);
    assertRefused("as well", List.of(lower), upper, upper);
  }

  @Test
  void overlapThroughASymlinkIsRefused() throws Exception {
    Path link = Files.createSymbolicLink(tmp.resolve("link"), upper);
    assertRefused("as well", List.of(link), upper, work);
  }

  @Test
  void workOnAnotherFilesystemIsRefused() throws Exception {
    Path shm = Path.of("/dev/shm");
    Requirements.require(Files.isWritable(shm), "needs /dev/shm");
    Path other = Files.createTempDirectory(shm, "ovl-work");
    try {
      assertRefused("different filesystems", List.of(lower), upper, other);
    } finally {
      Files.delete(other);
    }
  }

  @Test
  void upperAndWorkAreInUseByOneStackOnly() throws Exception {
    Path otherWork = Files.createDirectory(tmp.resolve("work2"));
    Path otherUpper = Files.createDirectory(tmp.resolve("upper2"));
    try (LayerStack stack = open(List.of(lower), upper, work)) {
      assertRefused("upper " + upper + " is in use", List.of(lower), upper, otherWork);
      assertRefused("work directory " + work + " is in use", List.of(lower), otherUpper, work);
    }
    open(List.of(lower), upper, work).close();
  }

  @Test
  void volatileMarkRefusesTheNextMount() throws Exception {
    LayerPaths paths = new LayerPaths(List.of(lower), upper, work, null);
    LayerOptions marking = new LayerOptions(true, WhiteoutFormat.KERNEL, XattrPermissions.NONE);
    LayerStack.open(sys, paths, marking).close();
    assertTrue(Files.isDirectory(work.resolve("work/incompat/volatile/dirty")));
    assertRefused("was mounted volatile before", List.of(lower), upper, work);
  }

  @Test
  void anyNameInIncompatRefusesTheMount() throws Exception {
    Files.createDirectories(work.resolve("work/incompat/feature-of-tomorrow"));
    assertRefused("work/incompat", List.of(lower), upper, work);
  }

  @Test
  void workHasNoModeAndAnIndexIsLeftAlone() throws Exception {
    Path entry = Files.writeString(Files.createDirectory(work.resolve("index")).resolve("e"), "x");
    open(List.of(lower), upper, work).close();
    assertEquals(0, disk.stat(work.resolve("work")).permissions());
    assertTrue(Files.exists(entry), "index is not on");
  }

  @Test
  void workIsEmptiedOfWhatACrashLeft() throws Exception {
    Path left = Files.createDirectories(work.resolve("work/#1/sub"));
    Files.writeString(left.resolve("file"), "x");
    Files.createSymbolicLink(work.resolve("work/#2"), upper);
    Files.writeString(upper.resolve("kept"), "x");
    Files.createDirectory(work.resolve("other"));
    try (LayerStack stack = open(List.of(lower), upper, work)) {
      assertNotNull(stack.work());
      assertEquals(Set.of(), disk.names(work.resolve("work")));
      assertTrue(Files.exists(upper.resolve("kept")));
      assertTrue(Files.exists(work.resolve("other")), "only work/work is ours");
    }
  }

  @Test
  void freshUpperGetsAnIdentityThatStays() throws Exception {
    Requirements.needsXattrs(sys, tmp, "trusted.overlay.");
    open(List.of(lower), upper, work).close();
    byte[] uuid = disk.xattr(upper, "trusted.overlay.uuid");
    assertEquals(16, uuid.length);
    open(List.of(lower), upper, work).close();
    assertArrayEquals(uuid, disk.xattr(upper, "trusted.overlay.uuid"));
  }

  @Test
  void lowerCannotBeWrittenEvenByMistake() throws Exception {
    Requirements.needsRoot(sys);
    try (LayerStack stack = open(List.of(lower), upper, work)) {
      ovl.sys.Scratch scratch = ovl.sys.Scratch.current(sys);
      int rc = sys.mkdirat(stack.lowers().get(0).rootFd(), scratch.path("x"), 0755);
      ovl.testing.Errnos.assertFails(ovl.sys.Errno.EROFS, rc);
    }
  }
}
