package ovl.daemon;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The files that this JVM uses itself. None may be below the mountpoint: whoever reads one there
 * asks the daemon, which may be waiting for the very thread that reads. The JVM then hangs, and
 * only {@code kill -9} ends it.
 */
final class OwnFiles {
  private final Path mountpoint;

  /**
   * @param mountpoint as given; if it does not exist, nothing is below it and mounting will fail
   */
  OwnFiles(Path mountpoint) {
    this.mountpoint = real(mountpoint);
  }

  /** Checks the program itself: Java, the class path and the directory for temporary files. */
  void requireProgramOutside() throws IOException {
    requireOutside("Java", Path.of(System.getProperty("java.home")));
    requireOutside(
        "the directory for temporary files", Path.of(System.getProperty("java.io.tmpdir")));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      requireOutside("the program", Path.of(entry));
    }
  }

  /**
   * Checks the log file, and makes it, readable by its owner and group whatever the umask, if it
   * does not exist.
   */
  void prepareLog(Path file) throws IOException {
    Path directory = file.getParent();
    requireOutside("the directory of the log file", directory);
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----")));
    } catch (FileAlreadyExistsException e) {
      requireOutside("the log file", file);
    } catch (IOException e) {
      throw new IOException("cannot create the log file " + file, e);
    }
    if (!Files.isRegularFile(file) || !Files.isWritable(file)) {
      throw new IOException("cannot write to the log file " + file);
    }
  }

  private void requireOutside(String what, Path path) throws IOException {
    if (real(path.toAbsolutePath()).startsWith(mountpoint)) {
      throw new IOException(
          what + " (" + path + ") must not be below the mountpoint " + mountpoint);
    }
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }
}
