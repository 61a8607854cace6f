package ovl.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import ovl.mount.MountFlag;
import ovl.mount.OverlayMount;
import ovl.mount.OverlayMountBuilder;

/** What the program understands, what its help texts say and what is made from these are one. */
final class DocumentationTest {
  private static final Path TEMPLATES = Path.of("../scripts/debian");
  private static final CalledAs OWN = new CalledAs(CalledAs.OWN_NAME);
  private static final WorkingDirectory DIRECTORY = new WorkingDirectory(Path.of("/"));

  /** The launcher's own business. */
  private static final Set<String> VERSION = Set.of("-V", "--version");

  private static final String ANY_NAME = "x-...";

  @Test
  void tableHoldsExactlyTheOptions() throws Exception {
    Set<String> understood = words(word -> word.matches("--?[a-zA-Z][-a-z]*"));
    for (String word : features()) {
      understood.add("--" + word.replace('_', '-'));
    }
    understood.removeIf(option -> isUnknown(option));
    understood.addAll(VERSION);
    assertEquals(understood, names(options()));
  }

  @Test
  void tableHoldsExactlyTheMountOptions() throws Exception {
    Set<String> understood = words(word -> word.matches("[_a-z][-_a-z0-9+]*"));
    for (MountFlag flag : MountFlag.values()) {
      String name = flag.name().toLowerCase(Locale.ROOT);
      understood.add(name);
      understood.add(name.startsWith("no") ? name.substring(2) : "a" + name);
    }
    understood.addAll(features());
    understood.removeIf(
        word ->
            word.equals("x-")
                || Stream.of("", "=0", "=off", "=d")
                    .allMatch(value -> isUnknown("-o" + word + value)));
    understood.add(ANY_NAME);
    assertEquals(understood, names(mountOptions()));
  }

  @Test
  void tableSaysWhichMountOptionsTakeValue() throws IOException {
    for (OptionTable.Option option : mountOptions()) {
      if (!option.name().equals(ANY_NAME)) {
        List<String> values = option.choices().isEmpty() ? List.of("off") : option.choices();
        for (String value : option.hasValue() ? values : List.<String>of()) {
          assertFalse(isUnknown("-o" + option.name() + "=" + value), option::toString);
        }
        assertEquals(isAlsoPlain(option), !isUnknown("-o" + option.name()), option::toString);
      }
    }
  }

  @Test
  void entryIsReadWithItsNamesAndItsMeaning() {
    OptionTable table =
        OptionTable.parse(
            """
            Usage: program X
                   program command

            About
            it.

            Some
              -a, --all             everything,
                                    always
              -o, --one=A|B, --two DIR,
              --three               these

            A note.
            """);
    assertEquals(List.of("program X", "program command"), table.usages());
    assertEquals(List.of("About it."), table.about());
    OptionTable.Section section = table.sections().get(0);
    assertEquals("Some", section.heading());
    assertEquals(List.of("A note."), section.notes());
    assertEquals("everything, always", section.entries().get(0).meaning());
    assertEquals(
        List.of("-a", "--all", "-o", "--one=A|B", "--two DIR", "--three"),
        table.options().stream().map(OptionTable.Option::toString).toList());
    assertEquals(List.of("A", "B"), table.options().get(3).choices());
  }

  @Test
  void manualHasAllOptions() throws IOException {
    String manual = filled("ovl-mount.1.in");
    for (OptionTable.Option option : all()) {
      String name = "\\fB" + option.name().replace("-", "\\-") + "\\fR";
      assertTrue(manual.contains(name), name);
    }
    assertTrue(manual.contains(".SS Layers\n.TP\n\\fB\\-\\-lower\\fR \\fIA:B:C\\fR\nread\\-only"));
    assertTrue(manual.contains("\\e: is a colon"));
  }

  @Test
  void completionsOfferAllOptionsThatHaveMeaning() throws IOException {
    String bash = filled("completion.bash.in");
    String zsh = filled("completion.zsh.in");
    for (OptionTable.Option option : all()) {
      if (!isWithoutMeaning(option)) {
        String end = option.separator().equals("=") ? "='" : "'";
        assertTrue(bash.contains("'" + option.name() + end), option::toString);
        assertTrue(zsh.contains("'*" + option.name()), option::toString);
      }
    }
    assertTrue(bash.contains("--lower | lowerdir) echo 'directories'"), bash);
    assertTrue(bash.contains("--transport) echo 'dev libfuse2'"), bash);
    assertTrue(zsh.contains("'*--transport=[how to speak with the kernel\\: by "), zsh);
    assertTrue(zsh.contains(":dev|libfuse2:(dev libfuse2)'"), zsh);
    assertTrue(zsh.contains("upper'\\''s"), zsh);
  }

  @Test
  void completionsOfferTheCommands() throws IOException {
    String usage = Files.readString(Path.of("src/main/resources/ovl/cli/usage.txt"));
    List<String> commands =
        Pattern.compile("(?m)^ +ovl-mount ([a-z]+) ")
            .matcher(usage)
            .results()
            .map(found -> found.group(1))
            .toList();
    assertEquals(List.of("status", "which", "diff"), commands);
    assertTrue(filled("completion.bash.in").contains("'" + String.join(" ", commands) + "'"));
    assertTrue(filled("completion.zsh.in").contains("(" + String.join(" ", commands) + ")"));
  }

  @Test
  void templatesLeaveNothingToFillInButVersionAndDate() throws IOException {
    for (String template : List.of("ovl-mount.1.in", "completion.bash.in", "completion.zsh.in")) {
      String rest = filled(template).replaceAll("@(VERSION|DATE)@", "");
      assertFalse(rest.matches("(?s).*@[A-Z_]+@.*"), template);
    }
  }

  private static String filled(String template) throws IOException {
    return Documentation.ofTheProgram().fill(Files.readString(TEMPLATES.resolve(template)));
  }

  private static List<OptionTable.Option> options() throws IOException {
    return OptionTable.read("usage.txt").options();
  }

  private static List<OptionTable.Option> mountOptions() throws IOException {
    return OptionTable.read("mount-options.txt").options();
  }

  private static List<OptionTable.Option> all() throws IOException {
    return Stream.concat(options().stream(), mountOptions().stream()).toList();
  }

  private static Set<String> names(List<OptionTable.Option> options) {
    return options.stream()
        .map(OptionTable.Option::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static boolean isAlsoPlain(OptionTable.Option option) throws IOException {
    return mountOptions().stream()
        .anyMatch(other -> other.name().equals(option.name()) && !other.hasValue());
  }

  private static boolean isWithoutMeaning(OptionTable.Option option) throws IOException {
    return OptionTable.read("mount-options.txt").sections().stream()
        .flatMap(section -> section.entries().stream())
        .anyMatch(entry -> entry.meaning().isEmpty() && entry.options().contains(option));
  }

  /** Whether an argument is refused because the program does not know it. */
  private static boolean isUnknown(String argument) {
    try {
      MountArguments.parse(OWN, DIRECTORY, List.of("--lower=a", argument, "m"));
      return false;
    } catch (UsageException e) {
      String message = e.getMessage();
      return message.startsWith("unknown ") && message.endsWith(argument.replaceFirst("^-o", " "));
    }
  }

  /** The words of a kind that the classes of this package hold, an option being one of them. */
  private static Set<String> words(Predicate<String> isOfKind)
      throws IOException, URISyntaxException {
    Set<String> words = new TreeSet<>();
    Path classes = Path.of(Main.class.getResource("Main.class").toURI()).getParent();
    try (Stream<Path> files = Files.list(classes)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
        addWords(words, isOfKind, Files.newInputStream(file));
      }
    }
    return words;
  }

  private static Set<String> features() throws IOException {
    Set<String> features = new TreeSet<>();
    InputStream names = OverlayMount.class.getResourceAsStream("FeatureOptions.class");
    addWords(features, OverlayMountBuilder::hasFeature, names);
    return features;
  }

  /** Adds text constants of a class file, names included: JVM specification, section 4.4. */
  private static void addWords(Set<String> words, Predicate<String> isOfKind, InputStream classFile)
      throws IOException {
    try (DataInputStream data = new DataInputStream(classFile)) {
      data.skipNBytes(8);
      int count = data.readUnsignedShort();
      for (int i = 1; i < count; i++) {
        int tag = data.readUnsignedByte();
        switch (tag) {
          case 1 -> {
            String constant = data.readUTF();
            if (isOfKind.test(constant)) {
              words.add(constant);
            }
          }
          case 3, 4, 9, 10, 11, 12, 17, 18 -> data.skipNBytes(4);
          case 5, 6 -> {
            data.skipNBytes(8);
            i++;
          }
          case 7, 8, 16, 19, 20 -> data.skipNBytes(2);
          case 15 -> data.skipNBytes(3);
          default -> throw new IOException("constant of kind " + tag);
        }
      }
    }
  }
}
