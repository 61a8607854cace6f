package ovl.it.passthrough;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.Programs;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/** What readers see who are beside somebody that writes by O_DIRECT. */
final class DirectWritesTest {
  private static final String CONTENT = "before".repeat(1 << 14).substring(0, 1 << 16);

  @Test
  void onTheKernelsNothingOldIsReadAfterAWriteByAio() throws IOException {
    try (Overlay stack = new Overlay(MountKind.KERNEL, Backing.EXT4)) {
      assertNothingOldIsRead(stack);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "off"})
  void nothingOldIsReadAfterAWriteByAio(String passthrough) throws IOException {
    try (Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4)) {
      stack.option("--passthrough=" + passthrough);
      assertNothingOldIsRead(stack);
    }
  }

  private static void assertNothingOldIsRead(Overlay stack) throws IOException {
    Programs.need("cc", "gcc");
    FsPath source = stack.home().at("aio.c");
    try (InputStream in = DirectWritesTest.class.getResourceAsStream("aio-beside-reader.c")) {
      Files.copy(in, Path.of(source.toString()));
    }
    FsPath program = stack.home().at("aio");
    Exec.ok("cc", "-Wall", "-Werror", "-pthread", "-o", program.toString(), source.toString());
    stack.upper().at("upper").file(CONTENT);
    stack.mount();
    assertEquals("0\n", oldReads(program, stack.merged().at("upper")));
    stack.merged().at("new").file(CONTENT);
    assertEquals("0\n", oldReads(program, stack.merged().at("new")));
  }

  private static String oldReads(FsPath program, FsPath file) {
    return Exec.bash("timeout 60 \"$1\" \"$2\"", program, file).orFail("aio").out();
  }
}
