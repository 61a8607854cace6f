package ovl.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Syscalls;
import ovl.testing.Disk;
import ovl.testing.Requirements;

/** The rules of docker diff, each on layers made by hand. */
final class LayerDiffTest {
  private static final FileTime LONG_AGO = FileTime.from(Instant.EPOCH.plusSeconds(1_000_000));
  private static final byte[] YES = {'y'};

  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);

  @TempDir Path tmp;
  private Path upper;
  private Path lower;
  private Path bottom;

  @BeforeEach
  void makeLayers() throws Exception {
    Requirements.needsWhiteouts(sys, tmp);
    Requirements.needsXattrs(sys, tmp, "trusted.overlay.");
    upper = Files.createDirectory(tmp.resolve("upper"));
    lower = Files.createDirectory(tmp.resolve("lower"));
    bottom = Files.createDirectory(tmp.resolve("bottom"));
  }

  private static Path file(Path layer, String name, String content) throws Exception {
    Path file = layer.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return Files.setLastModifiedTime(file, LONG_AGO);
  }

  private static Path dir(Path layer, String name) throws Exception {
    return Files.createDirectories(layer.resolve(name));
  }

  private List<String> diff(boolean hasAufsNames) throws Exception {
    MountOptions options =
        OverlayMount.builder()
            .lower(upper)
            .lower(lower)
            .lower(bottom)
            .aufsNames(hasAufsNames)
            .options();
    return LayerDiff.ofTop(options).stream()
        .map(change -> change.kind() + " " + new String(change.path(), StandardCharsets.UTF_8))
        .toList();
  }

  private List<String> diff() throws Exception {
    return diff(false);
  }

  @Test
  void emptyUpperChangesNothing() throws Exception {
    file(lower, "d/a", "x");
    assertEquals(List.of(), diff());
  }

  @Test
  void newFilesAndAllThatIsInNewDirectoriesIsAdded() throws Exception {
    file(lower, "d/a", "x");
    file(upper, "d/b", "x");
    file(upper, "n/o/p", "x");
    assertEquals(List.of("C /d", "A /d/b", "A /n", "A /n/o", "A /n/o/p"), diff());
  }

  @Test
  void copyThatDiffersInNothingIsNoChange() throws Exception {
    file(bottom, "d/a", "x");
    file(upper, "d/a", "x");
    assertEquals(List.of(), diff());
  }

  @Test
  void contentTimeAndModeAreChanges() throws Exception {
    for (String name : new String[] {"size", "time", "mode"}) {
      file(bottom, "d/" + name, "x");
      file(upper, "d/" + name, "x");
    }
    file(upper, "d/size", "xx");
    Files.setLastModifiedTime(upper.resolve("d/time"), FileTime.from(Instant.now()));
    Files.setPosixFilePermissions(
        upper.resolve("d/mode"), PosixFilePermissions.fromString("rwx--x--x"));
    assertEquals(List.of("C /d", "C /d/mode", "C /d/size", "C /d/time"), diff());
  }

  @Test
  void timeOfADirectoryIsNoChangeAndItsModeIs() throws Exception {
    dir(lower, "time");
    dir(lower, "mode");
    Files.setLastModifiedTime(dir(upper, "time"), LONG_AGO);
    Files.setPosixFilePermissions(dir(upper, "mode"), PosixFilePermissions.fromString("rwx------"));
    assertEquals(List.of("C /mode"), diff());
  }

  @Test
  void deletedDirectoryIsOneLine() throws Exception {
    file(lower, "d/e/a", "x");
    file(bottom, "d/e/b", "x");
    dir(upper, "d");
    disk.whiteout(upper.resolve("d/e"));
    assertEquals(List.of("C /d", "D /d/e"), diff());
  }

  @Test
  void whiteoutOverNothingIsNoChange() throws Exception {
    disk.whiteout(upper.resolve("a"));
    file(bottom, "b", "x");
    disk.whiteout(lower.resolve("b"));
    disk.whiteout(upper.resolve("b"));
    assertEquals(List.of(), diff());
  }

  @Test
  void opaqueDirectoryDeletesWhatItDoesNotRepeat() throws Exception {
    file(lower, "d/kept", "x");
    file(lower, "d/gone", "x");
    file(bottom, "d/sub/deep", "x");
    file(upper, "d/kept", "x");
    file(upper, "d/new", "x");
    disk.setXattr(upper.resolve("d"), "trusted.overlay.opaque", YES);
    assertEquals(List.of("C /d", "D /d/gone", "A /d/new", "D /d/sub"), diff());
  }

  @Test
  void fileInThePlaceOfADirectoryIsAChange() throws Exception {
    file(lower, "d/a", "x");
    file(upper, "d", "x");
    file(lower, "f", "x");
    file(upper, "f/a", "x");
    assertEquals(List.of("C /d", "C /f", "A /f/a"), diff());
  }

  @Test
  void renamedDirectoryIsADeletionAndAllThatIsNowInTheNewOne() throws Exception {
    file(lower, "old/a", "x");
    file(bottom, "old/sub/b", "x");
    dir(upper, "new");
    disk.setXattr(
        upper.resolve("new"), "trusted.overlay.redirect", "old".getBytes(StandardCharsets.UTF_8));
    disk.whiteout(upper.resolve("old"));
    assertEquals(List.of("A /new", "A /new/a", "A /new/sub", "A /new/sub/b", "D /old"), diff());
  }

  @Test
  void marksByNameAreUnderstoodOnlyWhereAsked() throws Exception {
    file(lower, "d/a", "x");
    file(upper, "d/.wh.a", "");
    assertEquals(List.of("C /d", "D /d/a"), diff(true));
    assertEquals(List.of("C /d", "A /d/.wh.a"), diff());
  }

  @Test
  void stackOfOneLayerIsRefused() {
    MountOptions one = OverlayMount.builder().lower(upper).options();
    assertThrows(IllegalArgumentException.class, () -> LayerDiff.ofTop(one));
  }
}
