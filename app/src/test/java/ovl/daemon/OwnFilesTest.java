package ovl.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnFilesTest {
  @TempDir private Path directory;

  @Test
  void logBelowTheMountpointIsRefusedAlsoThroughALink() throws IOException {
    Path merged = Files.createDirectory(directory.resolve("merged"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), merged);
    OwnFiles own = new OwnFiles(merged);
    assertThrows(IOException.class, () -> own.prepareLog(merged.resolve("log")));
    assertThrows(IOException.class, () -> own.prepareLog(link.resolve("log")));
    assertThrows(IOException.class, () -> new OwnFiles(link).prepareLog(merged.resolve("log")));
    assertFalse(Files.exists(merged.resolve("log")));
  }

  @Test
  void missingLogIsMadeAndAnExistingOneKept() throws IOException {
    Path log = directory.resolve("log");
    OwnFiles own = new OwnFiles(directory.resolve("merged"));
    own.prepareLog(log);
    assertTrue(Files.exists(log));
    Files.writeString(log, "line\n");
    own.prepareLog(log);
    assertEquals("line\n", Files.readString(log));
  }

  @Test
  void logThatCannotBeWrittenIsRefused() {
    OwnFiles own = new OwnFiles(directory.resolve("merged"));
    assertThrows(IOException.class, () -> own.prepareLog(directory));
    assertThrows(IOException.class, () -> own.prepareLog(directory.resolve("missing/log")));
  }

  @Test
  void mountpointAboveTheProgramIsRefused() {
    assertThrows(IOException.class, new OwnFiles(Path.of("/"))::requireProgramOutside);
    assertThrows(
        IOException.class,
        new OwnFiles(Path.of(System.getProperty("java.home")))::requireProgramOutside);
  }
}
