package ovl.mount;

import static java.util.Objects.requireNonNull;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import ovl.layer.LayerOptions;
import ovl.overlay.OverlayOptions;

/**
 * What to mount and how, checked once when it is made. Only what can be told from the options
 * themselves is checked here; whether the directories are usable is found out by mounting.
 *
 * @param lowers the read-only layers, top to bottom, at least one
 * @param dataLowers layers below those that are not merged: metacopy files have their data there
 * @param upper the writable layer, or null for a read-only mount
 * @param work a directory on upper's filesystem, outside upper; null exactly if {@code upper} is
 * @param transport how the mount is put before the kernel
 * @param access who may use it
 * @param isReadOnly refuse writes even with an upper, which another mount may then be using
 * @param fsName what /proc/mounts shows as the source
 * @param type what /proc/mounts shows after {@code fuse.}
 * @param flags flags for mount(2)
 * @param threads how many workers to start with; 0 leaves it to the transport
 * @param usesIoUring speak with the kernel over io_uring where it offers that
 * @param hasAcl POSIX ACLs are enforced, if the layers can store them
 * @param layers how the layers are read and written
 * @param overlay how the merged tree behaves
 */
public record MountOptions(
    List<Path> lowers,
    List<Path> dataLowers,
    Path upper,
    Path work,
    TransportKind transport,
    Access access,
    boolean isReadOnly,
    String fsName,
    String type,
    Set<MountFlag> flags,
    int threads,
    boolean usesIoUring,
    boolean hasAcl,
    LayerOptions layers,
    OverlayOptions overlay) {
  /** More workers than this are a mistake in typing, not a wish. */
  public static final int MAX_THREADS = 1024;

  /**
   * Checks the options against each other.
   *
   * @throws IllegalArgumentException with a one-line reason
   */
  public MountOptions {
    requireNonNull(transport, "transport");
    requireNonNull(access, "access");
    lowers.forEach(MountOptions::requireHostPath);
    dataLowers.forEach(MountOptions::requireHostPath);
    requireHostPath(upper);
    requireHostPath(work);
    require(!lowers.isEmpty(), "at least one lower layer is needed");
    require(upper == null || work != null, "an upper layer needs a work directory");
    require(work == null || upper != null, "a work directory needs an upper layer");
    require(threads >= 0 && threads <= MAX_THREADS, "threads must be 0 to " + MAX_THREADS);
    require(isPlainWord(fsName), "fsname must not be empty or contain blanks or commas");
    require(isPlainWord(type), "type must not be empty or contain blanks or commas");
    lowers = List.copyOf(lowers);
    dataLowers = List.copyOf(dataLowers);
    flags = Set.copyOf(flags);
  }

  /** Never sync: fast, but a crash of the machine may lose what was written. */
  public boolean isVolatile() {
    return overlay.isVolatile();
  }

  private static boolean isPlainWord(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (word.charAt(i) <= ' ' || word.charAt(i) == ',') {
        return false;
      }
    }
    return !word.isEmpty();
  }

  /**
   * A path in a zip file or in memory looks like one of the host's, and is none.
   *
   * @param path may be null
   */
  static void requireHostPath(Path path) {
    boolean isHosts = path == null || path.getFileSystem() == FileSystems.getDefault();
    if (!isHosts) {
      throw new IllegalArgumentException(
          path.toUri() + " is not in the filesystem of the host, but in one of " + path.getClass());
    }
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
