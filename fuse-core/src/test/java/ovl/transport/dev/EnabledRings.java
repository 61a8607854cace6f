package ovl.transport.dev;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Has the kernel offer FUSE over io_uring to the mounts made until {@link #close}. The parameter is
 * locked meanwhile: of two test runs, one might else take the other's value for the one before.
 */
final class EnabledRings implements AutoCloseable {
  private static final Path PARAMETER = Path.of("/sys/module/fuse/parameters/enable_uring");

  private final FileChannel parameter;
  private final String before;

  EnabledRings() throws IOException {
    parameter = FileChannel.open(PARAMETER, StandardOpenOption.READ, StandardOpenOption.WRITE);
    parameter.lock();
    // By the channel: a lock ends as soon as its process closes any descriptor of the file.
    ByteBuffer value = ByteBuffer.allocate(16);
    parameter.read(value, 0);
    before = new String(value.array(), 0, value.position(), StandardCharsets.US_ASCII);
    set("Y");
  }

  private void set(String value) throws IOException {
    parameter.write(ByteBuffer.wrap(value.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  static boolean arePossible() {
    return Files.isWritable(PARAMETER);
  }

  @Override
  public void close() throws IOException {
    set(before);
    parameter.close();
  }
}
