package ovl.it.overlay;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class RunOptionsTest {
  private final Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4);

  @AfterEach
  void close() {
    stack.close();
  }

  @Test
  void holdForMountsThatSayNothing() {
    mountInARunWithoutPassthrough();
    assertPassthroughIs("off");
  }

  @Test
  void giveWayToWhatATestSays() {
    stack.option("--passthrough=auto");
    mountInARunWithoutPassthrough();
    assertPassthroughIs("on");
  }

  private void mountInARunWithoutPassthrough() {
    String before = System.getProperty(RunOptions.PASSTHROUGH);
    System.setProperty(RunOptions.PASSTHROUGH, "off");
    try {
      stack.mount();
    } finally {
      if (before == null) {
        System.clearProperty(RunOptions.PASSTHROUGH);
      } else {
        System.setProperty(RunOptions.PASSTHROUGH, before);
      }
    }
  }

  private void assertPassthroughIs(String word) {
    String status = stack.merged().xattr("user.ovl-mount.status");
    assertTrue(status.contains("\npassthrough " + word + "\n"), status);
  }
}
