package ovl.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import ovl.mount.CopyUpProgress;

final class CopyUpDisplayTest {
  private static final long SECOND = 1_000_000_000;
  private static final long MIB = 1 << 20;
  private static final String ERASE = "\r\033[K";

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private List<CopyUpProgress> running = List.of();
  private final CopyUpDisplay display =
      new CopyUpDisplay(() -> running, new PrintStream(written, true, StandardCharsets.UTF_8));

  private String update(CopyUpProgress... now) {
    running = List.of(now);
    written.reset();
    display.update();
    return written.toString(StandardCharsets.UTF_8);
  }

  @Test
  void shortCopyUpsAreNotShown() {
    assertEquals("", update());
    assertEquals("", update(new CopyUpProgress("/a", 1, 2, SECOND / 2)));
  }

  @Test
  void lineIsWrittenOverAndErasedAtTheEnd() {
    assertEquals(
        ERASE + "copy-up of /a: 1 of 4 MiB, 25%",
        update(new CopyUpProgress("/a", MIB, 4 * MIB, 2 * SECOND)));
    assertEquals(
        ERASE + "copy-up of /a: 3 of 4 MiB, 75%",
        update(new CopyUpProgress("/a", 3 * MIB, 4 * MIB, 3 * SECOND)));
    assertEquals(ERASE, update());
    assertEquals("", update());
  }

  @Test
  void endOfTheMountErasesTheLine() {
    update(new CopyUpProgress("/a", MIB, 4 * MIB, 2 * SECOND));
    written.reset();
    display.erase();
    display.erase();
    assertEquals(ERASE, written.toString(StandardCharsets.UTF_8));
  }

  @Test
  void ofSeveralTheLongestIsShown() {
    assertEquals(
        ERASE + "copy-up of /b: 0 of 4 MiB, 0%, and 1 more",
        update(
            new CopyUpProgress("/a", MIB, 4 * MIB, 2 * SECOND),
            new CopyUpProgress("/b", 0, 4 * MIB, 3 * SECOND)));
  }

  @Test
  void longPathIsCutAndControlCharactersAreNotSentToTheTerminal() {
    String path = "/" + "x".repeat(50) + "\033[2J";
    assertEquals(
        ERASE + "copy-up of ..." + "x".repeat(36) + "?[2J: 0 of 4 MiB, 0%",
        update(new CopyUpProgress(path, 0, 4 * MIB, 2 * SECOND)));
  }
}
