package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;

/** Podman with the program as its mount program, as root, with runc. */
final class PodmanTest {
  private static final String PODMAN =
      "podman --runtime runc --cgroup-manager cgroupfs --events-backend none --log-level error";
  private static final String RUN =
      PODMAN
          + " run --network none --security-opt seccomp=unconfined"
          + " --ulimit nofile=1024:1024 --ulimit nproc=1024:1024";

  private ContainersStorage store;

  @BeforeEach
  void makeStore() {
    Engines.require("podman", "buildah", "runc", "busybox");
    ContainersStorage made = ContainersStorage.ofOurs();
    made.importBase();
    Exec first = made.run(RUN + " --rm base:1 true");
    Engines.skipUnless(first.status() == 0, "podman cannot run a container here: " + first.err());
    store = made;
  }

  @AfterEach
  void removeContainers() {
    if (store != null) {
      store.ok(PODMAN + " rm -af");
      store.removeContainers();
    }
  }

  @Test
  void infoShowsTheVersion() {
    String info = store.ok(PODMAN + " info");
    assertTrue(info.contains("fuse-overlayfs: version "), info);
  }

  @Test
  void diffNamesWhatChangedAndCommitKeepsIt() {
    // No name of hexadecimal digits alone: podman takes it for the start of an image's id.
    store.ok(
        RUN
            + " --name changed base:1 sh -c"
            + " 'rm -r /usr/share/many; mv /usr/share/tree /usr/share/tree2; echo new >/new'");
    assertEquals(
        new TreeSet<>(
            List.of(
                "A /new",
                "A /usr/share/tree2",
                "A /usr/share/tree2/sub",
                "A /usr/share/tree2/sub/leaf",
                "C /etc",
                "C /usr",
                "C /usr/share",
                "D /usr/share/many",
                "D /usr/share/tree")),
        new TreeSet<>(store.ok(PODMAN + " diff changed").lines().toList()));
    assertEquals(
        "tree2\nnew\n",
        store.ok(
            PODMAN
                + " commit -q changed img:1 >/dev/null; "
                + RUN
                + " --rm img:1 sh -c 'ls /usr/share; cat /new'"));
  }

  @Test
  void containerRunsInTheBackground() {
    assertEquals(
        "x\n",
        store.ok(
            RUN
                + " -d --name sleeper base:1 sleep 100 >/dev/null; "
                + PODMAN
                + " exec sleeper sh -c 'echo x >/x; cat /x'; "
                + PODMAN
                + " rm -f -t 0 sleeper >/dev/null"));
  }
}
