package ovl.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class ReadinessTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final AtomicBoolean isReleased = new AtomicBoolean();

  @Test
  void detachedDaemonSaysReadyAndThenLetsTheChannelGo() throws IOException {
    Readiness readiness = readiness(said, true);
    readiness.note("something is missing");
    assertFalse(isReleased.get());
    readiness.ready();
    assertEquals("ovl-mount: something is missing\nready\n", said.toString(UTF_8));
    assertTrue(isReleased.get());
  }

  @Test
  void foregroundDaemonSaysNothingAndKeepsItsTerminal() throws IOException {
    readiness(said, false).ready();
    assertEquals("", said.toString(UTF_8));
    assertFalse(isReleased.get());
  }

  @Test
  void failureIsOneLine() {
    readiness(said, true).failed("first\nsecond");
    assertEquals("ovl-mount: first second\n", said.toString(UTF_8));
  }

  @Test
  void launcherThatIsGoneIsNoticed() {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertThrows(IOException.class, readiness(broken, true)::ready);
  }

  private Readiness readiness(OutputStream channel, boolean isDetached) {
    return new Readiness(
        "ovl-mount", new PrintStream(channel, true, UTF_8), isDetached, () -> isReleased.set(true));
  }
}
