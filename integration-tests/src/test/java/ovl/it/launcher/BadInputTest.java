package ovl.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.User;
import ovl.it.overlay.Backing;
import ovl.it.overlay.FuseDevice;
import ovl.it.overlay.Installation;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/** What cannot be mounted: one line that says why, status 1, and nothing left behind. */
final class BadInputTest {
  private Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4);
  private FsPath mountedHere;

  @BeforeAll
  static void build() {
    Launcher.run("--version").orFail("ovl-mount --version"); // what a first run says is not counted
  }

  @AfterEach
  void close() {
    if (mountedHere != null) {
      Exec.run("umount", "-l", mountedHere.toString());
    }
    stack.close();
  }

  private void use(MountKind kind) {
    stack.close();
    stack = new Overlay(kind, Backing.EXT4);
  }

  private FsPath mount(String type) {
    mountedHere = stack.home().at("other").mkdir();
    Exec.ok("mount", "-t", type, type, mountedHere.toString());
    return mountedHere;
  }

  private void assertRefused(String... words) {
    assertRefused(stack.launcherArguments(), words);
  }

  private void assertRefused(List<String> arguments, String... words) {
    assertRefusal(stack.tryMount(Launcher.command(arguments)), words);
  }

  private void assertRefusal(Exec refusal, String... words) {
    String said = "status " + refusal.status() + ": " + refusal.err() + refusal.out();
    assertEquals(1, refusal.status(), said);
    assertEquals("", refusal.out(), said);
    assertEquals(1, refusal.err().lines().count(), said);
    assertTrue(refusal.err().startsWith("ovl-mount: "), said);
    for (String word : words) {
      assertTrue(refusal.err().contains(word), () -> "no \"" + word + "\" in: " + said);
    }
    assertFalse(stack.hasDaemon(), "a process was left behind");
  }

  /** The usual arguments with the mountpoint replaced. */
  private List<String> on(FsPath mountpoint) {
    List<String> arguments = stack.launcherArguments();
    arguments.set(arguments.size() - 1, mountpoint.toString());
    return arguments;
  }

  @Test
  void missingLayer() {
    FsPath missing = stack.home().at("missing");
    stack.lowers().set(1, missing);
    assertRefused(missing.toString(), "No such file or directory");
  }

  @Test
  void missingUpper() {
    FsPath missing = stack.home().at("missing");
    stack.useUpper(missing, stack.work());
    assertRefused(missing.toString(), "No such file or directory");
  }

  @Test
  void missingWork() {
    FsPath missing = stack.home().at("missing");
    stack.useUpper(stack.upper(), missing);
    assertRefused(missing.toString(), "No such file or directory");
  }

  @Test
  void layerThatIsFile() {
    FsPath file = stack.home().at("file").file("");
    stack.lowers().set(0, file);
    assertRefused(file.toString(), "Not a directory");
  }

  @Test
  void upperThatIsFile() {
    FsPath file = stack.home().at("file").file("");
    stack.useUpper(file, stack.work());
    assertRefused(file.toString(), "Not a directory");
  }

  @Test
  void unreadableLayer() {
    FsPath lower = stack.lowers().get(1).chown(0, 0).chmod(0700);
    assertRefusal(tryAsUser(), lower.toString(), "Permission denied");
  }

  @Test
  void layerBelowUnsearchableDirectory() {
    FsPath closed = stack.home().at("closed").mkdir(0700);
    stack.lowers().set(1, closed.at("lower").mkdir());
    assertRefusal(tryAsUser(), closed.toString(), "Permission denied");
  }

  @Test
  void upperThatMayNotBeWritten() {
    stack.upper().chown(0, 0);
    stack.work().chown(0, 0);
    assertRefusal(tryAsUser(), "Permission denied");
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void mountpointThatTheUserMayNotMountOn(MountKind kind) {
    use(kind);
    stack.upper().chown(User.NOBODY.uid(), User.NOBODY.gid());
    stack.work().chown(User.NOBODY.uid(), User.NOBODY.gid());
    try (FuseDevice device = FuseDevice.openToAll()) {
      assertRefusal(tryAsUser());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void deviceThatTheUserMayNotOpen(MountKind kind) {
    use(kind);
    stack.upper().chown(User.NOBODY.uid(), User.NOBODY.gid());
    stack.work().chown(User.NOBODY.uid(), User.NOBODY.gid());
    stack.merged().chown(User.NOBODY.uid(), User.NOBODY.gid());
    try (FuseDevice device = FuseDevice.closed()) {
      assertRefusal(tryAsUser());
    }
  }

  private Exec tryAsUser() {
    // Only the layers and the mountpoint are in question here, so no log beside the mountpoint.
    List<String> arguments = new ArrayList<>(stack.launcherArguments());
    int log = arguments.indexOf("--log-file");
    arguments.subList(log, log + 2).clear();
    return stack.tryMount(Installation.command(User.NOBODY, arguments));
  }

  @Test
  void upperAndWorkOnDifferentFilesystems() {
    stack.useUpper(stack.upper(), mount("tmpfs").at("work").mkdir());
    assertRefused("different filesystems");
  }

  @Test
  void workInsideUpper() {
    stack.useUpper(stack.upper(), stack.upper().at("work").mkdir());
    assertRefused("inside", stack.upper().toString());
  }

  @Test
  void workThatIsUpper() {
    stack.useUpper(stack.upper(), stack.upper());
    assertRefused(stack.upper().toString());
  }

  @Test
  void upperInsideWork() {
    stack.useUpper(stack.work().at("upper").mkdir(), stack.work());
    assertRefused("inside", stack.work().toString());
  }

  @Test
  void upperInsideLower() {
    stack.useUpper(stack.lowers().get(1).at("upper").mkdir(), stack.work());
    assertRefused("inside", stack.lowers().get(1).toString());
  }

  @Test
  void upperThatIsLower() {
    stack.lowers().set(1, stack.upper());
    assertRefused(stack.upper().toString());
  }

  @Test
  void lowerThatIsThereTwice() {
    stack.lowers().set(1, stack.home().at("link").symlink(stack.lowers().get(0).toString()));
    assertRefused(stack.lowers().get(0).toString(), "as well");
  }

  @Test
  void lowerInsideAnother() {
    FsPath outer = stack.lowers().get(1);
    stack.lowers().set(0, outer.at("d").mkdir().at("inner").mkdir());
    assertRefused("inside", outer.toString());
  }

  @Test
  void lowerInsideUpperByWayOfSymlink() {
    FsPath link = stack.home().at("link").symlink(stack.upper().at("d").mkdir().toString());
    stack.lowers().set(1, link);
    assertRefused("inside", stack.upper().toString());
  }

  @Test
  void upperWithoutXattrs() {
    FsPath ramfs = mount("ramfs");
    stack.useUpper(ramfs.at("upper").mkdir(), ramfs.at("work").mkdir());
    assertRefused(ramfs.toString(), "extended attributes");
  }

  @Test
  void upperOnReadOnlyFilesystem() {
    FsPath tmpfs = mount("tmpfs");
    stack.useUpper(tmpfs.at("upper").mkdir(), tmpfs.at("work").mkdir());
    Exec.ok("mount", "-o", "remount,ro", tmpfs.toString());
    assertRefused(tmpfs.toString(), "Read-only file system");
  }

  @Test
  void upperWithoutWork() {
    List<String> arguments = stack.launcherArguments();
    int work = arguments.indexOf("--work");
    arguments.subList(work, work + 2).clear();
    assertRefused(arguments, "work");
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void missingMountpoint(MountKind kind) {
    use(kind);
    FsPath missing = stack.merged().at("missing");
    assertRefused(on(missing), missing.toString(), "No such file or directory");
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void mountpointThatIsFile(MountKind kind) {
    use(kind);
    FsPath file = stack.home().at("file").file("");
    assertRefused(on(file), file.toString(), "Not a directory");
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void busyMountpoint(MountKind kind) {
    use(kind);
    try (Overlay first = new Overlay(kind, Backing.EXT4)) {
      first.mount();
      assertRefused(on(first.merged()), first.merged().toString(), "busy");
    }
  }

  @Test
  void deadMountOnMountpoint() {
    try (Overlay first = new Overlay(MountKind.DEV, Backing.EXT4)) {
      first.mount();
      first.daemon().destroyForcibly();
      first.awaitDaemonEnd();
      assertRefused(on(first.merged()), first.merged().toString());
      first.detach();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void noDevFuse(MountKind kind) {
    use(kind);
    List<String> command = new ArrayList<>(List.of("unshare", "-m", "bash", "-c"));
    command.add(
        "mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5"
            + " && mknod -m 666 /dev/random c 1 8 && mknod -m 666 /dev/urandom c 1 9"
            + " && ln -s /proc/self/fd /dev/fd && \"$@\"");
    command.add("bash");
    command.addAll(Launcher.command(stack.launcherArguments()));
    assertRefusal(stack.tryMount(command), "/dev/fuse");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--unknown", "--unknown=x", "-x", "-ounknown", "-ounknown=x"})
  void unknownOption(String option) {
    stack.option(option);
    assertRefused("unknown", option.replaceAll("^-o|=x$", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--transport=fast", "--threads=many", "--threads=-1", "--lower="})
  void badValue(String option) {
    stack.option(option);
    assertRefused(option.substring(2, option.indexOf('=')));
  }

  @Test
  void noArgumentsAtAll() {
    assertRefused(List.of(), "lower layer");
  }

  @Test
  void noLower() {
    assertRefused(Arrays.asList(stack.merged().toString()), "lower");
  }

  @Test
  void secondMountpoint() {
    stack.option(stack.home().toString());
    assertRefused("more than one mountpoint");
  }

  @Test
  void moreThan500Lowers() {
    while (stack.lowers().size() < 501) {
      stack.addLower(stack.home().at("l" + stack.lowers().size()).mkdir());
    }
    assertRefused("501", "500");
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void upperInUse(MountKind kind) {
    use(kind);
    try (Overlay first = new Overlay(kind, Backing.EXT4)) {
      first.mount();
      FsPath otherWork = stack.work();
      stack.useUpper(first.upper(), otherWork);
      assertRefused(first.upper().toString(), "in use");
      first.merged().at("f").file("still works");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"DEV", "LIBFUSE2"})
  void workInUse(MountKind kind) {
    use(kind);
    try (Overlay first = new Overlay(kind, Backing.EXT4)) {
      first.mount();
      stack.useUpper(stack.upper(), first.work());
      assertRefused(first.work().toString(), "in use");
      first.merged().at("f").file("still works");
    }
  }

  @Test
  void logFileBelowMountpoint() {
    List<String> arguments = stack.launcherArguments();
    arguments.set(arguments.indexOf("--log-file") + 1, stack.merged().at("log").toString());
    assertRefused(arguments, "log file");
  }
}
