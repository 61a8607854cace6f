package ovl.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The caller's, which relative paths in the arguments are relative to. */
record WorkingDirectory(Path path) {
  /**
   * The path that an option or argument names.
   *
   * @param name of the option, for messages
   * @param value null if it was given none
   */
  Path resolve(String name, String value) throws UsageException {
    if (value == null) {
      throw new UsageException(name + " needs a value");
    }
    if (value.isEmpty()) {
      throw new UsageException(name + ": empty path");
    }
    try {
      return path.resolve(value);
    } catch (InvalidPathException e) {
      throw new UsageException(name + ": " + e.getMessage());
    }
  }
}
