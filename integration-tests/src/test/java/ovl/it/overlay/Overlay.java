package ovl.it.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.tree.TreeRules;
import ovl.it.tree.TreeSnapshot;
import ovl.sys.Errno;

/**
 * One stack of layers and its merged directory. The layers are filled before {@link #mount}; from
 * then on the lowers must not change in any way, which {@link #close} checks, access times
 * included.
 */
public final class Overlay implements AutoCloseable {
  private final MountKind kind;
  private final FsPath home;
  private final List<FsPath> lowers = new ArrayList<>();
  private final List<FsPath> dataLowers = new ArrayList<>();
  private final List<TreeSnapshot> lowersBefore = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final List<String> features = new ArrayList<>(List.of("redirect_dir=on"));
  private FsPath upper;
  private FsPath work;
  private final FsPath merged;
  private final FsPath log;
  private boolean readOnly;
  private boolean mounted;
  private boolean logMayHoldErrors;
  private boolean lowersMayChange;

  /** Makes the directories; three lowers, of which those never filled stay empty. */
  public Overlay(MountKind kind, Backing backing) {
    Requirements.check(kind);
    this.kind = kind;
    this.home = backing.newDirectory("stack");
    for (int i = 0; i < 3; i++) {
      addLower(home.at("lower" + i).mkdir());
    }
    this.upper = home.at("upper").mkdir();
    this.work = home.at("work").mkdir();
    FsPath own = Workspace.get().root().at(Workspace.get().newName("mount")).mkdir();
    this.merged = own.at("merged").mkdir();
    this.log = own.at("log");
  }

  /** Puts one more layer below all others. */
  public void addLower(FsPath dir) {
    lowers.add(dir);
  }

  /** Puts a data-only layer below all others. */
  public void addDataLower(FsPath dir) {
    dataLowers.add(dir);
  }

  /** The lowers, top first. */
  public List<FsPath> lowers() {
    return lowers;
  }

  public FsPath upper() {
    return upper;
  }

  public FsPath work() {
    return work;
  }

  public FsPath merged() {
    return merged;
  }

  /** The directory on the backing filesystem that holds the layers, with room for more. */
  public FsPath home() {
    return home;
  }

  public MountKind kind() {
    return kind;
  }

  /** Takes another upper and work, such as on another filesystem. */
  public void useUpper(FsPath newUpper, FsPath newWork) {
    upper = newUpper;
    work = newWork;
  }

  /** Mounts without upper from now on. */
  public void useReadOnly() {
    readOnly = true;
  }

  /** An option of the launcher, from now on; without effect for the kernel. */
  public void option(String option) {
    options.add(option);
  }

  /**
   * An option of the kernel's overlay and of ours, {@code name=value}, from now on. Without any
   * both have what is our default.
   */
  public void feature(String feature) {
    features.add(feature);
  }

  /** Both have the features of their own defaults and those that are named from now on. */
  public void clearFeatures() {
    features.clear();
  }

  /** For tests that end the daemon or fill the disk. */
  public void allowErrorsInLog() {
    logMayHoldErrors = true;
  }

  /** For tests whose layers are not for reading again, as a file of 2 GiB. */
  public void skipLowerCheck() {
    lowersMayChange = true;
  }

  /** Mounts, and is back when the mount can be used. */
  public void mount() {
    mountBy(kind);
  }

  /** As {@link #mount}, by another kind than the one that this stack is for. */
  public void mountBy(MountKind other) {
    if (lowersBefore.isEmpty() && !lowersMayChange) {
      lowers.forEach(l -> lowersBefore.add(TreeSnapshot.of(l, TreeSnapshot.ALL_TIMES)));
    }
    if (other == MountKind.KERNEL) {
      mountByKernel();
    } else {
      tryMount(Launcher.command(launcherArguments(other))).orFail("ovl-mount");
      assertTrue(Mounts.isMounted(merged), "the launcher returned 0 and nothing is mounted");
    }
  }

  /** Mounts the same layers with the kernel's overlayfs, whatever this stack is for. */
  public void mountByKernel() {
    String more = features.stream().map(f -> f + ",").collect(Collectors.joining());
    KernelMount.mount(more, lowers, dataLowers, readOnly ? null : upper, work, merged);
    mounted = true;
  }

  /** Runs the launcher and leaves the outcome to the caller. */
  public Exec tryMount() {
    return tryMount(Launcher.command(launcherArguments()));
  }

  /** Runs a command that is to mount, such as the launcher in other circumstances. */
  public Exec tryMount(List<String> command) {
    Exec launcher = Exec.run(command, null);
    mounted = launcher.status() == 0;
    return launcher;
  }

  /** What the launcher is called with. */
  public List<String> launcherArguments() {
    return launcherArguments(kind);
  }

  private List<String> launcherArguments(MountKind transport) {
    List<String> arguments = new ArrayList<>();
    String joined =
        lowers.stream()
            .map(l -> l.argument().replace("\\", "\\\\").replace(":", "\\:"))
            .collect(Collectors.joining(":"));
    for (FsPath data : dataLowers) {
      joined += "::" + data.argument();
    }
    Collections.addAll(arguments, "--lower", joined);
    if (!readOnly) {
      Collections.addAll(arguments, "--upper", upper.toString(), "--work", work.toString());
    }
    Collections.addAll(arguments, "--transport", transport.transport());
    Collections.addAll(arguments, "--log-file", log.toString());
    features.forEach(f -> Collections.addAll(arguments, "-o", f));
    arguments.addAll(RunOptions.arguments());
    arguments.addAll(options);
    arguments.add(merged.toString());
    return arguments;
  }

  /** umount2(2) without flags, once: 0 or -errno. */
  public int umount() {
    return Mounts.unmount(merged, 0);
  }

  /** Unmounts as umount(8) does and waits for the daemon's end. */
  public void unmount() {
    int result = Mounts.unmount(merged, 0);
    // A process that has just ended can hold a file open for a moment more.
    boolean done =
        result == 0
            || result == -Errno.EBUSY && Daemons.await(5_000, () -> Mounts.unmount(merged, 0) == 0);
    assertTrue(done, () -> "umount " + merged + ": " + Errno.name(-result));
    mounted = false;
    awaitDaemonEnd();
  }

  /** Waits for the daemon's end, however it was asked to. */
  public void awaitDaemonEnd() {
    assertTrue(Daemons.awaitEnd(merged), "the daemon did not end");
  }

  /** Unmounts and mounts again: what is seen then comes from the layers and nothing else. */
  public void remount() {
    unmount();
    mount();
  }

  /** As {@link #awaitDaemonEnd()}, for layers that were mounted elsewhere. */
  public void awaitDaemonEnd(FsPath mountpoint) {
    assertTrue(Daemons.awaitEnd(mountpoint), "the daemon did not end");
  }

  /** The one daemon that serves this mount. */
  public ProcessHandle daemon() {
    List<ProcessHandle> found =
        Daemons.naming(merged).stream().filter(p -> Daemons.isRunning(p, "java")).toList();
    assertEquals(1, found.size(), () -> "daemons: " + found);
    return found.get(0);
  }

  /** Kills the daemon and detaches what is left of the mount. */
  public void killDaemon() {
    daemon().destroyForcibly();
    awaitDaemonEnd();
    detach();
  }

  /** Unmounts lazily, and waits for nothing. */
  public void detach() {
    Mounts.detachAll(merged);
    mounted = false;
  }

  /** The mount is gone in a way of the test's own: fails unless it is, and the daemon with it. */
  public void expectEnded() {
    awaitDaemonEnd();
    assertFalse(isMounted(), "the daemon ended and left its mount behind");
    mounted = false;
  }

  /** True if there is a process that serves this mount, or is about to. */
  public boolean hasDaemon() {
    return !Daemons.naming(merged).isEmpty();
  }

  /** True if something is mounted on the merged directory. */
  public boolean isMounted() {
    return Mounts.isMounted(merged);
  }

  /** What the daemon wrote so far. */
  public String log() {
    return log.exists() ? log.text() : "";
  }

  /** The first number of a line of the mount's status; 0 without such a line. */
  public long status(String line) {
    return merged
        .xattr("user.ovl-mount.status")
        .lines()
        .filter(l -> l.startsWith(line + " "))
        .map(l -> Long.parseLong(l.substring(line.length() + 1).split(" ")[0]))
        .findAny()
        .orElse(0L);
  }

  /** What is in the workdir's own directory: nothing, when all went well. */
  public List<String> leftInWork() {
    FsPath inner = work.at("work");
    return inner.exists() ? inner.list() : List.of();
  }

  /** As {@link #leftInWork}, without the one whiteout that all others are links to. */
  public List<String> leftInWorkButWhiteout() {
    return leftInWork().stream().filter(n -> !work.at("work").at(n).stat().isWhiteout()).toList();
  }

  /** Unmounts, checks that nothing is left behind and no lower has changed, and removes all. */
  @Override
  public void close() {
    try {
      if (mounted) {
        unmount();
      }
      checkLog();
      checkLowers();
    } finally {
      Mounts.detachAll(merged);
      Daemons.killAll(merged);
      home.removeTree();
    }
  }

  private void checkLog() {
    String text = log();
    if (!logMayHoldErrors && (text.contains("ERROR") || text.contains("Exception"))) {
      fail("errors in the daemon's log:\n" + text);
    }
  }

  private void checkLowers() {
    for (int i = 0; i < lowersBefore.size(); i++) {
      TreeSnapshot now = TreeSnapshot.of(lowers.get(i), TreeSnapshot.ALL_TIMES);
      lowersBefore.get(i).assertEqualTo(now, TreeRules.none(), "lower " + i + " was changed");
    }
  }
}
