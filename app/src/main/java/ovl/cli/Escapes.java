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
        if (isEscaped(list, i, ":\\")) {
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
   * Splits mount options at their commas; {@code \,} is a comma in a value. Every other backslash
   * is kept with the character after it, for whoever reads the value: {@code \\,} is an escaped
   * backslash and then a separator.
   */
  static List<String> options(String list) {
    List<String> options = new ArrayList<>();
    StringBuilder option = new StringBuilder();
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == ',') {
        options.add(option.toString());
        option.setLength(0);
      } else if (isEscaped(list, i, ",")) {
        option.append(list.charAt(++i));
      } else {
        option.append(c);
        if (c == '\\' && i + 1 < list.length()) {
          option.append(list.charAt(++i));
        }
      }
    }
    options.add(option.toString());
    return options;
  }

  private static boolean isEscaped(String text, int at, String escapable) {
    return text.charAt(at) == '\\'
        && at + 1 < text.length()
        && escapable.indexOf(text.charAt(at + 1)) >= 0;
  }
}
