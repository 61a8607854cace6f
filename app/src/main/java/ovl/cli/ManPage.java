package ovl.cli;

import java.util.ArrayList;
import java.util.List;

/** Parts of a manual page, in the language of man(7). */
final class ManPage {
  private ManPage() {}

  /** The calls with their arguments, the program in bold. */
  static String synopsis(List<String> usages) {
    List<String> lines = new ArrayList<>();
    for (String usage : usages) {
      int end = usage.indexOf(' ');
      lines.add(".PP");
      lines.add("\\fB" + escape(usage.substring(0, end)) + "\\fR" + escape(usage.substring(end)));
    }
    return String.join("\n", lines);
  }

  static String paragraphs(List<String> texts) {
    List<String> lines = new ArrayList<>();
    for (String text : texts) {
      lines.add(".PP");
      lines.add(text(text));
    }
    return String.join("\n", lines);
  }

  static String sections(List<OptionTable.Section> sections) {
    List<String> lines = new ArrayList<>();
    for (OptionTable.Section section : sections) {
      lines.add(".SS " + escape(section.heading()));
      for (OptionTable.Entry entry : section.entries()) {
        lines.addAll(entry(entry));
      }
      if (!section.notes().isEmpty()) {
        lines.add(paragraphs(section.notes()));
      }
    }
    return String.join("\n", lines);
  }

  private static List<String> entry(OptionTable.Entry entry) {
    List<String> names = entry.options().stream().map(ManPage::option).toList();
    return entry.meaning().isEmpty()
        ? List.of(String.join(",\n", names))
        : List.of(".TP", String.join(", ", names), text(entry.meaning()));
  }

  private static String option(OptionTable.Option option) {
    String name = "\\fB" + escape(option.name()) + "\\fR" + option.separator();
    return option.choices().isEmpty() && option.hasValue()
        ? name + "\\fI" + escape(option.value()) + "\\fR"
        : name + escape(option.value());
  }

  /** A line of text; at its start a dot or an apostrophe would begin a request. */
  private static String text(String text) {
    String escaped = escape(text);
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }

  private static String escape(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
  }
}
