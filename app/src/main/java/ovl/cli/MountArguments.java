package ovl.cli;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import ovl.mount.Access;
import ovl.mount.MountFlag;
import ovl.mount.MountOptions;
import ovl.mount.OverlayMount;
import ovl.mount.TransportKind;

/**
 * The command line of a mount. Parsed by hand: a library that does this costs a third of the time
 * from start to mounted, because its class files are too old for the class data archive.
 */
final class MountArguments {
  private final Path directory;
  private final OverlayMount.Builder mount = OverlayMount.builder();
  private Path mountpoint;
  private Path logFile;
  private boolean isForeground;
  private boolean isDebug;
  private boolean asksHelp;
  private boolean asksVersion;

  private MountArguments(Path directory) {
    this.directory = directory;
  }

  /**
   * Reads the arguments.
   *
   * @param directory what relative paths are relative to
   */
  static MountArguments parse(Path directory, List<String> arguments) throws UsageException {
    MountArguments parsed = new MountArguments(directory);
    Deque<String> rest = new ArrayDeque<>(arguments);
    boolean isOptions = true;
    while (!rest.isEmpty()) {
      String argument = rest.pop();
      if (!isOptions || !argument.startsWith("-") || argument.equals("-")) {
        parsed.positional(argument);
      } else if (argument.equals("--")) {
        isOptions = false;
      } else {
        parsed.dashed(argument, rest);
      }
    }
    return parsed;
  }

  boolean asksHelp() {
    return asksHelp;
  }

  boolean asksVersion() {
    return asksVersion;
  }

  boolean isForeground() {
    return isForeground;
  }

  boolean isDebug() {
    return isDebug;
  }

  /** Where to log, absolute; null for nowhere but the terminal. */
  Path logFile() {
    return logFile;
  }

  /** Where to mount, absolute. */
  Path mountpoint() throws UsageException {
    if (mountpoint == null) {
      throw new UsageException("no mountpoint given");
    }
    return mountpoint;
  }

  /** What to mount, checked. */
  MountOptions options() throws UsageException {
    try {
      return mount.options();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }

  private void positional(String argument) throws UsageException {
    if (mountpoint != null) {
      throw new UsageException("more than one mountpoint: " + mountpoint + " and " + argument);
    }
    mountpoint = path("the mountpoint", argument);
  }

  private void dashed(String argument, Deque<String> rest) throws UsageException {
    int equals = argument.indexOf('=');
    boolean isLong = argument.startsWith("--");
    if (!isLong && argument.startsWith("-o") && argument.length() > 2) {
      mountOptions(argument.substring(2));
    } else if (isLong && equals > 0) {
      String name = argument.substring(0, equals);
      if (!valued(name, argument.substring(equals + 1))) {
        throw new UsageException(plain(name) ? name + " takes no value" : "unknown option " + name);
      }
    } else if (!plain(argument)) {
      // The value is looked at only for a known name, so that a typing error is what is reported.
      String value = rest.peek();
      if (!valued(argument, value)) {
        throw new UsageException("unknown option " + argument);
      }
      rest.pop();
    }
  }

  private boolean plain(String name) {
    switch (name) {
      case "-f", "--foreground" -> isForeground = true;
      case "-d", "--debug" -> isDebug = true;
      case "-h", "--help" -> asksHelp = true;
      case "-V", "--version" -> asksVersion = true;
      case "--allow-other" -> mount.access(Access.ALLOW_OTHER);
      case "--allow-root" -> mount.access(Access.ALLOW_ROOT);
      case "--read-only" -> mount.readOnly(true);
      case "--volatile" -> mount.volatileWrites(true);
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean valued(String name, String value) throws UsageException {
    switch (name) {
      case "-o" -> mountOptions(present(name, value));
      case "--lower" -> lowers(name, value);
      case "--upper" -> mount.upper(path(name, value));
      case "--work" -> mount.work(path(name, value));
      case "--log-file" -> logFile = path(name, value);
      case "--transport" -> mount.transport(transport(present(name, value)));
      case "--threads" -> mount.threads(count(name, present(name, value)));
      case "--fsname" -> mount.fsName(present(name, value));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void mountOptions(String list) throws UsageException {
    for (String option : Escapes.options(list)) {
      int equals = option.indexOf('=');
      if (equals >= 0) {
        mountOption(option.substring(0, equals), option.substring(equals + 1));
      } else if (!option.isEmpty()) {
        mountOption(option);
      }
    }
  }

  private void mountOption(String name, String value) throws UsageException {
    switch (name) {
      case "lowerdir" -> lowers(name, value);
      case "upperdir" -> mount.upper(path(name, Escapes.path(value)));
      case "workdir" -> mount.work(path(name, Escapes.path(value)));
      case "fsname" -> mount.fsName(value);
      default -> throw new UsageException("unknown mount option " + name + "=" + value);
    }
  }

  private void mountOption(String name) throws UsageException {
    switch (name) {
      case "ro" -> mount.readOnly(true);
      case "rw" -> mount.readOnly(false);
      case "volatile" -> mount.volatileWrites(true);
      case "allow_other" -> mount.access(Access.ALLOW_OTHER);
      case "allow_root" -> mount.access(Access.ALLOW_ROOT);
      case "foreground" -> isForeground = true;
      case "debug" -> isDebug = true;
      case "default_permissions" -> {
        // Always on: the kernel is the one that checks modes and ACLs.
      }
      default -> mountFlag(name);
    }
  }

  private void mountFlag(String name) throws UsageException {
    for (MountFlag flag : MountFlag.values()) {
      String on = flag.name().toLowerCase(java.util.Locale.ROOT);
      String off = on.equals("sync") ? "async" : on.startsWith("no") ? on.substring(2) : null;
      if (name.equals(on) || name.equals(off)) {
        mount.flag(flag, name.equals(on));
        return;
      }
    }
    throw new UsageException("unknown mount option " + name);
  }

  private void lowers(String name, String list) throws UsageException {
    for (String layer : Escapes.layers(present(name, list))) {
      mount.lower(path(name, layer));
    }
  }

  private Path path(String name, String value) throws UsageException {
    if (present(name, value).isEmpty()) {
      throw new UsageException(name + ": empty path");
    }
    try {
      return directory.resolve(value);
    } catch (java.nio.file.InvalidPathException e) {
      throw new UsageException(name + ": " + e.getMessage());
    }
  }

  private static String present(String name, String value) throws UsageException {
    if (value == null) {
      throw new UsageException(name + " needs a value");
    }
    return value;
  }

  private static TransportKind transport(String value) throws UsageException {
    return switch (value) {
      case "dev" -> TransportKind.DEV;
      case "libfuse2" -> TransportKind.LIBFUSE2;
      default -> throw new UsageException("--transport must be dev or libfuse2, not " + value);
    };
  }

  private static int count(String name, String value) throws UsageException {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new UsageException(name + " needs a number, not " + value);
    }
  }
}
