package ovl.layer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the layers are, as the user gave them.
 *
 * @param lowers top to bottom, at least one
 * @param dataLowers layers below those, which are not merged: only metacopy files lead into them
 * @param upper null for a read-only mount
 * @param work null exactly if {@code upper} is
 * @param mountpoint where the merged tree will be shown; a layer above or at it must not be entered
 *     through it
 */
public record LayerPaths(
    List<Path> lowers, List<Path> dataLowers, Path upper, Path work, Path mountpoint) {
  /**
   * The kernel's OVL_MAX_STACK: no more lowers than this below an upper. Without an upper one more
   * works, as engines look at what lies on so many lowers by making it the topmost of them.
   */
  public static final int MAX_LOWERS = 500;

  public LayerPaths {
    lowers = List.copyOf(lowers);
    dataLowers = List.copyOf(dataLowers);
  }

  /** Without data-only layers. */
  public LayerPaths(List<Path> lowers, Path upper, Path work, Path mountpoint) {
    this(lowers, List.of(), upper, work, mountpoint);
  }

  /** How many lowers may be given. */
  int maxLowers() {
    return upper == null ? MAX_LOWERS + 1 : MAX_LOWERS;
  }

  /** The same tree, only to look at: upper is the topmost lower, and work is left alone. */
  public LayerPaths readOnly() {
    List<Path> all = new ArrayList<>(lowers);
    all.add(0, upper);
    return new LayerPaths(all, dataLowers, null, null, mountpoint);
  }
}
