package ovl.daemon;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;

/**
 * What the daemon tells whoever started it. A detached daemon's standard output and error are one
 * pipe to the launcher, which passes on every line until one says {@value #READY}; the end of the
 * pipe without that line means that there is no mount.
 */
final class Readiness {
  static final String READY = "ready";

  private final String program;
  private final PrintStream channel;
  private final boolean isDetached;
  private final Closeable stdio;

  /**
   * @param program the name that messages begin with
   * @param channel where lines go
   * @param isDetached say {@value #READY} and let the channel go
   * @param stdio closed to let the channel go
   */
  Readiness(String program, PrintStream channel, boolean isDetached, Closeable stdio) {
    this.program = program;
    this.channel = channel;
    this.isDetached = isDetached;
    this.stdio = stdio;
  }

  /** For this process's own standard output and error. */
  static Readiness ofProcess(String program, boolean isDetached) {
    return new Readiness(program, System.err, isDetached, new StandardStreams());
  }

  /** Something the user should know although the mount succeeds. */
  void note(String line) {
    channel.println(program + ": " + line);
  }

  /**
   * The mount is usable.
   *
   * @throws IOException if the launcher is gone: whoever asked for the mount was told that it
   *     failed, or was killed, so it must not stay
   */
  void ready() throws IOException {
    if (!isDetached) {
      return;
    }
    channel.println(READY);
    if (channel.checkError()) {
      throw new IOException("nobody waits for the mount any more");
    }
    stdio.close();
  }

  /** There is no mount, and why. */
  void failed(String reason) {
    channel.println(program + ": " + reason.replace('\n', ' '));
    channel.flush();
  }

  /**
   * Closing one of the first three descriptors is, in Java, replacing it by /dev/null: the numbers
   * stay taken, and nothing that writes to them by habit can hit another file.
   */
  private static final class StandardStreams implements Closeable {
    @Override
    public void close() throws IOException {
      for (FileDescriptor fd : new FileDescriptor[] {FileDescriptor.out, FileDescriptor.err}) {
        new FileOutputStream(fd).close();
      }
    }
  }
}
