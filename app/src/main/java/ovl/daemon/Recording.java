package ovl.daemon;

import java.util.concurrent.TimeUnit;
import jdk.jfr.FlightRecorder;
import ovl.mount.OverlayMount;

/**
 * Lets Java Flight Recorder see what a mount does: at once if it is recording, else after a while,
 * for a recording that somebody may start some day. Its two hundred classes are part of no class
 * data archive, and a mount that is gone after a second should not have loaded them.
 */
final class Recording {
  private static final int PATIENCE_SECONDS = 5;

  private Recording() {}

  /** Arranges for that, if this runtime has a Flight Recorder; takes no time itself. */
  static void arrange(OverlayMount mount) {
    if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) {
      return;
    }
    Thread thread = new Thread(() -> record(mount), "ovl-recording");
    thread.setDaemon(true);
    thread.start();
  }

  private static void record(OverlayMount mount) {
    try {
      if (!FlightRecorder.isInitialized()) {
        TimeUnit.SECONDS.sleep(PATIENCE_SECONDS);
      }
      mount.record();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }
}
