package ovl.cli;

import java.util.ArrayList;
import java.util.List;

/** Parts of a completion for zsh: specifications for its functions _arguments and _values. */
final class ZshCompletion {
  private ZshCompletion() {}

  /** For _arguments, one per line and quoted. */
  static String arguments(List<OptionTable.Section> sections) {
    List<String> lines = new ArrayList<>();
    for (OptionTable.Section section : sections) {
      for (OptionTable.Entry entry : section.entries()) {
        for (OptionTable.Option option : entry.options()) {
          // A long option takes its value after = or as the next word, a short one without both
          // too.
          String form = !option.hasValue() ? "" : option.name().startsWith("--") ? "=" : "+";
          lines.add(quote("*" + option.name() + form + "[" + meaning(entry) + "]" + value(option)));
        }
      }
    }
    return String.join("\n", lines);
  }

  /** For _values, one per line and quoted. */
  static String values(List<OptionTable.Section> sections) {
    List<String> lines = new ArrayList<>();
    for (OptionTable.Section section : sections) {
      for (OptionTable.Entry entry : section.entries()) {
        for (OptionTable.Option option : entry.options()) {
          lines.add(quote("*" + option.name() + "[" + meaning(entry) + "]" + value(option)));
        }
      }
    }
    return String.join("\n", lines);
  }

  private static String value(OptionTable.Option option) {
    if (!option.hasValue()) {
      return "";
    }
    String action = " ";
    if (option.isDirectories()) {
      action = "_dir_list";
    } else if (option.isDirectory()) {
      action = "_directories";
    } else if (option.isFile()) {
      action = "_files";
    } else if (!option.choices().isEmpty()) {
      action = "(" + String.join(" ", option.choices()) + ")";
    } else if (option.name().equals("-o")) {
      action = "->mount-options";
    }
    return ":" + escape(option.value()) + ":" + action;
  }

  private static String meaning(OptionTable.Entry entry) {
    return escape(entry.meaning());
  }

  private static String escape(String text) {
    return text.replaceAll("[\\\\\\[\\]:]", "\\\\$0");
  }

  private static String quote(String specification) {
    return "    '" + specification.replace("'", "'\\''") + "' \\";
  }
}
