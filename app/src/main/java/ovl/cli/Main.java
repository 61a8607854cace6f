package ovl.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import ovl.daemon.Daemon;
import ovl.daemon.LogOptions;

/** The program {@code ovl-mount}, under this name or another, see {@link CalledAs}. */
public final class Main {
  /**
   * Set by the launcher: the caller's directory, which the JVM itself has left, because a daemon
   * with a cwd inside a filesystem keeps it from being unmounted.
   */
  private static final String DIRECTORY = "ovl.cwd";

  /** Set by the launcher when it waits for the line that says the mount is ready. */
  private static final String DETACHED = "ovl.detached";

  /** Set by the launcher if standard error is a terminal. */
  private static final String TERMINAL = "ovl.terminal";

  /** Set by the launcher: the name that it was called by. */
  private static final String NAME = "ovl.name";

  private Main() {}

  /**
   * Mounts, serves, and exits with 0 after the unmount or 1 if there was none; or does what another
   * {@link Command} says.
   */
  public static void main(String[] args) {
    CalledAs program = new CalledAs(System.getProperty(NAME, CalledAs.OWN_NAME));
    int status;
    try {
      status = run(program, List.of(args));
    } catch (UsageException e) {
      System.err.println(program.name() + ": " + e.getMessage());
      status = 1;
    } catch (IOException e) {
      System.err.println(program.name() + ": " + Reason.of(e));
      status = 1;
    }
    System.exit(status);
  }

  private static int run(CalledAs program, List<String> args) throws UsageException, IOException {
    WorkingDirectory directory =
        new WorkingDirectory(Path.of(System.getProperty(DIRECTORY, "")).toAbsolutePath());
    Command command = command(program, args);
    if (command != null) {
      return command.run(args.subList(1, args.size()), directory, System.out);
    }
    MountArguments arguments = MountArguments.parse(program, directory, args);
    if (arguments.asksHelp()) {
      print(program.isFuseOverlayfs() ? "fuse-overlayfs.txt" : "usage.txt");
      System.out.println();
      print("mount-options.txt");
      return 0;
    }
    for (String option : arguments.ignored()) {
      System.err.println("unknown argument ignored: " + option);
    }
    boolean isDetached = Boolean.getBoolean(DETACHED) && !arguments.isForeground();
    LogOptions log =
        new LogOptions(
            arguments.logFile(),
            arguments.isDebug(),
            !isDetached,
            !isDetached && Boolean.getBoolean(TERMINAL));
    Daemon daemon =
        new Daemon(program.name(), arguments.options(), arguments.mountpoint(), log, isDetached);
    return arguments.isFake() ? 0 : daemon.run();
  }

  /** Null if a mount is asked for. A command comes first; {@code ./status} is a mountpoint. */
  private static Command command(CalledAs program, List<String> args) {
    boolean mayBeCommand =
        program.name().equals(CalledAs.OWN_NAME) && !args.isEmpty() && !args.get(0).startsWith("-");
    return mayBeCommand ? Command.named(args.get(0)) : null;
  }

  private static void print(String resource) throws IOException {
    try (InputStream text = Main.class.getResourceAsStream(resource)) {
      text.transferTo(System.out);
    }
    System.out.flush();
  }
}
