package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;

/** Podman with the program as its mount program, with runc. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PodmanSuite {
  static final String PODMAN =
      "podman --runtime runc --cgroup-manager cgroupfs --events-backend none --log-level error";
  static final String RUN =
      PODMAN
          + " run --network none --security-opt seccomp=unconfined"
          + " --ulimit nofile=1024:1024 --ulimit nproc=1024:1024";

  private ContainersStorage store;

  /** A store of whoever runs Podman. */
  abstract ContainersStorage newStore(FsPath program);

  final ContainersStorage store() {
    return store;
  }

  @BeforeAll
  void makeStore() {
    Engines.require("podman", "buildah", "runc", "busybox");
    ContainersStorage made = newStore(ContainersStorage.ours());
    made.importBase();
    Exec first = made.run(RUN + " --rm base:1 true");
    Engines.skipUnless(first.status() == 0, "podman cannot run a container here: " + first.err());
    store = made;
  }

  @AfterAll
  void removeContainers() {
    if (store != null) {
      store.ok(PODMAN + " rm -af");
      // Ends the process that keeps an ordinary user's namespaces.
      store.ok(PODMAN + " system migrate");
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
  void containerInTheBackgroundIsEnteredAndCopiedFrom() {
    assertEquals(
        "x\nx\n",
        store.ok(
            RUN
                + " -d --name sleeper base:1 sleep 100 >/dev/null; "
                + PODMAN
                + " exec sleeper sh -c 'echo x >/x; cat /x'; "
                + PODMAN
                + " cp sleeper:/x ~/x; cat ~/x; "
                + PODMAN
                + " rm -f -t 0 sleeper >/dev/null"));
  }

  @Test
  void overlayVolumeIsWrittenElsewhere() {
    String out =
        store.ok(
            "mkdir ~/source; echo kept >~/source/f; "
                + RUN
                + " --rm -v ~/source:/v:O base:1 sh -c 'cat /v/f; echo x >/v/g; rm /v/f; ls /v'");
    assertEquals("kept\ng\n", out);
    assertEquals(List.of("f"), store.home().at("source").list());
  }
}
