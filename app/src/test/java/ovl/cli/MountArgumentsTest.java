package ovl.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.mount.Access;
import ovl.mount.MountFlag;
import ovl.mount.MountOptions;
import ovl.mount.TransportKind;

final class MountArgumentsTest {
  private static final Path DIRECTORY = Path.of("/home/user");

  @Test
  void layersAreReadTopToBottomOverRepeats() throws UsageException {
    MountOptions options = parse("--lower", "a:/b", "--lower=c\\:d", "-o", "lowerdir=e", "m");
    assertEquals(paths("/home/user/a", "/b", "/home/user/c:d", "/home/user/e"), options.lowers());
    assertNull(options.upper());
  }

  @Test
  void relativePathsAreRelativeToTheCallersDirectory() throws UsageException {
    MountArguments arguments =
        MountArguments.parse(
            DIRECTORY,
            List.of("--lower", "l", "--upper", "u:v", "--work=w", "--log-file", "log", "../m"));
    assertEquals(Path.of("/home/user/u:v"), arguments.options().upper());
    assertEquals(Path.of("/home/user/w"), arguments.options().work());
    assertEquals(Path.of("/home/user/log"), arguments.logFile());
    assertEquals(Path.of("/home/user/../m"), arguments.mountpoint());
  }

  @Test
  void optionsMayFollowTheMountpoint() throws UsageException {
    MountOptions options = parse("m", "-olowerdir=a,upperdir=u\\,v,workdir=w,,volatile");
    assertEquals(paths("/home/user/a"), options.lowers());
    assertEquals(Path.of("/home/user/u,v"), options.upper());
    assertTrue(options.isVolatile());
  }

  @Test
  void argumentsAfterTwoDashesAreNotOptions() throws UsageException {
    MountArguments arguments =
        MountArguments.parse(DIRECTORY, List.of("--lower", "a", "--", "--debug"));
    assertEquals(Path.of("/home/user/--debug"), arguments.mountpoint());
    assertFalse(arguments.isDebug());
  }

  @Test
  void defaultsAreTheKernelTransportAndAWritableMount() throws UsageException {
    MountOptions options = parse("--lower", "a", "m");
    assertEquals(TransportKind.DEV, options.transport());
    assertEquals(Access.DEFAULT, options.access());
    assertEquals(Set.of(), options.flags());
    assertEquals(0, options.threads());
    assertFalse(options.isReadOnly());
  }

  @Test
  void lastWordAboutAFlagCounts() throws UsageException {
    MountOptions options =
        parse("--lower", "a", "-o", "nosuid,nodev,dev,noatime", "-o", "sync,ro,rw", "m");
    assertEquals(Set.of(MountFlag.NOSUID, MountFlag.NOATIME, MountFlag.SYNC), options.flags());
    assertFalse(options.isReadOnly());
  }

  @Test
  void switchesAreUnderstood() throws UsageException {
    MountArguments arguments =
        MountArguments.parse(
            DIRECTORY,
            List.of(
                "-f",
                "-d",
                "--read-only",
                "--volatile",
                "--allow-root",
                "--threads=3",
                "--transport",
                "libfuse2",
                "--fsname",
                "x",
                "--lower",
                "a",
                "m"));
    assertTrue(arguments.isForeground());
    assertTrue(arguments.isDebug());
    MountOptions options = arguments.options();
    assertTrue(options.isReadOnly());
    assertEquals(Access.ALLOW_ROOT, options.access());
    assertEquals(3, options.threads());
    assertEquals(TransportKind.LIBFUSE2, options.transport());
    assertEquals("x", options.fsName());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--nope m|unknown option --nope",
        "--nope=1 m|unknown option --nope",
        "-x m|unknown option -x",
        "--lower|--lower needs a value",
        "--lower= m|--lower: empty path",
        "--lower a: m|--lower: empty path",
        "--debug=yes m|--debug takes no value",
        "--lower a|no mountpoint given",
        "--lower a m n|more than one mountpoint: /home/user/m and n",
        "--threads x m|--threads needs a number, not x",
        "--threads -1 --lower a m|threads must be 0 to 1024",
        "--transport tcp m|--transport must be dev or libfuse2, not tcp",
        "-o frobnicate m|unknown mount option frobnicate",
        "-o a=b m|unknown mount option a=b",
        "m|at least one lower layer is needed",
        "--lower a --upper u m|an upper layer needs a work directory",
        "--lower a --work w m|a work directory needs an upper layer",
        "--lower a --fsname=a,b m|fsname must not be empty or contain blanks or commas",
      })
  void mistakeIsNamedInOneLine(String line) {
    String[] parts = line.split("\\|");
    UsageException e = assertThrows(UsageException.class, () -> parse(parts[0].split(" ")));
    assertEquals(parts[1], e.getMessage());
  }

  private static MountOptions parse(String... arguments) throws UsageException {
    MountArguments parsed = MountArguments.parse(DIRECTORY, List.of(arguments));
    parsed.mountpoint();
    return parsed.options();
  }

  private static List<Path> paths(String... paths) {
    return java.util.Arrays.stream(paths).map(Path::of).toList();
  }
}
