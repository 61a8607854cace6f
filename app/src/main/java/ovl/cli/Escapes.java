package ovl.cli;

import java.util.ArrayList;
import java.util.List;

/** The two lists inside an argument: layers between colons, mount options between commas. */
final class Escapes {
  private Escapes() {}

  /**
   * Splits a list of layers at its colons; {@code \:} is a colon in a name and {@code \\} a
   * backslash. Any other backslash stands for itself, as in the names that systemd makes.
   */
  static List<String> layers(String list) {
    List<String> layers = new ArrayList<>();
    StringBuilder layer = new StringBuilder();
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == ':') {
        layers.add(layer.toString());
        layer.setLength(0);
      } else {
        if (c == '\\' && isNext(list, i, ":\\")) {
          c = list.charAt(++i);
        }
        layer.append(c);
      }
    }
    layers.add(layer.toString());
    return layers;
  }

  /** One path in a mount option: {@link #layers} without a separator. */
  static String path(String value) {
    return String.join(":", layers(value));
  }

  /**
   * Splits mount options at their commas. Between double quotes, which are dropped, a comma belongs
   * to the value. So does a character after a backslash, unless it is a letter or a digit: that
   * backslash stands for itself. {@code \:} and {@code \\} are kept for whoever reads the value as
   * {@link #layers} or as a {@link #path}.
   */
  static List<String> options(String list) {
    List<String> options = new ArrayList<>();
    StringBuilder option = new StringBuilder();
    boolean isQuoted = false;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == '"') {
        isQuoted = !isQuoted;
      } else if (c == ',' && !isQuoted) {
        options.add(option.toString());
        option.setLength(0);
      } else if (c == '\\' && isNext(list, i, ":\\")) {
        option.append(c).append(list.charAt(++i));
      } else if (c == '\\' && isNextPunctuation(list, i)) {
        option.append(list.charAt(++i));
      } else {
        option.append(c);
      }
    }
    options.add(option.toString());
    return options;
  }

  private static boolean isNext(String text, int at, String characters) {
    return at + 1 < text.length() && characters.indexOf(text.charAt(at + 1)) >= 0;
  }

  private static boolean isNextPunctuation(String text, int at) {
    return at + 1 < text.length() && !Character.isLetterOrDigit(text.charAt(at + 1));
  }
}
