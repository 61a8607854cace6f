package ovl.mount;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.sys.Syscalls;

/** A mount inside this JVM, as a program that embeds the library makes it. */
final class OverlayMountTest {
  @TempDir private Path home;

  @BeforeEach
  void prepare() {
    requireFuse();
  }

  /** Skips the test where nothing can be mounted. */
  static void requireFuse() {
    boolean canMount = Files.exists(Path.of("/dev/fuse")) && Syscalls.load().geteuid() == 0;
    assertTrue(canMount || !"true".equals(System.getenv("CI")), "CI needs root and /dev/fuse");
    assumeTrue(canMount, "not root, or no /dev/fuse");
  }

  @AfterEach
  void unmount() throws Exception {
    if (Files.readString(Path.of("/proc/self/mounts")).contains(" " + home.resolve("merged"))) {
      new ProcessBuilder("umount", "-l", home + "/merged").inheritIO().start().waitFor();
    }
  }

  @Test
  void mountShowsTheLayersAndWritesGoToUpper() throws Exception {
    Path low = directory("low");
    Path top = directory("top");
    Files.writeString(low.resolve("a"), "low");
    Files.writeString(low.resolve("b"), "low");
    Files.writeString(top.resolve("a"), "top");
    Path upper = directory("upper");
    Path merged = directory("merged");
    OverlayMountBuilder builder =
        OverlayMount.builder().lower(top).lower(low).upper(upper).work(directory("work"));
    try (OverlayMount mount = builder.mount(merged)) {
      assertEquals(merged.toRealPath(), mount.mountpoint());
      assertEquals("top", Files.readString(merged.resolve("a")));
      Files.writeString(merged.resolve("b"), "changed");
      assertThrows(OverlayMountException.class, () -> builder.mount(merged), "mounted twice");
    }
    assertEquals("changed", Files.readString(upper.resolve("b")));
    assertEquals("low", Files.readString(low.resolve("b")));
    assertFalse(Files.exists(merged.resolve("a")), "still mounted");
    builder.mount(merged).close();
  }

  @Test
  void unmountFromOutsideEndsTheWaiting() throws Exception {
    Path merged = directory("merged");
    try (OverlayMount mount = OverlayMount.builder().lower(directory("low")).mount(merged)) {
      new ProcessBuilder("umount", merged.toString()).inheritIO().start().waitFor();
      mount.awaitUnmounted();
    }
  }

  /** A program that ends without closing, with a file open. */
  static final class Ending {
    private Ending() {}

    public static void main(String[] args) throws Exception {
      Path home = Path.of(args[0]);
      OverlayMountBuilder builder = OverlayMount.builder().lower(home.resolve("low"));
      Path merged = home.resolve("merged");
      OverlayMount mount = builder.mount(merged).closeAtExit().closeAtExit();
      try (OverlayMount other = builder.mount(home.resolve("other")).closeAtExit()) {
        Files.readString(other.mountpoint().resolve("a"));
      }
      int first = Files.newInputStream(mount.mountpoint().resolve("a")).read();
      System.exit(first == 'l' ? 7 : 1);
    }
  }

  @Test
  void endOfTheProgramUnmountsIfAskedFor() throws Exception {
    Files.writeString(directory("low").resolve("a"), "low");
    directory("other");
    Path merged = directory("merged");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = System.getProperty("java.class.path");
    Process program =
        new ProcessBuilder(java, "-cp", classPath, Ending.class.getName(), home.toString())
            .inheritIO()
            .start();
    if (!program.waitFor(60, TimeUnit.SECONDS)) {
      program.destroyForcibly();
    }
    assertEquals(7, program.waitFor());
    assertFalse(Files.readString(Path.of("/proc/self/mounts")).contains(" " + merged + " "));
  }

  /** What is mounted there since is somebody else's. */
  @ParameterizedTest
  @EnumSource(TransportKind.class)
  void whatIsUnmountedAlreadyIsNotUnmountedAgain(TransportKind transport) throws Exception {
    Path low = directory("low");
    Files.writeString(low.resolve("a"), "low");
    Path merged = directory("merged");
    OverlayMountBuilder builder = OverlayMount.builder().lower(low).transport(transport);
    OverlayMount first = builder.mount(merged);
    try (InputStream open = Files.newInputStream(merged.resolve("a"))) {
      first.unmount();
      try (OverlayMount second = builder.mount(merged)) {
        first.unmount();
        assertEquals("low", Files.readString(merged.resolve("a")));
      }
      assertFalse(Files.exists(merged.resolve("a")), "still mounted");
    }
    first.awaitUnmounted();
  }

  @Test
  void whatSomebodyElseHasUnmountedIsNotUnmountedAgain() throws Exception {
    Path low = directory("low");
    Files.writeString(low.resolve("a"), "low");
    Path merged = directory("merged");
    OverlayMount first = OverlayMount.builder().lower(low).mount(merged);
    try (InputStream open = Files.newInputStream(merged.resolve("a"))) {
      new ProcessBuilder("umount", "-l", merged.toString()).inheritIO().start().waitFor();
      try (OverlayMount second = OverlayMount.builder().lower(low).mount(merged)) {
        first.unmount();
        assertEquals("low", Files.readString(merged.resolve("a")));
      }
    }
    first.awaitUnmounted();
  }

  @Test
  void whatIsMountedOverItIsLeftAlone() throws Exception {
    Path merged = directory("merged");
    try (OverlayMount mount = OverlayMount.builder().lower(directory("low")).mount(merged)) {
      String[] over = {"mount", "-t", "tmpfs", "over", merged.toString()};
      assertEquals(0, new ProcessBuilder(over).inheritIO().start().waitFor());
      assertThrows(OverlayMountException.class, mount::unmount);
      new ProcessBuilder("umount", merged.toString()).inheritIO().start().waitFor();
    }
  }

  @Test
  void pathThatIsNotTheHostsIsRefused() throws Exception {
    Map<String, String> create = Map.of("create", "true");
    URI zip = URI.create("jar:" + home.resolve("a.zip").toUri());
    try (FileSystem other = FileSystems.newFileSystem(zip, create)) {
      Path root = other.getPath("/");
      OverlayMountBuilder from = OverlayMount.builder().lower(root);
      assertThrows(IllegalArgumentException.class, from::options);
      OverlayMountBuilder onto = OverlayMount.builder().lower(directory("low"));
      assertThrows(IllegalArgumentException.class, () -> onto.mount(root));
    }
  }

  /** Else the layers would be closed below a mount that the kernel may have by then. */
  @ParameterizedTest
  @EnumSource(TransportKind.class)
  void whoIsInterruptedMountsAllTheSame(TransportKind transport) throws Exception {
    Path low = directory("low");
    Files.writeString(low.resolve("a"), "low");
    Path merged = directory("merged");
    OverlayMountBuilder builder = OverlayMount.builder().lower(low).transport(transport);
    OverlayMount mount = mountInterrupted(builder, merged);
    try (mount) {
      assertEquals("low", Files.readString(merged.resolve("a")));
    }
    mount.awaitUnmounted();
    assertFalse(Files.exists(merged.resolve("a")), "still mounted");
  }

  private static OverlayMount mountInterrupted(OverlayMountBuilder builder, Path merged)
      throws OverlayMountException {
    Thread.currentThread().interrupt();
    try {
      return builder.mount(merged);
    } finally {
      assertTrue(Thread.interrupted(), "the interrupt was swallowed");
    }
  }

  @Test
  void missingLayerIsNamed() throws IOException {
    Path missing = home.resolve("missing");
    OverlayMountBuilder builder = OverlayMount.builder().lower(missing);
    Path merged = directory("merged");
    OverlayMountException e =
        assertThrows(OverlayMountException.class, () -> builder.mount(merged));
    assertTrue(e.getMessage().contains(missing.toString()), e.getMessage());
  }

  private Path directory(String name) throws IOException {
    return Files.createDirectories(home.resolve(name));
  }
}
