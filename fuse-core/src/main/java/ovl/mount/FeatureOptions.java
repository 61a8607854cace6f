package ovl.mount;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import ovl.layer.AtimeMode;
import ovl.layer.LayerOptions;
import ovl.layer.UuidMode;
import ovl.layer.WhiteoutFormat;
import ovl.layer.XattrPermissions;
import ovl.overlay.Features;
import ovl.overlay.RedirectDir;

/**
 * The options by which the kernel's overlay turns its features on and off, by their names there.
 */
final class FeatureOptions {
  static final Set<String> NAMES =
      Set.of(
          "redirect_dir", "metacopy", "index", "xino", "userxattr", "uuid", "fsync", "nfs_export");

  private static final String ANYBODY_COULD_WRITE_THEM =
      "userxattr allows no redirect_dir=on and no metacopy=on";

  private final Set<String> given = new HashSet<>();
  private RedirectDir redirectDir = RedirectDir.AUTO;
  private UuidMode uuid = UuidMode.AUTO;
  private boolean metacopy;
  private boolean index;
  private boolean xino;
  private boolean userXattr;
  private boolean syncsAll;
  private boolean nfsExport;

  /**
   * @throws IllegalArgumentException with a one-line reason if there is no such option, or the
   *     value is not one of its own
   */
  void set(String name, String value) {
    given.add(name);
    switch (name) {
      case "redirect_dir" -> redirectDir = word(RedirectDir.class, name, value);
      case "metacopy" -> metacopy = isOn(name, value);
      case "index" -> index = isOn(name, value);
      case "xino" -> xino = !value.equals("auto") && isOn(name, value);
      case "userxattr" -> userXattr = isOn(name, value);
      case "uuid" -> uuid = word(UuidMode.class, name, value);
      case "fsync" -> syncsAll = isStrict(value);
      case "nfs_export" -> nfsExport = isOn(name, value);
      default -> throw new IllegalArgumentException("unknown feature " + name);
    }
  }

  /** As {@link #set}, for an option that was not set. */
  void setUnlessGiven(String name, String value) {
    if (!given.contains(name)) {
      set(name, value);
    }
  }

  /** As the kernel does where nothing is said of it: metacopy=on brings redirect_dir=on. */
  void setKernelRedirectDir() {
    setUnlessGiven("redirect_dir", metacopy ? "on" : "off");
  }

  /**
   * The features, checked against each other.
   *
   * @throws IllegalArgumentException with a one-line reason
   */
  Features features(boolean hasUpper) {
    String conflict = metacopyConflict(hasUpper);
    if (conflict != null) {
      throw new IllegalArgumentException(conflict);
    }
    if (userXattr && redirectDir == RedirectDir.ON) {
      throw new IllegalArgumentException(ANYBODY_COULD_WRITE_THEM);
    }
    if (nfsExport && hasUpper && !index && given.contains("index")) {
      throw new IllegalArgumentException("nfs_export=on allows no index=off");
    }
    return new Features(redirectDir, metacopy, index, xino, syncsAll);
  }

  /** Why metacopy cannot be on beside the others; null if it can, or is off. */
  String metacopyConflict(boolean hasUpper) {
    if (!metacopy) {
      return null;
    }
    if (userXattr) {
      return ANYBODY_COULD_WRITE_THEM;
    }
    if (nfsExport) {
      return "nfs_export=on allows no metacopy=on";
    }
    // What was copied so must be found again after it was renamed.
    boolean canMove = redirectDir == RedirectDir.ON || redirectDir == RedirectDir.AUTO;
    boolean follows = redirectDir != RedirectDir.NOFOLLOW;
    if (hasUpper ? canMove : follows) {
      return null;
    }
    return "metacopy=on needs redirect_dir=" + (hasUpper ? "on" : "follow");
  }

  /** How the layers are read and written, as far as features go. */
  LayerOptions layers(
      boolean marksVolatile,
      WhiteoutFormat whiteouts,
      XattrPermissions permissions,
      AtimeMode atime) {
    // Handles for NFS are found by the index, so the one brings the other.
    boolean indexes = index || nfsExport;
    return new LayerOptions(marksVolatile, whiteouts, permissions, userXattr, uuid, indexes, atime);
  }

  private static boolean isStrict(String value) {
    if (!value.equals("strict") && !value.equals("auto")) {
      throw new IllegalArgumentException("fsync must be strict or auto, not " + value);
    }
    return value.equals("strict");
  }

  private static boolean isOn(String name, String value) {
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new IllegalArgumentException(name + " must be on or off, not " + value);
    };
  }

  /** A constant by its name in lower case. */
  private static <E extends Enum<E>> E word(Class<E> words, String name, String value) {
    List<String> known = new ArrayList<>();
    for (E word : words.getEnumConstants()) {
      String text = word.name().toLowerCase(Locale.ROOT);
      if (text.equals(value)) {
        return word;
      }
      known.add(text);
    }
    throw new IllegalArgumentException(
        name + " must be one of " + String.join(", ", known) + ", not " + value);
  }
}
