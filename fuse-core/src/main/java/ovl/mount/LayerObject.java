package ovl.mount;

import java.util.List;

/**
 * What one layer holds under a name of the merged tree.
 *
 * @param layer 0 for upper, 1 for the top lower, and so on down
 * @param role what became of it
 * @param kind {@code file}, {@code directory}, {@code symlink}, {@code device}, {@code fifo},
 *     {@code socket} or {@code whiteout}
 * @param marks {@code opaque}, {@code redirect}, {@code metacopy}, {@code copied-up} or {@code
 *     aufs}, which is a whiteout by name
 * @param path where it is in the layer, beginning with a slash
 */
public record LayerObject(int layer, Role role, String kind, List<String> marks, String path) {
  /** What became of an object. */
  public enum Role {
    /** It is what is seen. */
    SHOWN,
    /** A directory whose entries are seen together with those of the one shown. */
    MERGED,
    /** A file whose data is what is read in the one shown, which is a metacopy. */
    DATA,
    /** It is not seen, because of something above. */
    HIDDEN,
    /** A whiteout that lookup stops at. */
    HIDES
  }

  /** Reads a line of {@code ovl.overlay.Which}. */
  static LayerObject parse(String line) {
    String[] field = line.split(" ", 4);
    List<String> kinds = List.of(field[2].split(","));
    return new LayerObject(
        Integer.parseInt(field[0]),
        Role.valueOf(field[1].toUpperCase(java.util.Locale.ROOT)),
        kinds.get(0),
        kinds.subList(1, kinds.size()),
        field[3].replace("\\012", "\n").replace("\\134", "\\"));
  }
}
