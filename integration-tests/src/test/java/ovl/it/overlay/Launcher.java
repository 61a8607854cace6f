package ovl.it.overlay;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import ovl.it.os.Exec;

/** scripts/ovl-mount as a user runs it. */
public final class Launcher {
  /** Where it is; {@code -Dovl.launcher=} names an installed one. */
  public static final Path PATH =
      Path.of(System.getProperty("ovl.launcher", "../scripts/ovl-mount")).toAbsolutePath();

  private Launcher() {}

  /** Runs it with these arguments, to its end. */
  public static Exec run(String... arguments) {
    return Exec.run(command(List.of(arguments)), null);
  }

  /** The command line for these arguments; the launcher gets a minute, so that nothing can hang. */
  public static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>(Exec.within(60));
    command.add(PATH.normalize().toString());
    command.addAll(arguments);
    return command;
  }
}
