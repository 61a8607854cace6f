package ovl.it.overlay;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.User;

/**
 * A copy of the program as a package would install it, bin/ beside lib/, that every user can read;
 * a checkout may be private to its owner.
 */
public final class Installation {
  private static FsPath launcher;

  private Installation() {}

  /** The launcher of the installation, which is made at the first call. */
  public static synchronized FsPath launcher() {
    if (launcher == null) {
      FsPath root = Workspace.get().root().at("installed").mkdir();
      Path checkout = Launcher.PATH.normalize().getParent().getParent();
      Exec.bash(
              "mkdir -p $2/bin $2/lib && cp -a $1/scripts/ovl-mount $2/bin/"
                  + " && cp -a $1/app/target/dist/lib $2/lib/ovl-mount && chmod -R a+rX $2",
              checkout,
              root)
          .orFail("copy the program");
      launcher = root.at("bin/ovl-mount");
    }
    return launcher;
  }

  /** The command line of an ordinary user who calls it. */
  public static List<String> command(User user, List<String> arguments) {
    List<String> command = new ArrayList<>(as(user));
    command.addAll(Exec.within(60));
    command.add(launcher().toString());
    command.addAll(arguments);
    return command;
  }

  /** What to put before a command so that an ordinary user runs it. */
  public static List<String> as(User user) {
    return List.of(
        "setpriv", "--reuid=" + user.uid(), "--regid=" + user.gid(), "--clear-groups", "--");
  }
}
