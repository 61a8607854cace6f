package ovl.it.engines;

import java.util.ArrayList;
import java.util.List;
import ovl.it.os.FsPath;
import ovl.it.os.User;
import ovl.it.overlay.FuseDevice;
import ovl.it.overlay.Installation;
import ovl.it.overlay.Workspace;

/**
 * A user with an account and further ids, as adduser makes one. The account is seen only by the
 * commands that the user runs, each in a mount namespace of its own: /etc stays as it is.
 */
final class OrdinaryUser implements AutoCloseable {
  private static final User USER = User.ALICE;

  private final FsPath etc = Workspace.get().root().at(Workspace.get().newName("etc")).mkdir();
  private final FsPath run = Workspace.get().root().at(Workspace.get().newName("run")).mkdir();
  private final FuseDevice device = FuseDevice.openToAll();

  OrdinaryUser() {
    FsPath passwd = FsPath.of(java.nio.file.Path.of("/etc/passwd"));
    FsPath group = FsPath.of(java.nio.file.Path.of("/etc/group"));
    run.chown(USER.uid(), USER.gid());
    String ids = USER.uid() + ":" + USER.gid();
    etc.at("passwd").file(passwd.text() + "ovl-alice:x:" + ids + "::/:/bin/sh\n");
    etc.at("group").file(group.text() + "ovl-alice:x:" + USER.gid() + ":\n");
    etc.at("subuid").file("ovl-alice:200000:65536\n");
    etc.at("subgid").file("ovl-alice:300000:65536\n");
  }

  /** A store of this user's, with a program that mounts. */
  ContainersStorage newStore(FsPath program) {
    List<String> prefix = new ArrayList<>(List.of("unshare", "-m", "bash", "-ec"));
    prefix.add(
        "mount -t overlay -o ro,lowerdir=\"$1\":/etc none /etc; mount --bind \"$2\" /mnt;"
            + " cd /; shift 2; exec \"$@\"");
    prefix.addAll(List.of("bash", etc.toString(), run.toString()));
    prefix.addAll(Installation.as(USER));
    // With a long path Podman waits 20 seconds for the end of each container.
    prefix.addAll(List.of("env", "XDG_RUNTIME_DIR=/mnt"));
    ContainersStorage store = new ContainersStorage(program, prefix);
    store.home().chown(USER.uid(), USER.gid());
    return store;
  }

  @Override
  public void close() {
    device.close();
  }
}
