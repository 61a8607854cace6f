package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;

/** As an ordinary user, for whom Podman makes a user namespace with newuidmap. */
final class UserPodmanTest extends PodmanSuite {
  private OrdinaryUser user;

  @Override
  ContainersStorage newStore(FsPath program) {
    Engines.require("newuidmap");
    user = new OrdinaryUser();
    return user.newStore(program);
  }

  @AfterAll
  void removeUser() {
    if (user != null) {
      user.close();
    }
  }

  /** The user is the same one inside, and what root has in the image is still root's. */
  @Test
  void userKeepsItsId() {
    String out =
        store()
            .ok(
                "id -u; "
                    + RUN
                    + " --userns=keep-id --rm base:1 sh -c"
                    + " 'id -u; stat -c %u:%g /etc/passwd; touch /tmp/x; stat -c %u:%g /tmp/x'");
    assertEquals("4001\n4001\n0:0\n4001:4001\n", out);
  }

  /**
   * Nothing in the layers is changed to show other owners. Not so as root: there Podman 4 shifts
   * the owners in the lower layers by a mount of the kernel's first, with any mount program.
   */
  @Test
  void ownersAreShiftedForAContainerWithItsOwnIds() {
    String inside =
        store()
            .ok(
                RUN
                    + " --uidmap 0:1000:5000 --gidmap 0:2000:5000 --name shifted base:1"
                    + " sh -c 'stat -c %u:%g /etc/passwd; touch /x; chown 7:8 /x; stat -c %u:%g /x'");
    assertEquals("0:0\n7:8\n", inside);
    String outside =
        store()
            .ok(
                PODMAN
                    + " unshare bash -ec 'm=$("
                    + PODMAN
                    + " mount shifted); stat -c %u:%g \"$m/etc/passwd\" \"$m/x\" \"${m%merged}diff/x\"; "
                    + PODMAN
                    + " umount shifted >/dev/null'");
    assertEquals("1000:2000\n1007:2008\n7:8\n", outside);
  }
}
