package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.overlay.LeftBehind;
import ovl.it.overlay.Workspace;

/** Docker with the graph driver fuse-overlayfs. */
final class DockerTest {
  private static final String CHANGE =
      "rm -r /usr/share/many; mv /usr/share/tree /usr/share/tree2; echo new >/new;"
          + " chmod 600 /etc/passwd; mkdir /a; echo 1 >/a/b";

  private static Docker docker;
  private static FsPath files;

  @BeforeAll
  static void start() {
    Engines.require("dockerd", "docker", "runc", "busybox");
    Docker started = new Docker();
    started.start();
    docker = started;
    docker.ok("import", Engines.baseImage().toString(), "base:1");
    files = Workspace.get().root().at(Workspace.get().newName("docker-files")).mkdir();
  }

  /** Nothing stays: no layer, no mount, no daemon. */
  @AfterAll
  static void stop() {
    if (docker != null) {
      docker.close();
      assertEquals(List.of("l"), docker.home().at("data/fuse-overlayfs").list());
      LeftBehind.assertNothing(docker.home());
    }
  }

  private static String id(String container) {
    return docker.ok("inspect", "-f", "{{.State.Pid}}", container).trim();
  }

  @Test
  void driverIsOurs() {
    assertTrue(docker.ok("info").contains("Storage Driver: fuse-overlayfs"));
    String root = docker.shell("base:1", "head -1 /proc/mounts", "--rm");
    assertTrue(root.startsWith("fuse-overlayfs / fuse.fuse-overlayfs rw,"), root);
  }

  @Test
  void diffNamesWhatChangedAndCommitKeepsIt() {
    docker.shell("base:1", CHANGE, "--name", "changed");
    assertEquals(
        new TreeSet<>(
            List.of(
                "A /a",
                "A /a/b",
                "A /new",
                "A /usr/share/tree2",
                "A /usr/share/tree2/sub",
                "A /usr/share/tree2/sub/leaf",
                "C /etc",
                "C /etc/passwd",
                "C /usr",
                "C /usr/share",
                "D /usr/share/many",
                "D /usr/share/tree")),
        new TreeSet<>(docker.ok("diff", "changed").lines().toList()));
    docker.ok("commit", "changed", "committed:1");
    assertEquals(
        "tree2\nleaf\nnew\n600\n",
        docker.shell(
            "committed:1",
            "ls /usr/share; cat /usr/share/tree2/sub/leaf /new; stat -c %a /etc/passwd",
            "--rm"));
  }

  @Test
  void filesAreCopiedInAndOut() {
    docker.shell("base:1", "sleep 300", "-d", "--name", "copies");
    docker.ok("cp", files.at("in").file("from the host\n").toString(), "copies:/etc/in");
    assertEquals("from the host\n", docker.ok("exec", "copies", "cat", "/etc/in"));
    docker.ok("exec", "copies", "sh", "-c", "echo from the container >/etc/out; rm /etc/group");
    docker.ok("cp", "copies:/etc/out", files.at("out").toString());
    assertEquals("from the container\n", files.at("out").text());
    assertTrue(docker.run("cp", "copies:/etc/group", files.at("g").toString()).status() != 0);
    docker.ok("rm", "-f", "copies");
  }

  @Test
  void imageOfTwoStagesIsBuiltSavedAndLoaded() {
    FsPath context = Engines.buildContext(files.at("context"));
    docker.ok("build", "--network", "none", "-t", "built", context.toString());
    String find = "find /share /file /usr/share/tree 2>/dev/null | sort";
    assertEquals(Engines.BUILT, docker.shell("built", find, "--rm"));
    String tar = files.at("built.tar").toString();
    docker.ok("save", "-o", tar, "built");
    docker.ok("rmi", "built");
    docker.ok("load", "-i", tar);
    assertEquals(Engines.BUILT, docker.shell("built", find, "--rm"));
  }

  /** What the mount shows gives the same tar file at the commit and when the image is saved. */
  @Test
  void layersAreKeptUnderChainIdsOfTheDigestsOfTheirTarFiles() {
    docker.shell("base:1", CHANGE, "--name", "chained");
    docker.ok("commit", "chained", "chained:1");
    String format = "{{range .RootFS.Layers}}{{println .}}{{end}}";
    List<String> diffIds = docker.ok("inspect", "-f", format, "chained:1").strip().lines().toList();
    assertEquals(2, diffIds.size());
    String upper = OciDirectory.digest(FsPath.latin(diffIds.get(0) + " " + diffIds.get(1)));
    FsPath layers = docker.home().at("data/image/fuse-overlayfs/layerdb");
    assertEquals(diffIds.get(0), layers.at(upper.replace(':', '/')).at("parent").text());
    assertEquals(diffIds.get(1), layers.at(upper.replace(':', '/')).at("diff").text());
    FsPath saved = files.at("chained.tar");
    docker.ok("save", "-o", saved.toString(), "chained:1");
    assertEquals(
        new TreeSet<>(diffIds),
        LayerTar.read(saved.read()).stream()
            .filter(e -> e.name().endsWith("/layer.tar"))
            .map(e -> OciDirectory.digest(e.content()))
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void twentyContainersOfOneImageAtOnce() {
    List<String> names = IntStream.range(0, 20).mapToObj(i -> "many" + i).toList();
    names.parallelStream()
        .forEach(
            name ->
                docker.shell(
                    "base:1", "echo " + name + " >/etc/passwd; sleep 300", "-d", "--name", name));
    for (String name : names) {
      assertEquals(name + "\n", docker.ok("exec", name, "cat", "/etc/passwd"));
    }
    names.parallelStream().forEach(name -> docker.ok("rm", "-f", name));
  }

  @Test
  void runningContainerKeepsItsLayersWhileDockerdIsRestarted() {
    docker.shell("base:1", "echo kept >/kept; sleep 300", "-d", "--name", "survivor");
    String pid = id("survivor");
    docker.stop();
    docker.start();
    assertEquals(pid, id("survivor"));
    assertEquals("kept\n", docker.ok("exec", "survivor", "cat", "/kept"));
    docker.ok("rm", "-f", "survivor");
  }
}
