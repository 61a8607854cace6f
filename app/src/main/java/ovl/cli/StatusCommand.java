package ovl.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ovl.mount.CopyUpProgress;
import ovl.mount.LiveMount;
import ovl.mount.MountStatus;

/** {@code ovl-mount status}: what is mounted, how it is doing, and what it has done. */
final class StatusCommand implements Command {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
  private static final String ROW = "  %-15s %10s %9s %9s %9s %9s%n";

  @Override
  public int run(List<String> arguments, WorkingDirectory directory, PrintStream out)
      throws UsageException, IOException {
    Arguments given = Arguments.parse(arguments);
    List<LiveMount> mounts = given.names().isEmpty() ? LiveMount.all() : new ArrayList<>();
    for (String name : given.names()) {
      mounts.add(mount(directory.resolve("the mountpoint", name)));
    }
    List<Object> described = new ArrayList<>();
    int status = 0;
    for (LiveMount mount : mounts) {
      try {
        MountStatus answer = mount.status();
        if (given.isJson()) {
          described.add(describe(mount, answer));
        } else {
          print(mount, answer, out);
        }
      } catch (IOException e) {
        if (given.names().isEmpty() && !mount.isCertainlyOurs()) {
          continue;
        }
        status = 1;
        if (given.isJson()) {
          Map<String, Object> map = new LinkedHashMap<>();
          map.put("mountpoint", mount.mountpoint());
          map.put("error", Reason.of(e));
          described.add(map);
        } else {
          out.println(mount.mountpoint() + "\n  no answer: " + Reason.of(e));
        }
      }
    }
    if (given.isJson()) {
      out.println(Json.of(described));
    }
    return status;
  }

  private static LiveMount mount(Path path) throws IOException {
    LiveMount mount = LiveMount.containing(path);
    if (mount == null) {
      throw new FileSystemException(path.toString(), null, "not on a mount of ovl-mount");
    }
    return mount;
  }

  /** The paths of the layers, upper first if there is one. */
  private static List<String> layers(LiveMount mount, MountStatus status) throws IOException {
    List<String> layers = new ArrayList<>();
    for (int i = status.hasUpper() ? 0 : 1; i <= status.lowers(); i++) {
      layers.add(mount.layer(i).toString());
    }
    return layers;
  }

  private static List<String> dataLayers(LiveMount mount, MountStatus status) throws IOException {
    List<String> layers = new ArrayList<>();
    for (int i = 1; i <= status.dataLayers(); i++) {
      layers.add(mount.layer(status.lowers() + i).toString());
    }
    return layers;
  }

  private static Map<String, Object> describe(LiveMount mount, MountStatus status)
      throws IOException {
    List<String> layers = layers(mount, status);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("mountpoint", mount.mountpoint());
    map.put("type", mount.type());
    map.put("pid", status.pid());
    map.put("since", Instant.ofEpochMilli(status.sinceMillis()));
    map.put("transport", status.transport());
    map.put("passthrough", status.hasPassthrough());
    map.put("ioUring", status.usesIoUring());
    map.put("upper", status.hasUpper() ? layers.get(0) : null);
    map.put("lowers", status.hasUpper() ? layers.subList(1, layers.size()) : layers);
    map.put("dataLayers", dataLayers(mount, status));
    map.put("options", status.options());
    map.put("nodes", status.nodes());
    Map<String, Object> copyUps = new LinkedHashMap<>();
    copyUps.put("count", status.copyUps());
    copyUps.put("bytes", status.copyUpBytes());
    copyUps.put("nanos", status.copyUpNanos());
    map.put("copyUps", copyUps);
    map.put("copying", status.copying().stream().map(StatusCommand::describe).toList());
    map.put("operations", status.operations().stream().map(StatusCommand::describe).toList());
    return map;
  }

  private static Map<String, Object> describe(CopyUpProgress one) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("path", one.path());
    map.put("copied", one.copied());
    map.put("size", one.size());
    map.put("nanos", one.nanos());
    return map;
  }

  private static Map<String, Object> describe(MountStatus.Operation operation) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", operation.kind());
    map.put("count", operation.count());
    map.put("nanos", operation.nanos());
    map.put("p50Nanos", operation.percentileNanos(50));
    map.put("p99Nanos", operation.percentileNanos(99));
    map.put("maxNanos", operation.longestNanos());
    return map;
  }

  private static void print(LiveMount mount, MountStatus status, PrintStream out)
      throws IOException {
    List<String> layers = layers(mount, status);
    Instant since = Instant.ofEpochMilli(status.sinceMillis());
    out.println(mount.mountpoint());
    line(out, "daemon", "pid " + status.pid());
    line(out, "since", SECONDS.format(LocalDateTime.ofInstant(since, ZoneId.systemDefault())));
    line(out, "transport", status.transport());
    line(out, "passthrough", status.hasPassthrough() ? "on" : "off");
    line(out, "io_uring", status.usesIoUring() ? "on" : "off");
    for (int i = 0; i < layers.size(); i++) {
      line(out, i == 0 && status.hasUpper() ? "upper" : "lower", layers.get(i));
    }
    for (String layer : dataLayers(mount, status)) {
      line(out, "data layer", layer);
    }
    line(out, "options", status.options().isEmpty() ? "-" : String.join(",", status.options()));
    line(out, "nodes", Long.toString(status.nodes()));
    line(
        out,
        "copy-ups",
        status.copyUps()
            + " with "
            + Quantity.bytes(status.copyUpBytes())
            + " in "
            + Quantity.time(status.copyUpNanos()));
    for (CopyUpProgress one : status.copying()) {
      String part = Quantity.bytes(one.copied()) + " of " + Quantity.bytes(one.size());
      line(out, "copying", one.path() + " (" + part + " in " + Quantity.time(one.nanos()) + ")");
    }
    out.printf(ROW, "operation", "count", "mean", "50%", "99%", "max");
    for (MountStatus.Operation operation : status.operations()) {
      out.printf(
          ROW,
          operation.kind(),
          operation.count(),
          Quantity.time(operation.meanNanos()),
          Quantity.time(operation.percentileNanos(50)),
          Quantity.time(operation.percentileNanos(99)),
          Quantity.time(operation.longestNanos()));
    }
  }

  private static void line(PrintStream out, String keyword, String value) {
    out.printf("  %-15s %s%n", keyword, value);
  }
}
