package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Workspace;

/** Buildah with the program as its mount program. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BuildahSuite {
  private ContainersStorage store;
  private FsPath files;

  /** A store of whoever runs Buildah. */
  abstract ContainersStorage newStore(FsPath program);

  /** What to put before a command that looks into what Buildah mounted. */
  abstract String whereMountsAre();

  @BeforeAll
  void makeStore() {
    Engines.require("buildah", "busybox");
    ContainersStorage made = newStore(ContainersStorage.ours());
    made.importBase();
    store = made;
    files = Workspace.get().root().at(Workspace.get().newName("buildah-files")).mkdir();
  }

  @AfterAll
  void removeContainers() {
    if (store != null) {
      store.removeContainers();
    }
  }

  @Test
  void committedChangesAreInTheImage() {
    String out =
        store.ok(
            "c=$(buildah from base:1); buildah run $c -- sh -c 'rm -r /usr/share/many;"
                + " mv /usr/share/tree /usr/share/tree2; echo new >/new; chmod 600 /etc/passwd;"
                + " chown 5:6 /new';"
                + " buildah copy -q $c \"$1\" /in >/dev/null; buildah commit -q $c img:1 >/dev/null;"
                + " buildah run $(buildah from img:1) -- sh -c"
                + " 'ls /usr/share; cat /usr/share/tree2/sub/leaf /new /in;"
                + " stat -c %a /etc/passwd; stat -c %u:%g /new'",
            files.at("in").file("from the host\n"));
    assertEquals("tree2\nleaf\nnew\nfrom the host\n600\n5:6\n", out);
  }

  @Test
  void overlayVolumeIsWrittenElsewhere() {
    String out =
        store.ok(
            "mkdir ~/source; echo kept >~/source/f; c=$(buildah from base:1);"
                + " buildah run -v ~/source:/v:O $c --"
                + " sh -c 'cat /v/f; echo x >/v/g; rm /v/f; ls /v'");
    assertEquals("kept\ng\n", out);
    assertEquals(List.of("f"), store.home().at("source").list());
  }

  @Test
  void imageOfTwoStagesIsBuilt() {
    FsPath context = Engines.buildContext(files.at("context"));
    String out =
        store.ok(
            "buildah bud -q -t built \"$1\" >/dev/null; buildah run $(buildah from built) -- sh -c"
                + " 'find /share /file /usr/share/tree 2>/dev/null | sort'",
            context);
    assertEquals(Engines.BUILT, out);
  }

  /** The digest of an image covers every name, attribute and byte of its layers. */
  @Test
  void reproducibleBuildHasTheDigestThatFuseOverlayfsGives() {
    Exec theirs = Exec.bash("PATH=/usr/local/bin:/usr/bin:/bin command -v fuse-overlayfs");
    Engines.skipUnless(theirs.status() == 0, "fuse-overlayfs is not installed");
    FsPath context = Engines.buildContext(files.at("reproducible"));
    String build = "buildah bud -q --layers --timestamp 0 -t reproducible \"$1\"";
    FsPath program = FsPath.of(java.nio.file.Path.of(theirs.out().trim()));
    ContainersStorage other = newStore(program);
    FsPath base = store.home().at("base.tar");
    store.ok("buildah push -q base:1 \"oci-archive:$1:base:1\"", base);
    other.ok("buildah tag $(buildah pull -q \"oci-archive:$1\") base:1", base);
    assertEquals(other.ok(build, context), store.ok(build, context));
    other.removeContainers();
  }

  @Test
  void mountedContainerCanBeUsedAndUnmounted() {
    String out =
        store.ok(
            whereMountsAre()
                + "bash -ec 'c=$(buildah from base:1); m=$(buildah mount $c); echo x >\"$m/x\";"
                + " ls \"$m/usr/share\"; stat -f -c %t \"$m\"; buildah umount $c >/dev/null;"
                + " ! mountpoint -q \"$m\"'");
    assertEquals("many\ntree\n65735546\n", out);
  }
}
