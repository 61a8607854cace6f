package ovl.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import ovl.mount.LayerObject;
import ovl.mount.LayerObject.Role;
import ovl.mount.LiveMount;

/**
 * {@code ovl-mount which}: which layer a path comes from and why. The daemon is asked, because the
 * layers may not be there to be read in the namespace of whoever wants to know, and because it is
 * the daemon's view that is in question.
 */
final class WhichCommand implements Command {
  private static final int MISSING = 1;

  /** The paths of the layers by index, as far as they were needed; of one mount. */
  private final Map<Integer, String> layers = new TreeMap<>();

  /**
   * What became of a path.
   *
   * @param objects what the layers hold under its last name, or under the first name on the way to
   *     it that does not exist
   * @param reason in words
   */
  private record Finding(Path path, boolean exists, List<LayerObject> objects, String reason) {}

  @Override
  public int run(List<String> arguments, WorkingDirectory directory, PrintStream out)
      throws UsageException, IOException {
    Arguments given = Arguments.parse(arguments);
    if (given.names().isEmpty()) {
      throw new UsageException("no path given");
    }
    List<Object> described = new ArrayList<>();
    int status = 0;
    for (String name : given.names()) {
      Path path = directory.resolve("the path", name).normalize();
      LiveMount mount = LiveMount.containing(real(path));
      if (mount == null) {
        throw new FileSystemException(path.toString(), null, "not on a mount of ovl-mount");
      }
      layers.clear();
      Finding finding = find(mount, path);
      status = finding.exists ? status : MISSING;
      if (given.isJson()) {
        described.add(describe(mount, finding));
      } else {
        print(mount, finding, out);
      }
    }
    if (given.isJson()) {
      out.println(Json.of(described));
    }
    return status;
  }

  /** Resolves symbolic links on the way to a path, as far as the way exists. */
  private static Path real(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      return path;
    }
    boolean exists = Files.exists(parent);
    return (exists ? parent.toRealPath() : real(parent)).resolve(path.getFileName());
  }

  private Finding find(LiveMount mount, Path path) throws IOException {
    Path real = real(path);
    Path at = mount.mountpoint();
    if (real.equals(at)) {
      return new Finding(path, true, List.of(), "the root of the mount: all its layers");
    }
    String opaque = "";
    for (Path name : at.relativize(real)) {
      List<LayerObject> objects = LiveMount.which(at, name.toString());
      at = at.resolve(name);
      boolean exists = objects.stream().anyMatch(object -> object.role() == Role.SHOWN);
      if (!exists) {
        String missing = at.equals(real) ? "" : at + " ";
        return new Finding(
            path, false, objects, missing + "does not exist: " + cause(objects, opaque));
      }
      if (at.equals(real)) {
        return new Finding(path, true, objects, source(objects));
      }
      opaque += opaque(at, objects);
    }
    throw new IllegalStateException("a path has names");
  }

  private static String opaque(Path directory, List<LayerObject> objects) {
    return objects.stream()
        .filter(object -> object.marks().contains("opaque"))
        .map(object -> ", and " + directory + " is opaque in " + layerName(object))
        .collect(Collectors.joining());
  }

  private static String cause(List<LayerObject> objects, String opaque) {
    return objects.stream()
        .filter(object -> object.role() == Role.HIDES)
        .map(object -> "a whiteout in " + layerName(object) + " hides it")
        .findFirst()
        .orElse("no layer has it" + opaque);
  }

  private static String source(List<LayerObject> objects) {
    String from =
        objects.stream()
            .filter(object -> object.role() == Role.SHOWN || object.role() == Role.MERGED)
            .map(WhichCommand::layerName)
            .collect(Collectors.joining(", "));
    LayerObject shown =
        objects.stream().filter(o -> o.role() == Role.SHOWN).findFirst().orElseThrow();
    String marks = shown.marks().isEmpty() ? "" : " (" + String.join(", ", shown.marks()) + ")";
    String data =
        objects.stream()
            .filter(object -> object.role() == Role.DATA)
            .map(object -> ", data from " + layerName(object))
            .collect(Collectors.joining());
    return shown.kind() + " from " + from + marks + data;
  }

  private static String layerName(LayerObject object) {
    return object.layer() == 0 ? "upper" : "lower " + object.layer();
  }

  private String layer(LiveMount mount, int index) throws IOException {
    String path = layers.get(index);
    if (path == null) {
      path = mount.layer(index).toString();
      layers.put(index, path);
    }
    return path;
  }

  private Map<String, Object> describe(LiveMount mount, Finding finding) throws IOException {
    List<Object> objects = new ArrayList<>();
    for (LayerObject object : finding.objects) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("layer", object.layer());
      map.put("layerPath", layer(mount, object.layer()));
      map.put("path", object.path());
      map.put("role", object.role().name().toLowerCase(java.util.Locale.ROOT));
      map.put("kind", object.kind());
      map.put("marks", object.marks());
      objects.add(map);
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("path", finding.path);
    map.put("mountpoint", mount.mountpoint());
    map.put("exists", finding.exists);
    map.put("reason", finding.reason);
    map.put("objects", objects);
    return map;
  }

  private void print(LiveMount mount, Finding finding, PrintStream out) throws IOException {
    out.println(finding.path + ": " + finding.reason);
    for (LayerObject object : finding.objects) {
      out.printf(
          "  %-8s %-6s %-9s %s%n",
          layerName(object),
          object.role().name().toLowerCase(java.util.Locale.ROOT),
          object.kind(),
          layer(mount, object.layer()) + object.path());
    }
  }
}
