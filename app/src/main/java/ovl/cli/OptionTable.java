package ovl.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The options as the help texts describe them: what the manual and the completions are made from,
 * so that an option is described once. A line that begins with two blanks names options, separated
 * by a comma and a blank; after two more blanks, or on lines indented further, follows what they
 * mean. A name may be followed by {@code =} or a blank and what its value is. Other lines are
 * headings, when options follow, or paragraphs.
 *
 * @param usages the ways to call the program
 * @param about the paragraphs before the first heading, each on one line
 * @param sections the rest
 */
record OptionTable(List<String> usages, List<String> about, List<Section> sections) {
  private static final String NAMES = "  ";
  private static final String MEANING = "   ";

  /**
   * Options under a heading.
   *
   * @param notes paragraphs after the options
   */
  record Section(String heading, List<Entry> entries, List<String> notes) {}

  /** Options with one meaning; the meaning is empty where the heading says all. */
  record Entry(List<Option> options, String meaning) {}

  /**
   * One option.
   *
   * @param name with its dashes, if any
   * @param separator between name and value: {@code =}, a blank, or nothing if there is no value
   * @param value what it is, for people: a word in capitals, or words between bars to choose from
   */
  record Option(String name, String separator, String value) {
    static Option parse(String term) {
      int at = 0;
      while (at < term.length() && "= ".indexOf(term.charAt(at)) < 0) {
        at++;
      }
      int value = Math.min(at + 1, term.length());
      return new Option(term.substring(0, at), term.substring(at, value), term.substring(value));
    }

    boolean hasValue() {
      return !separator.isEmpty();
    }

    /** The words that the value is chosen from; none if it is free. */
    List<String> choices() {
      return value.contains("|") ? List.of(value.split("\\|")) : List.of();
    }

    /** Whether the value is a list of directories. */
    boolean isDirectories() {
      return value.startsWith("A:B");
    }

    boolean isDirectory() {
      return value.equals("DIR");
    }

    boolean isFile() {
      return value.equals("FILE");
    }

    @Override
    public String toString() {
      return name + separator + value;
    }
  }

  /** The table of a text that is part of the program. */
  static OptionTable read(String resource) throws IOException {
    try (InputStream text = OptionTable.class.getResourceAsStream(resource)) {
      return parse(new String(text.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  static OptionTable parse(String text) {
    List<String> usages = List.of();
    List<String> about = new ArrayList<>();
    List<Section> sections = new ArrayList<>();
    for (String block : text.strip().split("\n\n+")) {
      List<String> lines = block.lines().toList();
      if (block.startsWith("Usage: ")) {
        usages = block.substring("Usage: ".length()).lines().map(String::strip).toList();
      } else if (lines.get(0).startsWith(NAMES)) {
        sections.add(new Section("", entries(lines), new ArrayList<>()));
      } else if (lines.size() > 1 && lines.get(1).startsWith(NAMES)) {
        List<Entry> entries = entries(lines.subList(1, lines.size()));
        sections.add(new Section(lines.get(0), entries, new ArrayList<>()));
      } else if (sections.isEmpty()) {
        about.add(String.join(" ", lines));
      } else {
        sections.get(sections.size() - 1).notes().add(String.join(" ", lines));
      }
    }
    return new OptionTable(usages, about, sections);
  }

  /** All options, in the order of the text. */
  List<Option> options() {
    return sections.stream()
        .flatMap(section -> section.entries().stream())
        .flatMap(entry -> entry.options().stream())
        .toList();
  }

  private static List<Entry> entries(List<String> lines) {
    List<Entry> entries = new ArrayList<>();
    StringBuilder names = new StringBuilder();
    StringBuilder meaning = new StringBuilder();
    for (String line : lines) {
      if (line.startsWith(MEANING)) {
        meaning.append(' ').append(line.strip());
        continue;
      }
      if (meaning.length() > 0) {
        entries.add(entry(names, meaning));
        names.setLength(0);
        meaning.setLength(0);
      }
      String[] columns = line.strip().split("  +", 2);
      names.append(' ').append(columns[0]);
      meaning.append(columns.length > 1 ? columns[1] : "");
    }
    entries.add(entry(names, meaning));
    return entries;
  }

  private static Entry entry(CharSequence names, CharSequence meaning) {
    List<Option> options = new ArrayList<>();
    for (String term : names.toString().strip().split(", ")) {
      options.add(Option.parse(term));
    }
    return new Entry(options, meaning.toString().strip());
  }
}
