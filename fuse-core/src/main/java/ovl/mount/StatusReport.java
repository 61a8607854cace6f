package ovl.mount;

import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import java.util.function.Supplier;
import ovl.layer.LayerStack;
import ovl.layer.XattrPermissions;
import ovl.overlay.CopyUps;
import ovl.overlay.OverlayFs;
import ovl.transport.OperationSummary;
import ovl.transport.Transport;

/**
 * What a mount tells about itself, when asked: lines of a keyword and its values, separated by
 * blanks, as in /proc, so that {@code getfattr} and {@code awk} can do with it as well. Times are
 * in nanoseconds. {@link MountStatus} reads it; new keywords may be added. The layers, whose paths
 * may be long, are asked for one by one.
 */
final class StatusReport implements Supplier<byte[]> {
  private static final long MILLION = 1_000_000;

  private final MountOptions options;
  private final OverlayFs fs;
  private final Transport transport;
  private final LayerStack stack;
  private final long since = System.currentTimeMillis();

  StatusReport(MountOptions options, OverlayFs fs, Transport transport, LayerStack stack) {
    this.options = options;
    this.fs = fs;
    this.transport = transport;
    this.stack = stack;
  }

  @Override
  public byte[] get() {
    StringBuilder text = new StringBuilder();
    line(text, "pid", ProcessHandle.current().pid());
    line(text, "since", since * MILLION);
    line(text, "transport", options.transport().name().toLowerCase(java.util.Locale.ROOT));
    line(text, "passthrough", transport.hasPassthrough() ? "on" : "off");
    line(text, "io-uring", transport.usesIoUring() ? "on" : "off");
    line(text, "upper", stack.isReadOnly() ? "no" : "yes");
    line(text, "lowers", stack.lowers().size());
    line(text, "data-layers", stack.dataLayers().size());
    line(text, "options", words());
    line(text, "nodes", fs.nodeCount());
    CopyUps copyUps = fs.copyUps();
    line(text, "copy-ups", copyUps.count(), copyUps.bytes(), copyUps.nanos());
    for (CopyUps.InProgress one : copyUps.inProgress()) {
      String path = one.path().replace('\n', '?');
      line(text, "copying", one.copied(), one.size(), one.nanos(), path);
    }
    for (OperationSummary operation : transport.operations()) {
      line(
          text,
          "operation",
          operation.name(),
          operation.count(),
          operation.nanos(),
          operation.longestNanos(),
          buckets(operation.buckets()));
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The options that are not as they are by default, as {@code -o} has them. */
  private String words() {
    StringJoiner words = new StringJoiner(",");
    if (options.isReadOnly()) {
      words.add("ro");
    }
    if (options.isVolatile()) {
      words.add("volatile");
    }
    if (options.access() != Access.DEFAULT) {
      words.add(options.access().name().toLowerCase(java.util.Locale.ROOT));
    }
    options.flags().stream()
        .map(flag -> flag.name().toLowerCase(java.util.Locale.ROOT))
        .sorted()
        .forEach(words::add);
    if (options.layers().whiteouts().hasAufsNames()) {
      words.add("aufs");
    }
    if (options.layers().permissions() != XattrPermissions.NONE) {
      words.add("xattr_permissions=" + options.layers().permissions().ordinal());
    }
    if (!options.hasAcl()) {
      words.add("noacl");
    }
    if (!options.overlay().uids().isIdentity() || !options.overlay().gids().isIdentity()) {
      words.add("mapped");
    }
    return words.length() == 0 ? "-" : words.toString();
  }

  /** Without the zeros at the end. */
  private static String buckets(long[] counts) {
    StringJoiner joined = new StringJoiner(",");
    int length = counts.length;
    while (length > 0 && counts[length - 1] == 0) {
      length--;
    }
    for (int i = 0; i < length; i++) {
      joined.add(Long.toString(counts[i]));
    }
    return joined.toString();
  }

  private static void line(StringBuilder text, String keyword, Object... values) {
    text.append(keyword);
    for (Object value : values) {
      text.append(' ').append(value);
    }
    text.append('\n');
  }
}
