package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MountEntryTest {
  @Test
  void procIsMountedOnProc() throws Exception {
    List<MountEntry> proc =
        MountEntry.all().stream().filter(mount -> mount.mountpoint().equals("/proc")).toList();
    assertTrue(!proc.isEmpty());
    assertEquals("proc", proc.get(proc.size() - 1).type());
    assertEquals("/", proc.get(proc.size() - 1).root());
  }

  @Test
  void lineIsTakenApartAndUnescaped() {
    String line = "36 35 98:0 /a /with\\040blank\\134 rw,noatime master:1 - fuse.x /dev/root rw";
    assertEquals(
        new MountEntry(36, "98:0", "/a", "/with blank\\", "fuse.x"), MountEntry.parse(line));
    String plain = "36 35 98:0 / / rw - ext4 /dev/root rw";
    assertEquals(new MountEntry(36, "98:0", "/", "/", "ext4"), MountEntry.parse(plain));
  }
}
