package ovl.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * The arguments of a command that takes {@code --json} and otherwise names of files.
 *
 * @param isJson whether the output is for programs
 */
record Arguments(boolean isJson, List<String> names) {
  static Arguments parse(List<String> arguments) throws UsageException {
    List<String> names = new ArrayList<>();
    boolean isJson = false;
    boolean isOptions = true;
    for (String argument : arguments) {
      if (!isOptions || !argument.startsWith("-")) {
        names.add(argument);
      } else if (argument.equals("--")) {
        isOptions = false;
      } else if (argument.equals("--json")) {
        isJson = true;
      } else {
        throw new UsageException("unknown option " + argument);
      }
    }
    return new Arguments(isJson, names);
  }
}
