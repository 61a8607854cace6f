package ovl.it.os;

import org.junit.jupiter.api.Assumptions;

/** Programs that a test cannot do without, and that not every machine has. */
public final class Programs {
  private Programs() {}

  /** Skips the test, and says so, where there is no such program. */
  public static void need(String program, String debianPackage) {
    if (Exec.bash("command -v \"$1\"", program).status() != 0) {
      String reason = "no " + program + " (Debian's " + debianPackage + ")";
      System.err.println("skipped: " + reason);
      Assumptions.abort(reason);
    }
  }
}
