package ovl.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;

/** Something that the program does other than mounting. */
interface Command {
  /**
   * Does it.
   *
   * @param arguments those after the name of the command
   * @return the exit status
   * @throws IOException with a message for the user
   */
  int run(List<String> arguments, WorkingDirectory directory, PrintStream out)
      throws UsageException, IOException;

  /** The command of that name; null if there is none. */
  static Command named(String name) {
    return switch (name) {
      case "status" -> new StatusCommand();
      case "diff" -> new DiffCommand();
      case "which" -> new WhichCommand();
      default -> null;
    };
  }
}
