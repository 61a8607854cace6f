package ovl.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import ovl.daemon.Daemon;
import ovl.daemon.LogOptions;

/** The program {@code ovl-mount}. */
public final class Main {
  /**
   * Set by the launcher: the caller's directory, which the JVM itself has left, because a daemon
   * with a cwd inside a filesystem keeps it from being unmounted.
   */
  private static final String DIRECTORY = "ovl.cwd";

  /** Set by the launcher when it waits for the line that says the mount is ready. */
  private static final String DETACHED = "ovl.detached";

  private Main() {}

  /** Mounts, serves, and exits with 0 after the unmount or 1 if there was none. */
  public static void main(String[] args) {
    int status;
    try {
      status = run(List.of(args));
    } catch (UsageException e) {
      System.err.println("ovl-mount: " + e.getMessage());
      status = 1;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    System.exit(status);
  }

  private static int run(List<String> args) throws UsageException, IOException {
    Path directory = Path.of(System.getProperty(DIRECTORY, "")).toAbsolutePath();
    MountArguments arguments = MountArguments.parse(directory, args);
    if (arguments.asksHelp()) {
      return print("usage.txt");
    }
    if (arguments.asksVersion()) {
      return print("version.txt");
    }
    boolean isDetached = Boolean.getBoolean(DETACHED) && !arguments.isForeground();
    LogOptions log = new LogOptions(arguments.logFile(), arguments.isDebug(), !isDetached);
    return new Daemon(arguments.options(), arguments.mountpoint(), log, isDetached).run();
  }

  private static int print(String resource) throws IOException {
    try (InputStream text = Main.class.getResourceAsStream(resource)) {
      text.transferTo(System.out);
    }
    System.out.flush();
    return 0;
  }
}
