package ovl.mount;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import ovl.sys.MountEntry;

/**
 * A mount that some daemon serves, asked through reserved extended attributes of its directories
 * (see {@code ovl.overlay.Inspection}). It is found in the kernel's table of mounts, so what is
 * listed is what is there, whoever mounted it and in whatever way.
 */
public final class LiveMount {
  private static final String PREFIX = "ovl-mount.";
  private static final int LARGEST_ANSWER = 1 << 16;
  private static final int LONGEST_ATTRIBUTE = 255;
  private static final int PATIENCE_SECONDS = 5;

  private final Path mountpoint;
  private final String type;

  private LiveMount(Path mountpoint, String type) {
    this.mountpoint = mountpoint;
    this.type = type;
  }

  /**
   * Every mount that may be one of ours, in the order of mounting. Filesystems of other programs
   * are not touched, as one that hangs would hang whoever looks; but fuse-overlayfs shares its type
   * with mounts of ours that took its place.
   */
  public static List<LiveMount> all() throws IOException {
    Map<String, LiveMount> topmost = new LinkedHashMap<>();
    for (MountEntry entry : MountEntry.all()) {
      topmost.remove(entry.mountpoint());
      LiveMount mount = new LiveMount(Path.of(entry.mountpoint()), entry.type());
      boolean mayBeOurs = mount.isCertainlyOurs() || entry.type().endsWith("fuse-overlayfs");
      if (mayBeOurs && entry.type().startsWith("fuse.") && entry.root().equals("/")) {
        topmost.put(entry.mountpoint(), mount);
      }
    }
    return new ArrayList<>(topmost.values());
  }

  /** The FUSE mount that a path lies on, whether it is one of ours or not; null if on none. */
  public static LiveMount containing(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    MountEntry best = null;
    for (MountEntry entry : MountEntry.all()) {
      Path at = Path.of(entry.mountpoint());
      if (absolute.startsWith(at)
          && (best == null || at.getNameCount() >= Path.of(best.mountpoint()).getNameCount())) {
        best = entry;
      }
    }
    return best == null || !best.type().startsWith("fuse.")
        ? null
        : new LiveMount(Path.of(best.mountpoint()), best.type());
  }

  public Path mountpoint() {
    return mountpoint;
  }

  /** As in /proc/mounts: {@code fuse.} and a subtype. */
  public String type() {
    return type;
  }

  /** True unless another program may be behind the mount. */
  public boolean isCertainlyOurs() {
    return type.endsWith("ovl-mount");
  }

  /**
   * What the mount tells about itself.
   *
   * @throws IOException if the daemon is gone or stuck, or will not answer this user, or is not
   *     ours
   */
  public MountStatus status() throws IOException {
    try {
      return MountStatus.parse(ask(mountpoint, "status"));
    } catch (IllegalArgumentException e) {
      throw failure(mountpoint, e.getMessage());
    }
  }

  /**
   * The path of a layer, as the daemon was given it and in its mount namespace.
   *
   * @param index 0 for upper, 1 for the top lower, and so on down
   */
  public Path layer(int index) throws IOException {
    return Path.of(ask(mountpoint, "layer." + index));
  }

  /**
   * What the layers hold under a name, whether it can be seen or not.
   *
   * @param directory on the mount
   * @return top to bottom; empty where the layers of the directory have no such name
   */
  public static List<LayerObject> which(Path directory, String name) throws IOException {
    String question = "which." + name;
    int length = question.getBytes(StandardCharsets.UTF_8).length;
    if (length + "user.".length() + PREFIX.length() > LONGEST_ATTRIBUTE) {
      throw failure(directory.resolve(name), "the name is too long to be asked for");
    }
    return ask(directory, question).lines().map(LayerObject::parse).toList();
  }

  /** In a thread of its own, as a daemon that is stopped or stuck holds whoever asks. */
  private static String ask(Path directory, String question) throws IOException {
    FutureTask<String> task = new FutureTask<>(() -> read(directory, question));
    Thread asking = new Thread(task, "asking " + directory);
    asking.setDaemon(true);
    asking.start();
    try {
      return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw failure(directory, "the daemon does not answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(directory.toString());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static FileSystemException failure(Path path, String reason) {
    return new FileSystemException(path.toString(), null, reason);
  }

  private static String read(Path directory, String question) throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(directory, UserDefinedFileAttributeView.class);
    ByteBuffer answer = ByteBuffer.allocate(LARGEST_ANSWER);
    int length = view.read(PREFIX + question, answer);
    return new String(answer.array(), 0, length, StandardCharsets.UTF_8);
  }
}
