package ovl.it.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.overlay.Workspace;

/** Operations and copy-ups as events of Java Flight Recorder. */
final class RecordingTest {
  private static final int SECONDS = 3;

  @ParameterizedTest
  @EnumSource(
      value = MountKind.class,
      names = {"DEV", "LIBFUSE2"})
  void operationsAndCopyUpsAreEvents(MountKind kind) throws Exception {
    FsPath recording = Workspace.get().root().at(Workspace.get().newName("recording") + ".jfr");
    try (Overlay stack = new Overlay(kind, Backing.EXT4)) {
      stack.lowers().get(0).at("d").mkdir().at("f").file("lower");
      List<String> command = new ArrayList<>(List.of("env"));
      command.add(
          "OVL_JAVA_OPTS=-XX:StartFlightRecording:filename="
              + recording
              + ",+ovl.Operation#threshold=0ms");
      command.addAll(Launcher.command(stack.launcherArguments()));
      stack.tryMount(command).orFail("ovl-mount");
      // The events begin a moment after the mount.
      for (int i = 0; i < 10 * SECONDS; i++) {
        stack.merged().at("n" + i).mkdir();
        Thread.sleep(100);
      }
      stack.merged().at("d/f").append("+more");
      stack.unmount();
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(Path.of(recording.toString()));
    String mkdir = kind == MountKind.DEV ? "MKDIR" : "mkdir";
    assertTrue(
        events.stream()
            .filter(event -> event.getEventType().getName().equals("ovl.Operation"))
            .anyMatch(event -> event.getString("operation").equals(mkdir)));
    List<String> copied =
        events.stream()
            .filter(event -> event.getEventType().getName().equals("ovl.CopyUp"))
            .map(event -> event.getString("path") + " " + event.getLong("size"))
            .toList();
    assertEquals(List.of("/d 0", "/d/f 5"), copied);
    recording.unlink();
  }
}
