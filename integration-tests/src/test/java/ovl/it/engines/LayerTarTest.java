package ovl.it.engines;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import ovl.it.os.FsPath;
import ovl.it.overlay.Workspace;

/**
 * The rules for layers in an image, of what was changed in a container on our mount: Buildah writes
 * the tar file, from what the mount shows or from what it stored.
 */
final class LayerTarTest {
  private static final long DAY = 981_173_106;
  private static final String FRESH = "usr/share/fresh";

  /** What is done in the container, as far as busybox can. */
  private static final String IN_CONTAINER =
      "cd /usr/share; rm many/f1; rm -r tree; mkdir tree; echo new >tree/new; rm /etc/group;"
          + " mkdir fresh; mkdir fresh/dir; rmdir fresh/dir; mkdir fresh/dir; echo x >fresh/a;"
          + " ln fresh/a fresh/dir/b; mkdir -p gone/in; rm -r gone; rm -r /tmp;"
          + " echo tool >/root/tool; chmod 6755 /root/tool; chown 5:6 /root/tool;"
          + " echo kept >/root/kept; chown 5:6 /root/kept; chmod 6755 /root/kept;"
          + " touch -d @"
          + DAY
          + " fresh many";

  /** Arguments: the options of Buildah, what to do in the container, where the image goes. */
  private static final String CHANGE =
      "c=$(buildah from base:1); buildah $1 run $c -- sh -ec \"$2\"; m=$(buildah $1 mount $c);"
          + " setcap cap_net_raw+ep \"$m/root/kept\";"
          + " setfattr -n user.note -v $'two\\nlines=1' \"$m/usr/share/fresh/a\";"
          + " stat -f -c %t \"$m\"; buildah $1 umount $c >/dev/null;"
          // Else Buildah goes on to take the program, and to look at what it shows.
          + " rm -f ~/root/overlay/.has-mount-program; buildah commit -q $c changed >/dev/null;"
          + " buildah push -q changed \"oci:$3:made\"; buildah rm $c >/dev/null";

  private static final String FUSE = "65735546\n";
  private static final String OVERLAYFS = "794c7630\n";

  private static ContainersStorage ours;
  private static ContainersStorage kernels;

  /** Buildah compared two read-only mounts of ours, with the layer and without it. */
  private static OciDirectory compared;

  /** Buildah on the kernel's overlayfs took our upper as it is. */
  private static OciDirectory stored;

  /** As {@link #stored}, with the changes made on the kernel's overlayfs as well. */
  private static OciDirectory byKernel;

  @BeforeAll
  static void makeLayers() {
    Engines.require("buildah", "busybox", "setcap", "setfattr");
    ours = new ContainersStorage(ContainersStorage.ours(), List.of());
    kernels = ContainersStorage.ofTheKernel();
    ours.importBase();
    kernels.importBase();
    byKernel = changed(kernels, "", OVERLAYFS);
    compared = changed(ours, "", FUSE);
    String program = "--storage-opt=overlay.mount_program=" + ContainersStorage.ours();
    stored = changed(kernels, program, FUSE);
  }

  private static OciDirectory changed(ContainersStorage store, String options, String type) {
    FsPath image = Workspace.get().root().at(Workspace.get().newName("image"));
    assertEquals(type, store.ok(CHANGE, options, IN_CONTAINER, image), "the filesystem's type");
    return new OciDirectory(image);
  }

  @AfterAll
  static void removeContainers() {
    if (kernels != null) {
      ours.removeContainers();
      kernels.removeContainers();
    }
  }

  private static List<TarEntry> top(OciDirectory image) {
    List<byte[]> layers = image.layers();
    assertEquals(2, layers.size());
    return LayerTar.read(layers.get(1));
  }

  /** The entry of this name in each of the two layers from our mount. */
  private static List<TarEntry> both(String name) {
    return List.of(only(compared, name), only(stored, name));
  }

  private static TarEntry only(OciDirectory image, String name) {
    List<TarEntry> found = top(image).stream().filter(e -> e.name().equals(name)).toList();
    assertEquals(1, found.size(), () -> name + " in " + top(image));
    return found.get(0);
  }

  private static List<String> names(OciDirectory image, String pattern) {
    return top(image).stream().map(TarEntry::name).filter(n -> n.matches(pattern)).toList();
  }

  /** Nothing of a removed directory is there but the one mark, and none for what was new. */
  @Test
  void whatWasRemovedIsAnEmptyRegularFileWithAPrefix() {
    List<String> removed = List.of(".wh.tmp", "etc/.wh.group", "usr/share/many/.wh.f1");
    for (OciDirectory image : List.of(compared, stored)) {
      String elsewhere = "(?!usr/share/tree/).*\\.wh\\..*";
      assertEquals(removed, names(image, elsewhere).stream().sorted().toList());
      assertEquals(List.of(), names(image, "tmp(/.*)?|etc/group|usr/share/gone.*"));
      assertEquals(List.of("usr/share/many/.wh.f1"), names(image, "usr/share/many/.*"));
    }
    for (String name : removed) {
      for (TarEntry entry : both(name)) {
        assertEquals(TarEntry.FILE, entry.type(), name);
        assertEquals(0, entry.content().length, name);
      }
    }
  }

  /** Both directories were made anew, but there is only one of them below. */
  @Test
  void opaqueMarkIsOnlyInADirectoryThatIsBelow() {
    String mark = "usr/share/tree/.wh..wh..opq";
    assertEquals(List.of(mark), names(stored, ".*\\.wh\\.\\.wh\\..*"));
    assertEquals(TarEntry.FILE, only(stored, mark).type());
    assertEquals(0, only(stored, mark).content().length);
    assertEquals(List.of(mark, "usr/share/tree/new"), names(stored, "usr/share/tree/.*"));
  }

  /** What an engine that compares two mounts says instead, as writers should. */
  @Test
  void directoryMadeAnewHasAMarkForEachNameBelow() {
    assertEquals(List.of(), names(compared, ".*\\.wh\\.\\.wh\\..*"));
    assertEquals(
        List.of("usr/share/tree/.wh.sub", "usr/share/tree/new"),
        names(compared, "usr/share/tree/.*").stream().sorted().toList());
  }

  @Test
  void otherNameOfAFileIsAHardLinkWithAPathFromTheRoot() {
    both(FRESH + "/a").forEach(e -> assertEquals(TarEntry.FILE, e.type()));
    both(FRESH + "/a").forEach(e -> assertArrayEquals(FsPath.latin("x\n"), e.content()));
    for (TarEntry entry : both(FRESH + "/dir/b")) {
      assertEquals(TarEntry.HARD_LINK, entry.type());
      assertEquals(FRESH + "/a", entry.link());
      assertEquals(0, entry.content().length);
    }
  }

  @Test
  void extendedAttributesAreRecordsOfTheExtendedHeader() {
    both(FRESH + "/a").forEach(e -> assertEquals("two\nlines=1", e.xattr("user.note")));
    String raw = "\1\0\0\2\0 " + "\0".repeat(14); // version 2, effective; cap_net_raw is bit 13
    both("root/kept").forEach(e -> assertEquals(raw, e.xattr("security.capability")));
    both("root/tool").forEach(e -> assertNull(e.xattr("security.capability")));
  }

  /** Our upper has such attributes: the directory made anew, for one, is marked by them. */
  @Test
  void attributesOfTheOverlayAreNotInTheLayer() {
    for (OciDirectory image : List.of(compared, stored)) {
      for (TarEntry entry : top(image)) {
        assertTrue(
            List.of("SCHILY.xattr.user.note", "SCHILY.xattr.security.capability")
                .containsAll(entry.pax().keySet()),
            entry::toString);
      }
    }
  }

  /** The other one lost both bits with the change of owner. */
  @Test
  void setuidIsThereWhereItWasSetAfterTheOwner() {
    for (TarEntry entry : both("root/kept")) {
      assertEquals(List.of(06755, 5, 6), List.of(entry.mode() & 07777, entry.uid(), entry.gid()));
    }
    for (TarEntry entry : both("root/tool")) {
      assertEquals(List.of(0755, 5, 6), List.of(entry.mode() & 07777, entry.uid(), entry.gid()));
    }
  }

  /** Of one that is new, and of one that is below with other content. */
  @Test
  void directoriesHaveTheTimesThatWereSet() {
    for (String name : List.of(FRESH, "usr/share/many")) {
      for (TarEntry entry : both(name)) {
        assertEquals(TarEntry.DIRECTORY, entry.type(), name);
        assertEquals(DAY, entry.mtime(), name);
      }
    }
  }

  @Test
  void noPathIsThereTwice() {
    for (OciDirectory image : List.of(compared, stored)) {
      List<String> names = names(image, ".*");
      assertEquals(new HashSet<>(names).size(), names.size(), names::toString);
    }
  }

  @Test
  void diffIdIsTheDigestOfTheTarFile() {
    for (OciDirectory image : List.of(compared, stored)) {
      assertEquals(image.layers().stream().map(OciDirectory::digest).toList(), image.diffIds());
    }
  }

  /** Names, types, modes, owners, links, attributes; in the same order. */
  @Test
  void whatIsStoredMakesTheLayerThatTheKernelsUpperMakes() {
    assertEquals(lines(byKernel), lines(stored));
  }

  private static String lines(OciDirectory image) {
    StringBuilder lines = new StringBuilder();
    top(image).forEach(e -> lines.append(e).append('\n'));
    return lines.toString();
  }
}
