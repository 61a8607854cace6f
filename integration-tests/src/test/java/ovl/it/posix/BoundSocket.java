package ovl.it.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import ovl.it.os.FsPath;

/** A Unix socket with a name in the filesystem, for one byte there. */
final class BoundSocket {
  private BoundSocket() {}

  /** Binds, connects and sends one byte. */
  static boolean echoes(FsPath path) {
    String name = new String(path.bytes(), StandardCharsets.UTF_8);
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(name);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      try (SocketChannel client = SocketChannel.open(address);
          SocketChannel accepted = server.accept()) {
        client.write(ByteBuffer.wrap(new byte[] {42}));
        ByteBuffer got = ByteBuffer.allocate(1);
        accepted.read(got);
        return got.get(0) == 42;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
