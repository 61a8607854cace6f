package ovl.it.os;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A finished program: its exit status and what it said.
 *
 * @param status the exit status; 128 + n after signal n
 */
public record Exec(int status, String out, String err) {
  private static final long MINUTES = 15;

  /** Runs to the end without input. */
  public static Exec run(String... command) {
    return run(List.of(command), null);
  }

  /** As {@link #run(String...)}, in a directory. Output goes through files: nothing can block. */
  public static Exec run(List<String> command, Path directory) {
    try {
      Path out = Files.createTempFile("exec", ".out");
      Path err = Files.createTempFile("exec", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(directory == null ? null : directory.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
          process.destroyForcibly();
          throw new AssertionError("still running after " + MINUTES + " minutes: " + command);
        }
        return new Exec(
            process.exitValue(),
            Files.readString(out, StandardCharsets.ISO_8859_1),
            Files.readString(err, StandardCharsets.ISO_8859_1));
      } finally {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What to put before a command that may not take longer; its status is then 124 or 137. */
  public static List<String> within(int seconds) {
    return List.of("timeout", "-k", "5", Integer.toString(seconds));
  }

  /** Runs a script with bash, for at most a minute, without failing on its status. */
  public static Exec bash(String script, Object... arguments) {
    return bash(60, script, arguments);
  }

  /** As {@link #bash(String, Object...)}, with another bound; the arguments are $1 and so on. */
  public static Exec bash(int seconds, String script, Object... arguments) {
    List<String> command = new ArrayList<>(within(seconds));
    Collections.addAll(command, "bash", "-c", script, "bash");
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return run(command, null);
  }

  /** Runs and fails unless the status is 0. */
  public static Exec ok(String... command) {
    return run(command).orFail(String.join(" ", command));
  }

  /** Itself, or an error with all that the program said. */
  public Exec orFail(String what) {
    if (status != 0) {
      throw new AssertionError(what + ": exit status " + status + "\n" + err + out);
    }
    return this;
  }
}
