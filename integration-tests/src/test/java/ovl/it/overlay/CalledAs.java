package ovl.it.overlay;

import java.util.ArrayList;
import java.util.List;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;

/** The installed program under other names: symbolic links in a directory to put before PATH. */
public final class CalledAs {
  private static FsPath directory;

  private CalledAs() {}

  /** The directory with {@code ovl-mount}, {@code fuse-overlayfs} and nothing else. */
  public static synchronized FsPath directory() {
    if (directory == null) {
      directory = Workspace.get().root().at("called-as").mkdir();
      for (String name : new String[] {"ovl-mount", "fuse-overlayfs"}) {
        directory.at(name).symlink(Installation.launcher().toString());
      }
    }
    return directory;
  }

  /** The command line that calls it as fuse-overlayfs; it gets a minute. */
  public static List<String> fuseOverlayfs(String... arguments) {
    List<String> command = new ArrayList<>(Exec.within(60));
    command.add(directory().at("fuse-overlayfs").toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** A shell command that finds the program on PATH under its names; $1 and so on as given. */
  public static List<String> onPath(String script, Object... arguments) {
    List<String> command = new ArrayList<>(Exec.within(60));
    command.addAll(List.of("env", "PATH=" + directory() + ":" + System.getenv("PATH")));
    command.addAll(List.of("bash", "-c", script, "bash"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }
}
