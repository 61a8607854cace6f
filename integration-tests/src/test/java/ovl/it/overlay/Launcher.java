package ovl.it.overlay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import ovl.it.os.Exec;

/** scripts/ovl-mount as a user runs it. */
public final class Launcher {
  private static final String INSTALLED = System.getProperty("ovl.launcher");

  /** Where it is; {@code -Dovl.launcher=} names an installed one. */
  public static final Path PATH =
      Path.of(INSTALLED == null ? "../scripts/ovl-mount" : INSTALLED).toAbsolutePath();

  static {
    if (INSTALLED == null) {
      checkIsNotStale();
    }
  }

  private Launcher() {}

  /**
   * {@code mvn test} compiles, but only {@code mvn package} makes what the launcher runs: tests of
   * an older build would prove nothing.
   */
  private static void checkIsNotStale() {
    FileTime built = newest(Path.of("../app/target/dist/lib"));
    for (String module : List.of("fuse-core", "app")) {
      if (newest(Path.of("..", module, "target/classes")).compareTo(built) > 0) {
        throw new AssertionError(
            "scripts/ovl-mount would run an older build; first: mvn -DskipTests -pl app -am package");
      }
    }
  }

  private static FileTime newest(Path dir) {
    if (!Files.isDirectory(dir)) {
      return FileTime.fromMillis(0);
    }
    try (Stream<Path> files = Files.walk(dir)) {
      return files
          .filter(file -> file.toString().matches(".*(\\.class|/ovl-[^/]*\\.jar)"))
          .map(Launcher::modified)
          .max(Comparator.naturalOrder())
          .orElse(FileTime.fromMillis(0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs it with these arguments, to its end. */
  public static Exec run(String... arguments) {
    return Exec.run(command(List.of(arguments)), null);
  }

  /** The command line for these arguments; the launcher gets a minute, so that nothing can hang. */
  public static List<String> command(List<String> arguments) {
    List<String> command = new ArrayList<>(Exec.within(60));
    command.add(PATH.normalize().toString());
    command.addAll(arguments);
    return command;
  }
}
