package ovl.it.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/** What copy-ups of many small files ask of the daemon. */
final class CopyUpRequestsTest {
  private static final int FILES = 300;

  @Test
  void directoryIsNotAskedForAgainWithEachFileCopiedUpInIt() {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      FsPath lower = stack.lowers().get(0).at("d").mkdir();
      for (int i = 0; i < FILES; i++) {
        lower.at("f" + i).file("");
      }
      stack.mount();
      for (int i = 0; i < FILES; i++) {
        stack.merged().at("d/f" + i).chown(1, 1);
      }
      assertEquals(FILES, stack.upper().at("d").list().size());
      long asked = stack.status("operation GETATTR");
      assertTrue(asked < FILES / 10, asked + " GETATTR");
    }
  }

  /** On ext4 the mark of a directory that has an origin already does not fit into its inode. */
  @Test
  void blockThatTheFirstCopyUpAddsToADirectoryIsSeen() {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      stack.lowers().get(0).at("d").mkdir().at("f").file("");
      stack.mount();
      FsPath dir = stack.merged().at("d");
      dir.chmod(0711);
      long before = dir.stat().blocks();
      dir.at("f").chmod(0600);
      long blocks = stack.upper().at("d").stat().blocks();
      assertTrue(blocks > before, blocks + " > " + before);
      assertEquals(blocks, dir.stat().blocks());
    }
  }
}
