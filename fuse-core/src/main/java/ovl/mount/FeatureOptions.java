package ovl.mount;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import ovl.overlay.Features;
import ovl.overlay.RedirectDir;

/**
 * The options by which the kernel's overlay turns its features on and off, by their names there.
 */
final class FeatureOptions {
  static final Set<String> NAMES = Set.of("redirect_dir", "metacopy");

  private final Set<String> given = new HashSet<>();
  private RedirectDir redirectDir = RedirectDir.AUTO;
  private boolean metacopy;

  /**
   * @throws IllegalArgumentException with a one-line reason if there is no such option, or the
   *     value is not one of its own
   */
  void set(String name, String value) {
    given.add(name);
    switch (name) {
      case "redirect_dir" -> redirectDir = word(RedirectDir.class, name, value);
      case "metacopy" -> metacopy = isOn(name, value);
      default -> throw new IllegalArgumentException("unknown feature " + name);
    }
  }

  /** As {@link #set}, for an option that was not set. */
  void setUnlessGiven(String name, String value) {
    if (!given.contains(name)) {
      set(name, value);
    }
  }

  /**
   * The features, checked against each other.
   *
   * @throws IllegalArgumentException with a one-line reason
   */
  Features features(boolean hasUpper) {
    boolean canMove = redirectDir == RedirectDir.ON || redirectDir == RedirectDir.AUTO;
    boolean follows = redirectDir != RedirectDir.NOFOLLOW;
    if (metacopy && !(hasUpper ? canMove : follows)) {
      // What was copied so must be found again after it was renamed.
      throw new IllegalArgumentException(
          "metacopy=on needs redirect_dir=" + (hasUpper ? "on" : "follow"));
    }
    return new Features(redirectDir, metacopy);
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
