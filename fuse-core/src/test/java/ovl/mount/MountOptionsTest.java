package ovl.mount;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import ovl.layer.WhiteoutFormat;
import ovl.overlay.OverlayOptions;

final class MountOptionsTest {
  private static final Path A = Path.of("/a");
  private static final Path B = Path.of("/b");

  @Test
  void builderKeepsTheOrderOfLowers() {
    MountOptions options = OverlayMount.builder().lower(A).lower(B).options();
    assertEquals(List.of(A, B), options.lowers());
  }

  @Test
  void optionsDoNotChangeWithTheBuilder() {
    OverlayMountBuilder builder = OverlayMount.builder().lower(A).flag(MountFlag.NODEV, true);
    MountOptions options = builder.options();
    builder.lower(B).flag(MountFlag.NODEV, false);
    assertEquals(List.of(A), options.lowers());
    assertEquals(Set.of(MountFlag.NODEV), options.flags());
  }

  @Test
  void upperAndWorkGoTogether() {
    OverlayMountBuilder upperOnly = OverlayMount.builder().lower(A).upper(B);
    assertThrows(IllegalArgumentException.class, upperOnly::options);
    OverlayMountBuilder workOnly = OverlayMount.builder().lower(A).work(B);
    assertThrows(IllegalArgumentException.class, workOnly::options);
  }

  @Test
  void mountWithoutLayersIsRefused() {
    assertThrows(IllegalArgumentException.class, OverlayMount.builder()::options);
  }

  @Test
  void senselessThreadsAndNamesAreRefused() {
    OverlayMountBuilder threads = OverlayMount.builder().lower(A).threads(-1);
    assertThrows(IllegalArgumentException.class, threads::options);
    OverlayMountBuilder name = OverlayMount.builder().lower(A).fsName("a b");
    assertThrows(IllegalArgumentException.class, name::options);
  }

  @Test
  void senselessTimesAndNullsAreRefused() {
    OverlayMountBuilder builder = OverlayMount.builder().lower(A);
    assertThrows(IllegalArgumentException.class, () -> builder.cacheTimeout(Duration.ofNanos(-1)));
    builder.cacheTimeout(Duration.ofSeconds(Long.MAX_VALUE)).options();
    assertThrows(NullPointerException.class, () -> builder.passthrough(null));
    builder.access(null);
    assertThrows(NullPointerException.class, builder::options);
  }

  @Test
  void idMapsAreReadAndSquashingToAnIdWinsOverRoot() {
    OverlayMountBuilder builder = OverlayMount.builder().lower(A);
    builder.uidMapping(":0:1000:1:1:100000:65536").squashToRoot(true).squashToGid(5);
    OverlayOptions overlay = builder.options().overlay();
    assertEquals(0, overlay.uids().toShown(7));
    assertEquals(1, overlay.uids().toDisk(100000));
    assertEquals(5, overlay.gids().toShown(7));
  }

  @Test
  void idOutsideTheMapBecomesWhatTheKernelSays() throws Exception {
    ProcessBuilder cat = new ProcessBuilder("cat", "/proc/sys/kernel/overflowgid");
    String said = new String(cat.start().getInputStream().readAllBytes(), US_ASCII).trim();
    OverlayMountBuilder builder = OverlayMount.builder().lower(A).gidMapping("0:1:1");
    assertEquals(Integer.parseInt(said), builder.options().overlay().gids().toShown(9));
  }

  @Test
  void malformedIdMapIsRefusedInOneLine() {
    OverlayMountBuilder builder = OverlayMount.builder().lower(A).gidMapping("0:1");
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, builder::options);
    assertEquals("invalid mapping specified: 0:1", e.getMessage());
  }

  @Test
  void forbiddenDeviceWhiteoutsLeaveAufsNames() {
    OverlayMountBuilder builder = OverlayMount.builder().lower(A);
    assertEquals(WhiteoutFormat.KERNEL, builder.options().layers().whiteouts());
    builder.aufsNames(true);
    assertEquals(WhiteoutFormat.KERNEL_AND_AUFS, builder.options().layers().whiteouts());
    builder.aufsNames(false).deviceWhiteouts(false);
    assertEquals(WhiteoutFormat.AUFS, builder.options().layers().whiteouts());
  }

  @Test
  void onlyVolatileAsksForTheMark() {
    MountOptions unsynced = OverlayMount.builder().lower(A).sync(false).options();
    assertTrue(unsynced.isVolatile());
    assertFalse(unsynced.layers().marksVolatile());
    MountOptions marked = OverlayMount.builder().lower(A).volatileWrites(true).options();
    assertTrue(marked.isVolatile() && marked.layers().marksVolatile());
  }

  @Test
  void unknownKindOfXattrPermissionsIsRefused() {
    OverlayMountBuilder builder = OverlayMount.builder();
    assertThrows(IllegalArgumentException.class, () -> builder.xattrPermissions(3));
  }

  @Test
  void missingMountpointIsNamed() {
    OverlayMountBuilder builder = OverlayMount.builder().lower(A);
    OverlayMountException e =
        assertThrows(OverlayMountException.class, () -> builder.mount(Path.of("/nowhere/at/all")));
    assertEquals("mountpoint /nowhere/at/all: No such file or directory", e.getMessage());
  }

  @Test
  void fileAsMountpointIsRefused() {
    OverlayMountBuilder builder = OverlayMount.builder().lower(A);
    OverlayMountException e =
        assertThrows(OverlayMountException.class, () -> builder.mount(Path.of("/etc/passwd")));
    assertEquals("mountpoint /etc/passwd: Not a directory", e.getMessage());
  }
}
