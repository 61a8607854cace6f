package ovl.cli;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import ovl.mount.Access;
import ovl.mount.MountFlag;
import ovl.mount.MountOptions;
import ovl.mount.OverlayMount;
import ovl.mount.OverlayMountBuilder;
import ovl.mount.Passthrough;
import ovl.mount.TransportKind;

/**
 * The command line of a mount, ours and fuse-overlayfs's, which is read more leniently: an unknown
 * option is {@link #ignored} and a source may precede the mountpoint. Parsed by hand: a library
 * that does this costs a third of the time from start to mounted, because its class files are too
 * old for the class data archive.
 */
final class MountArguments {
  /** Fuse-overlayfs's environment variable: make whiteouts as files only. */
  private static final String NO_DEVICE_WHITEOUTS = "FUSE_OVERLAYFS_DISABLE_OVL_WHITEOUT";

  private final CalledAs program;
  private final WorkingDirectory directory;
  private final OverlayMountBuilder mount = OverlayMount.builder();
  private final LayerArguments layers;
  private final OptionWords words;
  private final List<String> positionals = new ArrayList<>();
  private final List<String> ignored = new ArrayList<>();
  private String refusal;
  private Path logFile;
  private boolean isLenient;
  private boolean isForeground;
  private boolean isDebug;
  private boolean isFake;
  private boolean asksHelp;

  private MountArguments(CalledAs program, WorkingDirectory directory) {
    this.program = program;
    this.directory = directory;
    layers = new LayerArguments(directory, !program.isFuseOverlayfs());
    words = new OptionWords(mount, layers, !program.isFuseOverlayfs());
  }

  /** Reads the arguments. */
  static MountArguments parse(CalledAs program, WorkingDirectory directory, List<String> arguments)
      throws UsageException {
    MountArguments parsed = new MountArguments(program, directory);
    parsed.setDefaults();
    Deque<String> rest = new ArrayDeque<>(arguments);
    boolean isOptions = true;
    while (!rest.isEmpty()) {
      String argument = rest.pop();
      if (!isOptions || !argument.startsWith("-") || argument.equals("-")) {
        parsed.positionals.add(argument);
      } else if (argument.equals("--")) {
        isOptions = false;
      } else {
        parsed.dashed(argument, rest);
      }
    }
    parsed.finish();
    return parsed;
  }

  /** Whether all that is asked for is the usage text. */
  boolean asksHelp() {
    return asksHelp;
  }

  /** Whether mount(8) asks for all but the mount itself. */
  boolean isFake() {
    return isFake;
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

  /** The options that are not known and do not matter. */
  List<String> ignored() {
    return List.copyOf(ignored);
  }

  /** Where to mount, absolute. */
  Path mountpoint() throws UsageException {
    if (positionals.isEmpty()) {
      throw new UsageException("no mountpoint given");
    }
    int last = positionals.size() - 1;
    if (last > (isLenient ? 1 : 0)) {
      throw new UsageException(
          "more than one mountpoint: "
              + positionals.get(last - 1)
              + " and "
              + positionals.get(last));
    }
    return directory.resolve("the mountpoint", positionals.get(last));
  }

  /** What to mount, checked. */
  MountOptions options() throws UsageException {
    try {
      return mount.options();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
  }

  private void setDefaults() {
    mount.type(program.type());
    mount.fsName(program.type());
    if (program.isFuseOverlayfs()) {
      mount.aufsNames(true);
      mount.countedMergedNlink(true);
      mount.deviceWhiteouts(System.getenv(NO_DEVICE_WHITEOUTS) == null);
      mount.flag(MountFlag.NODEV, true);
      mount.flag(MountFlag.NOATIME, true);
    }
  }

  private void finish() throws UsageException {
    isLenient = program.isLenient() || layers.hasLowerdir();
    if (!isLenient && refusal != null) {
      throw new UsageException(refusal);
    }
    layers.describe(mount);
    if (isLenient && program.isFuseOverlayfs()) {
      // Whoever manages layers in this way reads upper itself and need not know redirects.
      mount.featureUnlessSet("redirect_dir", "off");
    } else if (isLenient) {
      mount.kernelRedirectDir();
    }
    // Configurations for the kernel's overlay have it, and fuse-overlayfs has no such option.
    if (program.isFuseOverlayfs() && mount.dropMetacopyUnlessPossible()) {
      ignored.add("metacopy=on");
    }
    if (isLenient && positionals.size() == 2 && !words.hasFsName()) {
      mount.fsName(positionals.get(0));
    }
  }

  private void dashed(String argument, Deque<String> rest) throws UsageException {
    int equals = argument.indexOf('=');
    boolean isLong = argument.startsWith("--");
    if (!isLong && argument.startsWith("-o") && argument.length() > 2) {
      mountOptions(argument.substring(2));
    } else if (isLong && equals > 0) {
      String name = argument.substring(0, equals);
      if (!valued(name, argument.substring(equals + 1))) {
        if (plain(name)) {
          throw new UsageException(name + " takes no value");
        }
        unknown("option", name);
      }
    } else if (!helper(argument, rest) && !plain(argument)) {
      // The value is looked at only for a known name, so that a typing error is what is reported.
      String value = rest.peek();
      if (valued(argument, value)) {
        rest.pop();
      } else {
        unknown("option", argument);
      }
    }
  }

  private void unknown(String kind, String option) {
    ignored.add(option);
    if (refusal == null) {
      refusal = "unknown " + kind + " " + option;
    }
  }

  /** What mount(8) tells its helpers; {@code -f} is another thing there. */
  private boolean helper(String argument, Deque<String> rest) throws UsageException {
    if (!program.isMountHelper()) {
      return false;
    }
    switch (argument) {
      case "-s", "-n", "-v" -> {
        // Sloppy, as we are; there is no mtab; there is nothing to say.
      }
      case "-f" -> isFake = true;
      case "-t" -> rest.poll();
      case "-N" -> throw new UsageException("-N is not supported");
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean plain(String name) {
    switch (name) {
      case "-f", "--foreground" -> isForeground = true;
      case "-d", "--debug" -> isDebug = true;
      case "-h", "--help" -> asksHelp = true;
      case "--allow-other" -> mount.access(Access.ALLOW_OTHER);
      case "--allow-root" -> mount.access(Access.ALLOW_ROOT);
      case "--read-only" -> mount.readOnly(true);
      case "--userxattr" -> mount.feature("userxattr", "on");
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
      case "--lower" -> layers.addLower(present(name, value));
      case "--upper" -> layers.setUpper(name, value);
      case "--work" -> layers.setWork(value);
      case "--log-file" -> logFile = directory.resolve(name, value);
      case "--transport" -> mount.transport(transport(present(name, value)));
      case "--passthrough" -> mount.passthrough(passthrough(present(name, value)));
      case "--io-uring" -> mount.ioUring(ioUring(present(name, value)));
      case "--threads" -> mount.threads(Numbers.whole(name, present(name, value)));
      case "--fsname" -> mount.fsName(present(name, value));
      default -> {
        return name.startsWith("--") && feature(name, value);
      }
    }
    return true;
  }

  private void mountOptions(String list) throws UsageException {
    for (String option : Escapes.options(list)) {
      switch (option) {
        case "" -> {
          // Callers join lists that may be empty.
        }
        case "foreground" -> isForeground = true;
        case "debug" -> isDebug = true;
        default -> {
          if (!words.take(option)) {
            unknown("mount option", option);
          }
        }
      }
    }
  }

  private static String present(String name, String value) throws UsageException {
    if (value == null) {
      throw new UsageException(name + " needs a value");
    }
    return value;
  }

  /** A feature of the kernel's overlay as a long option, with dashes in its name. */
  private boolean feature(String option, String value) throws UsageException {
    String name = option.substring(2).replace('-', '_');
    if (!OverlayMountBuilder.hasFeature(name)) {
      return false;
    }
    try {
      mount.feature(name, present(option, value));
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage());
    }
    return true;
  }

  private static TransportKind transport(String value) throws UsageException {
    return switch (value) {
      case "dev" -> TransportKind.DEV;
      case "libfuse2" -> TransportKind.LIBFUSE2;
      default -> throw new UsageException("--transport must be dev or libfuse2, not " + value);
    };
  }

  private static boolean ioUring(String value) throws UsageException {
    return switch (value) {
      case "auto" -> true;
      case "off" -> false;
      default -> throw new UsageException("--io-uring must be auto or off, not " + value);
    };
  }

  private static Passthrough passthrough(String value) throws UsageException {
    return switch (value) {
      case "off" -> Passthrough.OFF;
      case "auto" -> Passthrough.AUTO;
      case "all" -> Passthrough.ALL;
      default -> throw new UsageException("--passthrough must be auto, all or off, not " + value);
    };
  }
}
