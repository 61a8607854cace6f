package ovl.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ovl.mount.LayerDiff;
import ovl.mount.LiveMount;
import ovl.mount.MountOptions;
import ovl.mount.MountStatus;
import ovl.mount.OverlayMount;
import ovl.mount.OverlayMountBuilder;

/** {@code ovl-mount diff}: what upper changes, as {@code docker diff} tells it. */
final class DiffCommand implements Command {
  private static final String PERMISSIONS = "xattr_permissions=";

  private final List<String> rest = new ArrayList<>();
  private LayerArguments below;
  private Path upper;
  private boolean hasAufsNames;

  @Override
  public int run(List<String> arguments, WorkingDirectory directory, PrintStream out)
      throws UsageException, IOException {
    takeLayers(arguments, directory);
    Arguments given = Arguments.parse(rest);
    MountOptions options = options(given.names(), directory);
    print(LayerDiff.ofTop(options), given.isJson(), out);
    return 0;
  }

  /** Reads the options that name layers and leaves the others. */
  private void takeLayers(List<String> arguments, WorkingDirectory directory)
      throws UsageException {
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      int equals = argument.indexOf('=');
      boolean isJoined = argument.startsWith("--") && equals > 0;
      String name = isJoined ? argument.substring(0, equals) : argument;
      switch (name) {
        case "--upper", "--lower" -> {
          String next = i + 1 < arguments.size() ? arguments.get(i + 1) : null;
          String value = isJoined ? argument.substring(equals + 1) : next;
          layer(name, value, directory);
          i += isJoined ? 0 : 1;
        }
        case "--aufs" -> hasAufsNames = true;
        default -> rest.add(argument);
      }
    }
  }

  private void layer(String name, String value, WorkingDirectory directory) throws UsageException {
    if (value == null) {
      throw new UsageException(name + " needs a value");
    }
    if (name.equals("--upper")) {
      upper = directory.resolve(name, value);
      return;
    }
    if (below == null) {
      below = new LayerArguments(directory, true);
    }
    below.addLower(value);
  }

  private MountOptions options(List<String> names, WorkingDirectory directory)
      throws UsageException, IOException {
    boolean hasLayers = upper != null && below != null;
    if (hasLayers ? !names.isEmpty() : names.size() != 1 || upper != null || below != null) {
      throw new UsageException("give either one mountpoint, or --upper and --lower");
    }
    if (!hasLayers) {
      return ofMount(directory.resolve("the mountpoint", names.get(0)));
    }
    OverlayMountBuilder stack = stack(upper);
    below.describe(stack);
    return stack.aufsNames(hasAufsNames).options();
  }

  private static MountOptions ofMount(Path path) throws IOException {
    LiveMount mount = LiveMount.containing(path);
    if (mount == null) {
      throw new FileSystemException(path.toString(), null, "not on a mount of ovl-mount");
    }
    MountStatus status = mount.status();
    if (!status.hasUpper()) {
      throw new FileSystemException(path.toString(), null, "the mount has no upper layer");
    }
    OverlayMountBuilder stack = stack(mount.layer(0));
    int last = status.lowers() + status.dataLayers();
    for (int i = 1; i <= last; i++) {
      if (i <= status.lowers()) {
        stack.lower(mount.layer(i));
      } else {
        stack.dataLower(mount.layer(i));
      }
    }
    for (String option : status.options()) {
      if (option.startsWith(PERMISSIONS)) {
        stack.xattrPermissions(Integer.parseInt(option.substring(PERMISSIONS.length())));
      }
    }
    return stack.aufsNames(status.options().contains("aufs")).options();
  }

  /** Whatever metadata-only copies a layer may hold, they are files like others. */
  private static OverlayMountBuilder stack(Path top) {
    return OverlayMount.builder().lower(top).feature("metacopy", "on");
  }

  private static void print(List<LayerDiff.Change> changes, boolean isJson, PrintStream out) {
    if (!isJson) {
      for (LayerDiff.Change change : changes) {
        out.print(change.kind() + " ");
        out.writeBytes(change.path());
        out.println();
      }
      return;
    }
    List<Object> list = new ArrayList<>();
    for (LayerDiff.Change change : changes) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("kind", String.valueOf(change.kind()));
      map.put("path", new String(change.path(), StandardCharsets.UTF_8));
      list.add(map);
    }
    out.println(Json.of(list));
  }
}
