package ovl.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

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
    OverlayMount.Builder builder = OverlayMount.builder().lower(A).flag(MountFlag.NODEV, true);
    MountOptions options = builder.options();
    builder.lower(B).flag(MountFlag.NODEV, false);
    assertEquals(List.of(A), options.lowers());
    assertEquals(Set.of(MountFlag.NODEV), options.flags());
  }

  @Test
  void upperAndWorkGoTogether() {
    OverlayMount.Builder upperOnly = OverlayMount.builder().lower(A).upper(B);
    assertThrows(IllegalArgumentException.class, upperOnly::options);
    OverlayMount.Builder workOnly = OverlayMount.builder().lower(A).work(B);
    assertThrows(IllegalArgumentException.class, workOnly::options);
  }

  @Test
  void mountWithoutLayersIsRefused() {
    assertThrows(IllegalArgumentException.class, OverlayMount.builder()::options);
  }

  @Test
  void senselessThreadsAndNamesAreRefused() {
    OverlayMount.Builder threads = OverlayMount.builder().lower(A).threads(-1);
    assertThrows(IllegalArgumentException.class, threads::options);
    OverlayMount.Builder name = OverlayMount.builder().lower(A).fsName("a b");
    assertThrows(IllegalArgumentException.class, name::options);
  }

  @Test
  void missingMountpointIsNamed() {
    OverlayMount.Builder builder = OverlayMount.builder().lower(A);
    OverlayMountException e =
        assertThrows(OverlayMountException.class, () -> builder.mount(Path.of("/nowhere/at/all")));
    assertEquals("mountpoint /nowhere/at/all: No such file or directory", e.getMessage());
  }

  @Test
  void fileAsMountpointIsRefused() {
    OverlayMount.Builder builder = OverlayMount.builder().lower(A);
    OverlayMountException e =
        assertThrows(OverlayMountException.class, () -> builder.mount(Path.of("/etc/passwd")));
    assertEquals("mountpoint /etc/passwd: Not a directory", e.getMessage());
  }
}
