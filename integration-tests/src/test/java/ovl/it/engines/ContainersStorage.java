package ovl.it.engines;

import java.util.ArrayList;
import java.util.List;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.CalledAs;
import ovl.it.overlay.LeftBehind;
import ovl.it.overlay.Workspace;

/** A store of its own for Buildah and Podman, mounted by a program or by the kernel. */
final class ContainersStorage {
  private final FsPath home;
  private final List<String> prefix;

  /** Our program. */
  static FsPath ours() {
    return CalledAs.directory().at("fuse-overlayfs");
  }

  /**
   * @param program absolute
   * @param prefix what to put before every command
   */
  ContainersStorage(FsPath program, List<String> prefix) {
    this(
        Workspace.get().root().at(Workspace.get().newName("store")).mkdir(),
        "mount_program = \"" + program + '"',
        prefix);
  }

  /** A store of root's, mounted by the kernel's overlayfs. */
  static ContainersStorage ofTheKernel() {
    return new ContainersStorage(Backing.EXT4.newDirectory("store"), "", List.of());
  }

  private ContainersStorage(FsPath home, String option, List<String> prefix) {
    this.home = home;
    this.prefix = List.copyOf(prefix);
    home.chmod(0777);
    home.at("storage.conf")
        .file(
            """
            [storage]
            driver = "overlay"
            graphroot = "%1$s/root"
            rootless_storage_path = "%1$s/root"
            runroot = "%1$s/run"
            [storage.options.overlay]
            %2$s
            """
                .formatted(home, option));
  }

  /** Where everything is, also $HOME; nothing may stay mounted there. */
  FsPath home() {
    return home;
  }

  /** Runs a script that calls the engines; {@code $1} and so on are the arguments. */
  Exec run(String script, Object... arguments) {
    List<String> command = new ArrayList<>(Exec.within(300));
    command.addAll(List.of("env", "BUILDAH_ISOLATION=chroot", "HOME=" + home));
    command.add("XDG_RUNTIME_DIR=" + home);
    command.add("CONTAINERS_STORAGE_CONF=" + home.at("storage.conf"));
    command.addAll(prefix);
    command.addAll(List.of("bash", "-ec", script, "bash"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return Exec.run(command, null);
  }

  /** The output of a script, which has to succeed. */
  String ok(String script, Object... arguments) {
    return run(script, arguments).orFail(script).out();
  }

  /** Makes the image {@code base:1} with Buildah. */
  void importBase() {
    ok(
        "c=$(buildah from scratch); buildah add -q $c \"$1\" /; buildah commit -q $c base:1;"
            + " buildah rm $c",
        Engines.baseImage());
  }

  /** Removes every container, and checks that none left anything behind. */
  void removeContainers() {
    ok("buildah rm -a");
    LeftBehind.assertNothing(home);
  }
}
