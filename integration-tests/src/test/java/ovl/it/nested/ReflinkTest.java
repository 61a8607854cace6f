package ovl.it.nested;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** Where the filesystem can share blocks, a copy-up takes none but those that are written. */
final class ReflinkTest {
  private static final int MEBIBYTE = 1 << 20;

  @ParameterizedTest
  @EnumSource(MountKind.class)
  void copyUpSharesItsBlocksWithTheLower(MountKind kind) {
    try (Overlay stack = new Overlay(kind, Backing.XFS)) {
      FsPath lower = stack.lowers().get(0).at("f").file("x".repeat(4 * MEBIBYTE));
      try (OpenFile file = lower.open(Linux.O_RDONLY)) {
        file.fsync();
      }
      stack.mount();
      try (OpenFile file = stack.merged().at("f").open(Linux.O_RDWR)) {
        file.pwrite("changed", MEBIBYTE);
        file.fsync();
      }
      long shared = blocksOf(stack.upper().at("f"), "shared");
      long all = blocksOf(stack.upper().at("f"), "");
      assertEquals(4 * MEBIBYTE / 4096, all);
      assertTrue(shared > 0 && shared < all, () -> shared + " of " + all + " blocks are shared");
    }
  }

  /** How many blocks are in extents that have a flag. */
  private static long blocksOf(FsPath file, String flag) {
    String script = "filefrag -b4096 -v \"$1\" | grep '^ *[0-9]*:' | grep -F \"$2\" | tr -d ' '";
    return Exec.bash(script, file, flag)
        .out()
        .lines()
        .mapToLong(extent -> Long.parseLong(extent.split(":")[3]))
        .sum();
  }
}
