package ovl.it.overlay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32;
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
    for (String module : List.of("fuse-core", "app")) {
      Path classes = Path.of("..", module, "target/classes");
      if (!Files.isDirectory(classes)) {
        continue;
      }
      try (JarFile jar = new JarFile(jar(module).toFile());
          Stream<Path> files = Files.walk(classes)) {
        if (!files.filter(Files::isRegularFile).allMatch(file -> isIn(jar, classes, file))) {
          throw new AssertionError(
              "scripts/ovl-mount would run an older build;"
                  + " first: mvn -DskipTests -pl app -am package");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static Path jar(String module) throws IOException {
    try (Stream<Path> jars = Files.list(Path.of("../app/target/dist/lib"))) {
      return jars.filter(jar -> jar.getFileName().toString().startsWith("ovl-" + module))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no jar of " + module + " in app/target/dist"));
    }
  }

  private static boolean isIn(JarFile jar, Path classes, Path file) {
    JarEntry entry = jar.getJarEntry(classes.relativize(file).toString());
    CRC32 crc = new CRC32();
    try {
      crc.update(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return entry != null && entry.getCrc() == crc.getValue();
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
