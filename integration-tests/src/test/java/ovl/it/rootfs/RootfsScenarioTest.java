package ovl.it.rootfs;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;

/**
 * One script of ordinary work in a Debian root filesystem of three layers, on the kernel's
 * overlayfs and on ours. The merged tree and upper must come out the same, and the lowers as they
 * were. {@code -Dovl.long=true} adds a Maven build.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RootfsScenarioTest {
  private static final boolean IS_LONG = Boolean.getBoolean("ovl.long");
  private static final Pattern MTIMES = Pattern.compile(".*: mtime (\\d+) \\| (\\d+)");

  /** What differs from run to run on one and the same filesystem, each with the reason. */
  private static final TreeRules RUN_TO_RUN =
      TreeRules.none()
          // The order of the writers, and page counts that follow from it.
          .ignore("srv/db(-wal|-shm)?", "sha256", "size")
          // Made before the run.
          .ignore("\\.", "mtime")
          // When it was cloned.
          .ignore("srv/clone/\\.git/logs/.*", "sha256")
          // Cached stat data: inode numbers and times.
          .ignore("srv/(clone|home/repo)/\\.git/index", "sha256")
          // Times are part of commits, and so of their names.
          .skip("srv/home/repo/\\.git/(objects/.*|logs/.*|refs/heads/.*|COMMIT_EDITMSG)")
          // Times and process numbers in logs, and caches with the mtimes of what they cache.
          .ignore("var/log/.*", "sha256", "size")
          .ignore("var/cache/ldconfig/aux-cache", "sha256", "size")
          .ignore("var/cache/apt/(src)?pkgcache\\.bin", "sha256", "size")
          .ignore("var/lib/apt/extended_states", "sha256")
          // Byte code with the mtimes of the sources; Maven's notes of times and files.
          .ignore("(.*/)?__pycache__/.*\\.pyc", "sha256", "size")
          .ignore("srv/clone/.*/target/.*", "sha256", "size");

  private FsPath home;
  private FsPath sources;
  private List<FsPath> layers;
  private Outcome kernels;

  /** What a run left: the two trees, and since when times are those of the run. */
  private record Outcome(TreeSnapshot merged, TreeSnapshot upper, long startNanos) {}

  @BeforeAll
  void runOnKernel() throws IOException {
    Launcher.run("--version").orFail("ovl-mount --version");
    home = Backing.EXT4.newDirectory("rootfs");
    layers = RootfsLayers.unpack(home);
    // Of its own, so that nobody commits to it between the runs.
    sources = home.at("sources.git");
    Exec.bash(
            "git -c safe.directory='*' clone -q --bare --no-hardlinks \"$1\" \"$2\"",
            Path.of("..").toAbsolutePath().normalize(),
            sources)
        .orFail("git clone of this checkout");
    kernels = run(MountKind.KERNEL);
  }

  @AfterAll
  void removeLayers() {
    if (home != null) {
      home.removeTree();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void leavesWhatTheKernelLeaves(MountKind kind) {
    Outcome ours = run(kind);
    List<String> differences = new ArrayList<>();
    compare("merged", kernels.merged, ours.merged, ours.startNanos, differences);
    compare("upper", kernels.upper, ours.upper, ours.startNanos, differences);
    if (!differences.isEmpty()) {
      fail(
          differences.size()
              + " differences, kernel | ours:\n"
              + String.join("\n", differences.subList(0, Math.min(60, differences.size()))));
    }
  }

  private Outcome run(MountKind kind) {
    try (Overlay stack = new Overlay(kind, Backing.EXT4)) {
      for (int i = 0; i < layers.size(); i++) {
        stack.lowers().set(i, layers.get(i));
      }
      stack.mount();
      final long start = System.currentTimeMillis() * 1_000_000L;
      long from = System.nanoTime();
      Path script = Path.of("src/test/scripts/use-rootfs.sh").toAbsolutePath();
      String classPath = System.getProperty("java.class.path");
      Exec used =
          Exec.bash(
              900,
              "CLASS_PATH=$5 exec \"$1\" \"$2\" \"$3\" \"$4\"",
              script,
              stack.merged(),
              sources,
              IS_LONG,
              classPath);
      System.err.printf(
          "%s: %d s%n%s%n",
          kind,
          (System.nanoTime() - from) / 1_000_000_000L,
          used.out().lines().filter(l -> l.matches("\\d+ s: .*")).toList());
      used.orFail("the script on " + kind);
      stack.remount();
      TreeSnapshot merged = TreeSnapshot.of(stack.merged(), List.of(TreeSnapshot.Time.MTIME));
      stack.unmount();
      TreeSnapshot upper = TreeSnapshot.of(stack.upper(), List.of(TreeSnapshot.Time.MTIME));
      return new Outcome(merged, upper, start);
    }
  }

  private void compare(
      String what, TreeSnapshot kernel, TreeSnapshot ours, long start, List<String> into) {
    for (String difference : kernel.differences(ours, RUN_TO_RUN)) {
      Matcher mtimes = MTIMES.matcher(difference);
      boolean areBothNow =
          mtimes.matches()
              && Long.parseLong(mtimes.group(1)) >= kernels.startNanos - 1_000_000_000L
              && Long.parseLong(mtimes.group(2)) >= start - 1_000_000_000L;
      if (!areBothNow) {
        into.add(what + " " + difference);
      }
    }
  }
}
