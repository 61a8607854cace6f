package ovl.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A C program that says what a header of this machine says. */
public final class CProgram {
  private final Path folder;

  /**
   * Skips the test where there is no C compiler.
   *
   * @param folder for its own files
   */
  public CProgram(Path folder) {
    assumeTrue(isOnPath("cc"), "no C compiler");
    this.folder = folder;
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  /** The lines that the program prints. */
  public List<String> output(Path source) throws IOException, InterruptedException {
    Path program = folder.resolve("program");
    run("cc", "-Wall", "-Werror", "-o", program.toString(), source.toString());
    return run(program.toString());
  }

  private List<String> run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "run", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command[0] + " does not end");
    }
    List<String> lines = Files.readAllLines(output);
    assertEquals(0, process.exitValue(), () -> String.join("\n", lines));
    return lines;
  }
}
