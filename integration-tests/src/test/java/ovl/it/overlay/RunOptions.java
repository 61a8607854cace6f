package ovl.it.overlay;

import java.util.List;
import java.util.Locale;
import ovl.mount.OverlayMountBuilder;
import ovl.mount.Passthrough;

/**
 * What is to hold for a whole run of the tests: for each mount whose test does not say otherwise.
 * {@code -Dovl.passthrough=} names a mode of passthrough, as {@code scripts/test --passthrough} and
 * {@code scripts/oracle --passthrough} do; without it mounts have their default.
 */
public final class RunOptions {
  /** The property with the word of {@code --passthrough}. */
  public static final String PASSTHROUGH = "ovl.passthrough";

  private RunOptions() {}

  /** True if the kernel reads lower files by itself, unless a test says otherwise. */
  public static boolean passesAll() {
    return "all".equals(System.getProperty(PASSTHROUGH));
  }

  /** Arguments for the launcher, to be followed by those of a test. */
  public static List<String> arguments() {
    String which = System.getProperty(PASSTHROUGH);
    return which == null ? List.of() : List.of("--passthrough=" + which);
  }

  /** The same for a mount that this JVM serves. */
  public static void apply(OverlayMountBuilder builder) {
    String which = System.getProperty(PASSTHROUGH);
    if (which != null) {
      builder.passthrough(Passthrough.valueOf(which.toUpperCase(Locale.ROOT)));
    }
  }
}
