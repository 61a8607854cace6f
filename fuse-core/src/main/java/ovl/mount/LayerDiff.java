package ovl.mount;

import java.nio.file.Path;
import java.util.List;
import ovl.layer.LayerException;
import ovl.layer.LayerPaths;
import ovl.layer.LayerStack;
import ovl.overlay.Changes;
import ovl.overlay.OverlayOptions;
import ovl.sys.ErrnoException;
import ovl.sys.Syscalls;

/** What a layer changes in those below it, read from the layers; nothing is mounted or changed. */
public final class LayerDiff {
  private LayerDiff() {}

  /**
   * One path that is not as it was.
   *
   * @param kind {@code A} for added, {@code C} for changed, {@code D} for deleted
   * @param path begins with a slash, which is the root of the layer
   */
  public record Change(char kind, byte[] path) {}

  /**
   * What the topmost lower layer changes, by the rules of {@code docker diff}, see {@link Changes}.
   *
   * @param options two lowers at least, and no upper
   * @return sorted by path
   * @throws OverlayMountException if a layer cannot be read
   */
  public static List<Change> ofTop(MountOptions options) throws OverlayMountException {
    if (options.upper() != null || options.lowers().size() < 2) {
      throw new IllegalArgumentException("a layer is compared with those below it");
    }
    Syscalls sys = Syscalls.load();
    List<Path> lowers = options.lowers();
    try (LayerStack below = open(sys, options, lowers.subList(1, lowers.size()));
        LayerStack all = open(sys, options, lowers)) {
      // Owners as they are on disk: both sides have the same.
      OverlayOptions plain =
          OverlayOptions.builder().features(options.overlay().features()).build();
      return Changes.of(sys, below, all, plain).stream()
          .map(change -> new Change(change.kind().name().charAt(0), change.path()))
          .toList();
    } catch (LayerException | ErrnoException e) {
      throw new OverlayMountException("layers: " + e.getMessage(), e);
    }
  }

  private static LayerStack open(Syscalls sys, MountOptions options, List<Path> lowers)
      throws LayerException {
    return LayerStack.open(
        sys, new LayerPaths(lowers, options.dataLowers(), null, null, null), options.layers());
  }
}
