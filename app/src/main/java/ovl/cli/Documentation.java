package ovl.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills in what the manual page and the completions say about options; scripts/package runs it. A
 * line of the template that is {@code @NAME@} stands for the text of that name.
 */
final class Documentation {
  private final OptionTable own;
  private final OptionTable mountOptions;

  private Documentation(OptionTable own, OptionTable mountOptions) {
    this.own = own;
    this.mountOptions = mountOptions;
  }

  /** Prints the template that the argument names, filled in. */
  public static void main(String[] args) throws IOException {
    System.out.print(ofTheProgram().fill(Files.readString(Path.of(args[0]))));
  }

  static Documentation ofTheProgram() throws IOException {
    return new Documentation(OptionTable.read("usage.txt"), OptionTable.read("mount-options.txt"));
  }

  String fill(String template) {
    StringBuilder filled = new StringBuilder();
    template.lines().forEach(line -> filled.append(text(line)).append('\n'));
    return filled.toString();
  }

  private String text(String line) {
    return switch (line) {
      case "@SYNOPSIS@" -> ManPage.synopsis(own.usages());
      case "@DESCRIPTION@" -> ManPage.paragraphs(own.about());
      case "@OPTIONS@" -> ManPage.sections(own.sections());
      case "@MOUNT_OPTIONS@" -> ManPage.sections(mountOptions.sections());
      case "@BASH_OPTIONS@" -> BashCompletion.words(own.sections());
      case "@BASH_MOUNT_OPTIONS@" -> BashCompletion.words(offered());
      case "@BASH_VALUES@" -> BashCompletion.values(own.sections(), offered());
      case "@ZSH_OPTIONS@" -> ZshCompletion.arguments(own.sections());
      case "@ZSH_MOUNT_OPTIONS@" -> ZshCompletion.values(offered());
      default -> line;
    };
  }

  /** Without those that have no meaning, which nobody wants to be reminded of. */
  private List<OptionTable.Section> offered() {
    List<OptionTable.Section> offered = new ArrayList<>(mountOptions.sections());
    offered.removeIf(
        section -> section.entries().stream().allMatch(entry -> entry.meaning().isEmpty()));
    return offered;
  }
}
