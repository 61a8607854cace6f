package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;
import static ovl.overlay.Layers.opaque;
import static ovl.overlay.Layers.symlink;
import static ovl.overlay.Layers.whiteout;
import static ovl.testing.Errnos.assertErrno;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.layer.LayerOptions;
import ovl.layer.WhiteoutFormat;
import ovl.layer.XattrPermissions;
import ovl.sys.Errno;

/** What is answered under reserved names, and to whom. */
final class InspectionTest {
  private static final String STATUS = "user.ovl-mount.status";

  @TempDir Path tmp;

  private static String ask(Merged m, String path, String question) throws Exception {
    byte[] answer = m.view().getxattr(path, "user.ovl-mount." + question);
    return new String(answer, StandardCharsets.UTF_8);
  }

  private static List<String> which(Merged m, String directory, String name) throws Exception {
    return ask(m, directory, "which." + name).lines().toList();
  }

  @Test
  void statusIsWhatTheDescriberSays() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d")).mount()) {
      m.fs().describeBy(() -> "all is well\n".getBytes(StandardCharsets.UTF_8));
      assertEquals("all is well\n", ask(m, "", "status"));
      assertErrno(Errno.ENODATA, () -> m.view().getxattr("d", STATUS));
    }
  }

  @Test
  void answersAreForRootAndTheDaemonsUserOnly() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      for (String question : List.of("status", "layer.1", "which.a")) {
        ask(m, "", question);
        assertErrno(
            Errno.ENODATA,
            () -> m.newView().as(4711, 4711, 0).getxattr("", "user.ovl-mount." + question));
      }
    }
  }

  @Test
  void reservedNamesAreNotListedAndCannotBeSetOrRemoved() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      assertFalse(m.view().listxattr("").stream().anyMatch(name -> name.contains("ovl-mount")));
      assertErrno(Errno.EPERM, () -> m.view().setxattr("", STATUS, new byte[1]));
      assertErrno(Errno.EPERM, () -> m.view().removexattr("", STATUS));
      assertErrno(Errno.EPERM, () -> m.view().setxattr("a", "user.ovl-mount.x", new byte[1]));
      assertFalse(m.disk().exists(m.upper("a")));
    }
  }

  @Test
  void namesThatOnlyLookReservedAreOrdinary() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      for (String name : List.of("user.ovl-mount.", "user.ovl-mounts.x", "user.OVL-mount.x")) {
        m.view().setxattr("a", name, new byte[] {7});
        assertEquals(7, m.view().getxattr("a", name)[0]);
      }
    }
  }

  @Test
  void questionsThatMakeNoSenseHaveNoAnswer() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      for (String question :
          List.of("nonsense", "which.", "layer.", "layer.x", "layer.2", "layer.-1")) {
        assertErrno(Errno.ENODATA, () -> ask(m, "", question));
      }
      assertErrno(Errno.ENODATA, () -> ask(m, "a", "which.b"));
    }
  }

  @Test
  void smallBufferIsRefusedAndTheSizeToldHasRoomForGrowth() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).mount()) {
      m.fs().describeBy(() -> new byte[10]);
      View view = m.view();
      long root = view.id("");
      assertTrue(m.fs().getxattr(view.caller(), root, view.name(STATUS), view.data(), 0) > 100);
      assertErrno(
          Errno.ERANGE,
          () -> m.fs().getxattr(view.caller(), root, view.name(STATUS), view.data(), 9));
      assertEquals(10, m.fs().getxattr(view.caller(), root, view.name(STATUS), view.data(), 10));
    }
  }

  @Test
  void layersAreToldByNumber() throws Exception {
    try (Merged m = layers(tmp).lower(file("a")).lower(file("b")).mount()) {
      assertEquals(m.upper("").toString(), ask(m, "", "layer.0"));
      assertEquals(m.lower(2, "").toString(), ask(m, "", "layer.2"));
    }
  }

  @Test
  void thereIsNoUpperToTellOfWithoutOne() throws Exception {
    try (Merged m = layers(tmp).readOnly().lower(file("a")).mount()) {
      assertErrno(Errno.ENODATA, () -> ask(m, "", "layer.0"));
    }
  }

  @Test
  void topmostFileIsShownAndThoseBelowAreHidden() throws Exception {
    try (Merged m =
        layers(tmp)
            .lower(dir("d", symlink("a", "x")))
            .lower(dir("d", file("a"), file("b")))
            .mount()) {
      assertEquals(List.of("1 shown symlink /d/a", "2 hidden file /d/a"), which(m, "d", "a"));
      assertEquals(List.of("2 shown file /d/b"), which(m, "d", "b"));
      assertEquals(List.of(), which(m, "d", "none"));
    }
  }

  @Test
  void copiedUpFileSaysSo() throws Exception {
    try (Merged m = layers(tmp).lower(file("a", "x")).mount()) {
      m.view().write("a", "y");
      m.view().createFile("new", 0600);
      assertEquals(List.of("0 shown file,copied-up /a", "1 hidden file /a"), which(m, "", "a"));
      assertEquals(List.of("0 shown file /new"), which(m, "", "new"));
    }
  }

  @Test
  void whiteoutHidesWhatIsBelow() throws Exception {
    try (Merged m =
        layers(tmp).upper(whiteout("a")).lower(whiteout("a")).lower(file("a"), file("b")).mount()) {
      assertEquals(
          List.of("0 hides whiteout /a", "1 hidden whiteout /a", "2 hidden file /a"),
          which(m, "", "a"));
      m.view().unlink("b");
      assertEquals(List.of("0 hides whiteout /b", "2 hidden file /b"), which(m, "", "b"));
    }
  }

  @Test
  void whiteoutByNameHidesWhatIsBelow() throws Exception {
    LayerOptions aufs =
        new LayerOptions(false, WhiteoutFormat.KERNEL_AND_AUFS, XattrPermissions.NONE);
    try (Merged m =
        layers(tmp)
            .format(aufs)
            .lower(file(".wh.a"), file(".wh.b"), file("b"))
            .lower(file("a"), file("b"))
            .mount()) {
      assertEquals(List.of("1 hides whiteout,aufs /a", "2 hidden file /a"), which(m, "", "a"));
      assertEquals(List.of("1 shown file /b", "2 hidden file /b"), which(m, "", "b"));
    }
  }

  @Test
  void directoryIsMergedUntilSomethingEndsIt() throws Exception {
    try (Merged m =
        layers(tmp)
            .upper(dir("d"), dir("e"))
            .lower(dir("d"), file("e"))
            .lower(opaque("d"), dir("e"))
            .lower(dir("d"))
            .mount()) {
      assertEquals(
          List.of(
              "0 shown directory /d",
              "1 merged directory /d",
              "2 merged directory,opaque /d",
              "3 hidden directory /d"),
          which(m, "", "d"));
      assertEquals(
          List.of("0 shown directory /e", "1 hidden file /e", "2 hidden directory /e"),
          which(m, "", "e"));
    }
  }

  @Test
  void renamedDirectoryLeadsToItsOldNameBelow() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a")), file("e")).mount()) {
      m.view().unlink("e");
      m.view().rename("d", "e");
      assertEquals(
          List.of("0 shown directory,redirect /e", "1 hidden file /e", "1 merged directory /d"),
          which(m, "", "e"));
      assertEquals(List.of("0 hides whiteout /d", "1 hidden directory /d"), which(m, "", "d"));
      assertEquals(List.of("1 shown file /d/a"), which(m, "e", "a"));
    }
  }

  @Test
  void pathIsOneLineWhateverIsInTheName() throws Exception {
    try (Merged m = layers(tmp).lower(file("a\nb\\c d")).mount()) {
      assertEquals(List.of("1 shown file /a\\012b\\134c d"), which(m, "", "a\nb\\c d"));
    }
  }

  @Test
  void copyUpsAreCounted() throws Exception {
    try (Merged m = layers(tmp).lower(dir("d", file("a", "12345"), file("b", "1"))).mount()) {
      m.view().chmod("d/a", 0600);
      assertEquals(2, m.fs().copyUps().count()); // with its directory
      assertEquals(5, m.fs().copyUps().bytes());
      m.view().truncate("d/b", 0);
      assertEquals(3, m.fs().copyUps().count());
      assertEquals(List.of(), m.fs().copyUps().inProgress());
    }
  }
}
