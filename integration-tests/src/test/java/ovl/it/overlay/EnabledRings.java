package ovl.it.overlay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Assumptions;

/**
 * Has the kernel offer FUSE over io_uring to the mounts that are made until {@link #close}, as an
 * administrator would; a mount keeps what it was offered. The parameter is locked meanwhile: of two
 * test runs, one might else take the other's value for the one before. Mounts that others make at
 * that time are offered it too.
 */
public final class EnabledRings implements AutoCloseable {
  private static final Path PARAMETER = Path.of("/sys/module/fuse/parameters/enable_uring");

  private final FileChannel parameter;
  private final String before;

  /** Skips the test where the kernel is not able to. */
  public EnabledRings() {
    if (!Files.isWritable(PARAMETER)) {
      System.err.println("skipped: FUSE over io_uring: no " + PARAMETER);
      Assumptions.abort("no " + PARAMETER);
    }
    try {
      parameter = FileChannel.open(PARAMETER, StandardOpenOption.READ, StandardOpenOption.WRITE);
      parameter.lock();
      // By the channel: a lock ends as soon as its process closes any descriptor of the file.
      ByteBuffer value = ByteBuffer.allocate(16);
      parameter.read(value, 0);
      before = new String(value.array(), 0, value.position(), StandardCharsets.US_ASCII);
      set("Y");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void set(String value) throws IOException {
    parameter.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  @Override
  public void close() {
    try {
      set(before);
      parameter.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
