package ovl.transport.dev.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes of this package as compiled, and the rules by which they are named after the kernel's
 * structs.
 */
final class WireClasses {
  private static final Map<String, String> SPECIAL_NAMES =
      Map.of(
          "fuse_attr", "WireAttr",
          "fuse_statx", "SxStat",
          "fuse_direntplus", "DirentPlus");

  private WireClasses() {}

  static List<Class<?>> all() {
    try {
      Path root =
          Path.of(Flyweight.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path folder = root.resolve(Flyweight.class.getPackageName().replace('.', '/'));
      try (Stream<Path> files = Files.list(folder)) {
        return files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith(".class") && !name.equals("package-info.class"))
            .sorted()
            .<Class<?>>map(name -> load(name.substring(0, name.length() - ".class".length())))
            .toList();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<Class<?>> flyweights() {
    return all().stream()
        .filter(type -> Flyweight.class.isAssignableFrom(type) && type != Flyweight.class)
        .toList();
  }

  /** Classes that hold constants only. */
  static List<Class<?>> constants() {
    return all().stream()
        .filter(
            type ->
                !Flyweight.class.isAssignableFrom(type) && !Throwable.class.isAssignableFrom(type))
        .toList();
  }

  static String simpleNameFor(String struct) {
    return SPECIAL_NAMES.getOrDefault(
        struct,
        Stream.of(struct.substring("fuse_".length()).split("_"))
            .map(WireClasses::capitalized)
            .collect(Collectors.joining()));
  }

  static String accessorFor(String field) {
    String[] words = field.split("_");
    return words[0]
        + Stream.of(words).skip(1).map(WireClasses::capitalized).collect(Collectors.joining());
  }

  static int length(Class<?> flyweight) throws ReflectiveOperationException {
    return flyweight.getField("LENGTH").getInt(null);
  }

  static Flyweight<?> create(Class<?> flyweight) {
    try {
      return (Flyweight<?>) flyweight.getConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Class<?> load(String simpleName) {
    try {
      return Class.forName(Flyweight.class.getPackageName() + "." + simpleName);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String capitalized(String word) {
    return Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }
}
