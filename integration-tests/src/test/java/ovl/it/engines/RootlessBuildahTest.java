package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.FuseDevice;

/**
 * Buildah as root of a user namespace with 65536 ids, as {@code podman unshare} makes it for an
 * ordinary user.
 */
final class RootlessBuildahTest {
  private static final int FIRST_ID = 100_000;

  /** Runs the arguments in such a namespace, and a mount namespace of its own. */
  private static final List<String> IN_NAMESPACE =
      List.of(
          "bash",
          "-c",
          """
          dir=$(mktemp -d) && mkfifo "$dir/go"
          unshare --keep-caps -Um bash -c 'read -r _ <"$1/go"; rm -r "$1"; shift
            exec setpriv --reuid 0 --regid 0 --clear-groups "$@"' bash "$dir" "$@" &
          while [ "$(readlink /proc/$!/ns/user)" = "$(readlink /proc/self/ns/user)" ]; do
            kill -0 $! || exit 1
            sleep 0.01
          done
          echo "0 100000 65536" >/proc/$!/uid_map && echo "0 100000 65536" >/proc/$!/gid_map
          echo >"$dir/go"
          wait $!
          """,
          "bash",
          // So that Buildah does not make another one for itself.
          "env",
          "_CONTAINERS_USERNS_CONFIGURED=done",
          "_CONTAINERS_ROOTLESS_UID=1000");

  private FuseDevice device;
  private ContainersStorage store;

  @BeforeEach
  void makeStore() {
    Engines.require("buildah", "busybox", "setpriv", "getfattr");
    ContainersStorage made = new ContainersStorage(ContainersStorage.ours(), IN_NAMESPACE);
    device = FuseDevice.openToAll();
    made.home().chown(FIRST_ID, FIRST_ID);
    Exec first = made.run("exec unshare -m true");
    Engines.skipUnless(first.status() == 0, "no user namespaces here: " + first.err());
    made.importBase();
    store = made;
  }

  @AfterEach
  void removeContainers() {
    if (store != null) {
      store.removeContainers();
    }
    if (device != null) {
      device.close();
    }
  }

  @Test
  void committedChangesAreInTheImage() {
    String out =
        store.ok(
            "c=$(buildah from base:1); buildah run $c -- sh -c 'rm -r /usr/share/many;"
                + " mv /usr/share/tree /usr/share/tree2; echo new >/new; chown 5:6 /new';"
                + " buildah commit -q $c img:1 >/dev/null; buildah run $(buildah from img:1) --"
                + " sh -c 'ls /usr/share; cat /usr/share/tree2/sub/leaf /new; stat -c %u:%g /new'");
    assertEquals("tree2\nleaf\nnew\n5:6\n", out);
  }

  /** Upper is marked with attributes that a user may set, and an engine stores those in layers. */
  @Test
  void attributesOfTheOverlayAreNotInTheLayer() {
    FsPath image = store.home().at("image");
    String stored =
        store.ok(
            "c=$(buildah from base:1); buildah run $c -- sh -c"
                + " 'rm -r /usr/share/tree; mkdir /usr/share/tree; echo new >/usr/share/tree/new';"
                + " getfattr -R -d -m ^user.overlay.opaque ~/root/overlay/*/diff/usr/share/tree;"
                + " buildah commit -q $c img:2 >/dev/null; buildah push -q img:2 \"oci:$1:made\"",
            image);
    assertTrue(stored.contains("user.overlay.opaque=\"y\""), stored);
    List<byte[]> layers = new OciDirectory(image).layers();
    List<TarEntry> entries = LayerTar.read(layers.get(1));
    entries.forEach(e -> assertEquals(Map.of(), e.pax(), e::toString));
    List<String> names = entries.stream().map(TarEntry::name).sorted().toList();
    assertTrue(
        names.containsAll(List.of("usr/share/tree/.wh.sub", "usr/share/tree/new")),
        names::toString);
  }

  /** As with {@code --userns=keep-id}: nothing in the layers is changed to show other owners. */
  @Test
  void ownersAreShiftedForAContainerWithItsOwnIds() {
    String out =
        store.ok(
            "c=$(buildah from --userns-uid-map 0:1000:5000 --userns-gid-map 0:2000:5000 base:1);"
                + " m=$(buildah mount $c); f=tmp/mine; stat -c %u:%g \"$m/etc/passwd\";"
                + " echo >\"$m/$f\"; chown 1007:2008 \"$m/$f\";"
                + " stat -c %u:%g \"$m/$f\" \"${m%merged}diff/$f\"; buildah umount $c >/dev/null");
    assertEquals("1000:2000\n1007:2008\n7:8\n", out);
  }
}
