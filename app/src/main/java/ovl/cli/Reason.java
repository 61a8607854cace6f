package ovl.cli;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why something failed, in one line for people. */
final class Reason {
  private Reason() {}

  static String of(IOException failure) {
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + ": no such file or directory";
    }
    if (failure instanceof FileSystemException e && e.getReason() != null) {
      return e.getFile() == null ? e.getReason() : e.getFile() + ": " + e.getReason();
    }
    return failure.getMessage();
  }
}
