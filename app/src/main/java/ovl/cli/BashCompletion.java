package ovl.cli;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Parts of a completion for bash. */
final class BashCompletion {
  private BashCompletion() {}

  /** The names, each quoted on a line of its own; those that want a value after = end with it. */
  static String words(List<OptionTable.Section> sections) {
    return options(sections)
        .map(option -> "    '" + option.name() + option.separator().strip() + "'")
        .distinct()
        .collect(Collectors.joining("\n"));
  }

  /** Branches of a case statement over names: which kind of value is to be completed. */
  static String values(List<OptionTable.Section> options, List<OptionTable.Section> mountOptions) {
    List<OptionTable.Option> all = Stream.concat(options(options), options(mountOptions)).toList();
    Stream<String> kinds =
        Stream.of(
            branch(all, OptionTable.Option::isDirectories, "directories"),
            branch(all, OptionTable.Option::isDirectory, "directory"),
            branch(all, OptionTable.Option::isFile, "file"));
    Stream<String> choices =
        all.stream()
            .filter(option -> !option.choices().isEmpty())
            .map(
                option ->
                    branch(List.of(option), each -> true, String.join(" ", option.choices())));
    return Stream.concat(kinds, choices).collect(Collectors.joining("\n"));
  }

  private static String branch(
      List<OptionTable.Option> options, Predicate<OptionTable.Option> isOfKind, String kind) {
    return options.stream()
        .filter(isOfKind)
        .map(OptionTable.Option::name)
        .collect(Collectors.joining(" | ", "    ", ") echo '" + kind + "' ;;"));
  }

  private static Stream<OptionTable.Option> options(List<OptionTable.Section> sections) {
    return sections.stream()
        .flatMap(section -> section.entries().stream())
        .flatMap(entry -> entry.options().stream());
  }
}
