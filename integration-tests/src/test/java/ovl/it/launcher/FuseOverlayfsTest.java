package ovl.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.CalledAs;
import ovl.it.overlay.FuseDevice;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** The program in fuse-overlayfs's place, called as engines and mount(8) call that one. */
final class FuseOverlayfsTest {
  private Overlay stack;

  @BeforeAll
  static void prepareFastStart() {
    // What a first run says is not counted.
    Exec.run(CalledAs.fuseOverlayfs("--help"), null).orFail("fuse-overlayfs --help");
  }

  @BeforeEach
  void makeStack() {
    stack = new Overlay(MountKind.DEV, Backing.EXT4);
    stack.lowers().get(0).at("f").file("top");
    stack.lowers().get(1).at("f").file("below");
    stack.lowers().get(1).at("g").file("below");
  }

  @AfterEach
  void removeStack() {
    stack.close();
  }

  private String lowerdir() {
    return "lowerdir=" + stack.lowers().get(0) + ":" + stack.lowers().get(1);
  }

  private String writable() {
    return lowerdir() + ",upperdir=" + stack.upper() + ",workdir=" + stack.work();
  }

  private Exec call(String... arguments) {
    return stack.tryMount(CalledAs.fuseOverlayfs(arguments));
  }

  private Exec mountOnPath(String script) {
    return stack.tryMount(
        CalledAs.onPath(
            script,
            stack.merged(),
            stack.lowers().get(0) + ":" + stack.lowers().get(1),
            stack.upper(),
            stack.work()));
  }

  private String mounted() throws IOException {
    return Files.readAllLines(Path.of("/proc/mounts")).stream()
        .filter(line -> line.contains(" " + stack.merged() + " "))
        .findFirst()
        .orElse("");
  }

  private void assertMerged() {
    assertEquals("top", stack.merged().at("f").text());
    assertEquals("below", stack.merged().at("g").text());
  }

  @Test
  void versionHasTheShapeThatPodmanReads() {
    Exec version = Exec.run(CalledAs.fuseOverlayfs("--version"), null);
    assertEquals(0, version.status());
    List<String> lines = version.out().lines().toList();
    assertTrue(lines.get(0).matches("fusermount3 version: \\d.*"), version.out());
    assertTrue(lines.get(1).matches("fuse-overlayfs: version \\d.*"), version.out());
  }

  @Test
  void mountsAsFuseOverlayfsDoes() throws IOException {
    Exec mount = call("-o", writable(), stack.merged().toString()).orFail("fuse-overlayfs");
    assertEquals("", mount.err() + mount.out());
    assertTrue(
        mounted()
            .matches(
                "fuse-overlayfs \\S+ fuse\\.fuse-overlayfs rw,nodev,noatime,user_id=0,group_id=0,"
                    + "default_permissions,allow_other 0 0"),
        mounted());
    assertMerged();
    stack.merged().at("f").file("written");
    assertEquals("written", stack.upper().at("f").text());
  }

  /** The kernel's overlay shows 1, and so do we under our own name. */
  @Test
  void subdirectoriesOfMergedDirectoriesAreCounted() {
    stack.lowers().get(0).at("d/both").mkdirs();
    stack.lowers().get(1).at("d/both").mkdirs();
    stack.lowers().get(1).at("d/below").mkdir();
    stack.lowers().get(0).at("other").mkdir();
    stack.lowers().get(1).at("other").mkdir();
    call("-o", writable(), stack.merged().toString()).orFail("fuse-overlayfs");
    FsPath dir = stack.merged().at("d");
    assertEquals(4, dir.stat().nlink());
    dir.at("new").mkdir();
    assertEquals(5, dir.stat().nlink());
    dir.at("new").rmdir();
    dir.at("below").rmdir();
    dir.at("file").file("");
    assertEquals(3, dir.stat().nlink());
    FsPath other = stack.merged().at("other");
    assertEquals(2, other.stat().nlink());
    dir.at("new").mkdir().rename(other.at("moved"));
    assertEquals(3, dir.stat().nlink());
    assertEquals(3, other.stat().nlink());
    dir.at("file").rename(other.at("moved"), Linux.RENAME_EXCHANGE);
    assertEquals(4, dir.stat().nlink());
    assertEquals(2, other.stat().nlink());
    dir.at("new").mkdir().rename(dir.at("file"));
    assertEquals(4, dir.stat().nlink());
    stack.unmount();
    call("-o", writable() + ",static_nlink", stack.merged().toString()).orFail("static_nlink");
    assertEquals(1, dir.stat().nlink());
  }

  /** To count is to list, and what was listed serves who lists next. */
  @Test
  void namesThatChangeAfterTheCountAreListedAsTheyAre() {
    for (int i = 0; i < 4; i++) {
      stack.lowers().get(i % 2).at("d" + i).mkdir().at("gone").file("");
      stack.lowers().get((i + 1) % 2).at("d" + i).mkdir().at("kept").file("");
    }
    call("-o", writable(), stack.merged().toString()).orFail("fuse-overlayfs");
    for (int i = 0; i < 4; i++) {
      assertEquals(2, stack.merged().at("d" + i).stat().nlink());
    }
    stack.merged().at("d0/new").file("");
    stack.merged().at("d1/gone").unlink();
    stack.merged().at("d2/gone").rename(stack.merged().at("d2/new"));
    stack.merged().at("d3/gone").rename(stack.merged().at("d0/moved"));
    assertEquals(List.of("gone", "kept", "moved", "new"), stack.merged().at("d0").list());
    assertEquals(List.of("kept"), stack.merged().at("d1").list());
    assertEquals(List.of("kept", "new"), stack.merged().at("d2").list());
    assertEquals(List.of("kept"), stack.merged().at("d3").list());
  }

  @Test
  void countIsRightAfterChangesBesideIt() throws InterruptedException {
    stack.lowers().get(0).at("d").mkdir();
    stack.lowers().get(1).at("d").mkdir();
    call("-o", writable(), stack.merged().toString()).orFail("fuse-overlayfs");
    FsPath dir = stack.merged().at("d");
    for (int round = 0; round < 10; round++) {
      List<Thread> threads = new ArrayList<>();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      for (int i = 0; i < 3; i++) {
        String prefix = round + "." + i + ".";
        Thread thread = new Thread(() -> makeManyRemoveSome(dir, prefix));
        thread.setUncaughtExceptionHandler((which, error) -> failure.set(error));
        threads.add(thread);
        thread.start();
      }
      while (threads.stream().anyMatch(Thread::isAlive)) {
        dir.stat();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertNull(failure.get());
      assertEquals(2 + dir.list().size(), dir.stat().nlink());
    }
  }

  private static void makeManyRemoveSome(FsPath dir, String prefix) {
    for (int i = 0; i < 30; i++) {
      dir.at(prefix + i).mkdir();
      if (i % 3 == 0) {
        dir.at(prefix + i).rmdir();
      }
    }
  }

  @Test
  void linksCanBeForbiddenToBeFollowed() throws IOException {
    stack.lowers().get(0).at("l").symlink("f");
    call("-o", writable() + ",nosymfollow", stack.merged().toString()).orFail("nosymfollow");
    assertTrue(mounted().contains(",nosymfollow,"), mounted());
    FsPath link = stack.merged().at("l");
    assertEquals(Errno.ELOOP, assertThrows(OsError.class, link::text).errno());
    assertEquals("f", link.readlink());
  }

  @Test
  void withoutUpperNothingCanBeWritten() throws IOException {
    call("-o", lowerdir() + ",workdir=" + stack.work(), stack.merged().toString()).orFail("mount");
    assertTrue(mounted().contains(" ro,"), mounted());
    assertMerged();
  }

  @Test
  void whatIsUnknownIsReportedAndIgnored() {
    Exec mount =
        call("-x", "-o", writable() + ",,foo=bar,private,volatile", stack.merged().toString());
    assertEquals(0, mount.status(), mount.err());
    assertEquals("unknown argument ignored: -x\nunknown argument ignored: foo=bar\n", mount.err());
    assertMerged();
  }

  @Test
  void failureIsOneLineAndNothingIsMounted() {
    Exec mount = call("-o", "lowerdir=" + stack.home().at("no"), stack.merged().toString());
    assertEquals(1, mount.status());
    assertEquals(
        "fuse-overlayfs: lower layer %s: No such file or directory\n"
            .formatted(stack.home().at("no")),
        mount.err());
    assertFalse(stack.hasDaemon());
  }

  @Test
  void labelInQuotesMayHoldAComma() {
    String label = "context=\"system_u:object_r:container_file_t:s0:c1,c2\"";
    Exec mount = call("-o", writable() + "," + label, stack.merged().toString()).orFail("mount");
    assertEquals("", mount.err());
    assertMerged();
  }

  @Test
  void colonInALayersNameIsEscaped() {
    FsPath layer = stack.home().at("with:colon,comma").mkdir();
    layer.at("h").file("found");
    stack.addLower(layer);
    String name = layer.toString().replace(":", "\\:").replace(",", "\\,");
    call("-o", lowerdir() + ":" + name + ",private", stack.merged().toString()).orFail("mount");
    assertEquals("found", stack.merged().at("h").text());
  }

  /**
   * As containers/storage names its layers: by links, with paths that are not normalised. To see
   * what a layer changed it mounts that one with the 500 below it, which is as many as it allows.
   */
  @Test
  void layerAndFiveHundredBelowByLinksThroughOneArgument() {
    FsPath links = stack.home().at("l").mkdir();
    StringBuilder option = new StringBuilder("lowerdir=");
    String detour = "/.".repeat(60) + "/../l/";
    for (int i = 0; i <= 500; i++) {
      FsPath layer = stack.home().at("layer" + i).mkdir();
      layer.at("f" + i).file("layer " + i);
      links.at("L" + i).symlink("../layer" + i);
      option.append(i == 0 ? "" : ":").append(links).append(detour).append("L").append(i);
    }
    assertTrue(option.length() > 64 << 10 && option.length() < 128 << 10, "" + option.length());
    call("-o", option.toString(), stack.merged().toString()).orFail("fuse-overlayfs");
    assertEquals("layer 0", stack.merged().at("f0").text());
    assertEquals("layer 500", stack.merged().at("f500").text());
    assertEquals(501, stack.merged().list().size());
  }

  @Test
  void pathsAreRelativeToTheCallersDirectory() {
    String script =
        "cd \"$1/..\" && ln -s \"${2%%:*}\" here && fuse-overlayfs -olowerdir=here merged";
    mountOnPath(script).orFail("fuse-overlayfs");
    assertEquals("top", stack.merged().at("f").text());
  }

  @Test
  void callerThatReadsStandardErrorToItsEndDoesNotWaitForTheDaemon() {
    mountOnPath(
            "said=$(fuse-overlayfs -o \"lowerdir=$2,upperdir=$3,workdir=$4\" \"$1\" 2>&1 >/dev/null)"
                + " && [ -z \"$said\" ] && [ \"$(stat -f -c %t \"$1\")\" = 65735546 ]")
        .orFail("fuse-overlayfs");
    assertMerged();
  }

  @Test
  void newMountOverTheSameUpperMayFollowALazyUnmountAtOnce() {
    mountOnPath(
            "set -e; options=lowerdir=$2,upperdir=$3,workdir=$4; fuse-overlayfs -o $options \"$1\";"
                + " echo one >\"$1/new\"; umount -l \"$1\"; fuse-overlayfs -o $options \"$1\"")
        .orFail("two mounts in turn");
    assertEquals("one\n", stack.merged().at("new").text());
  }

  /** As containerd does to find out what a running container has changed. */
  @Test
  void upperOfALiveMountCanBeLookedAtThroughAnotherOne() {
    Exec both =
        mountOnPath(
            "options=lowerdir=$2,upperdir=$3,workdir=$4; fuse-overlayfs -o $options \"$1\""
                + " && echo new >\"$1/new\" && rm \"$1/g\" && mkdir \"$1.2\""
                + " && fuse-overlayfs -o $options,ro \"$1.2\" && ls \"$1.2\" && cat \"$1.2/new\""
                + " && ovl-mount status \"$1.2\" | grep -c '^  lower  ';"
                + " touch \"$1.2/x\" 2>&1 | sed 's/.*: //'; umount \"$1.2\";"
                + " ! fuse-overlayfs -o $options \"$1.2\" 2>/dev/null && echo more >\"$1/more\"");
    assertEquals("f\nnew\nnew\n3\nRead-only file system\n", both.orFail("two mounts").out());
    assertTrue(stack.upper().at("more").exists());
  }

  @Test
  void statisticsComeOnSignal() {
    FsPath said = stack.home().at("said");
    Exec.run(
            CalledAs.onPath(
                "fuse-overlayfs -f -o lowerdir=\"$2\" \"$1\" 2>\"$3\" &"
                    + " for i in {1..300}; do [ -e \"$1/f\" ] && break; sleep 0.1; done;"
                    + " for i in {1..50}; do kill -USR1 $!; sleep 0.1;"
                    + " grep -q NODES \"$3\" && break; done; umount \"$1\"; wait $!",
                stack.merged(),
                stack.lowers().get(0),
                said),
            null)
        .orFail("fuse-overlayfs -f");
    assertTrue(said.text().contains("# INODES: "), said.text());
    assertTrue(said.text().contains("# NODES: "), said.text());
    assertTrue(said.text().matches("(?s).*# PASSTHROUGH: (enabled|disabled)\n.*"), said.text());
  }

  // ---- by way of mount(8) and mount.fuse3

  /** As containerd does. */
  @Test
  void mountFuse3CallsIt() throws IOException {
    mountOnPath(
            "mount.fuse3 overlay \"$1\" -o workdir=\"$4\" -o upperdir=\"$3\" -o lowerdir=\"$2\""
                + " -t fuse-overlayfs")
        .orFail("mount.fuse3");
    assertTrue(
        mounted().startsWith("overlay " + stack.merged() + " fuse.fuse-overlayfs rw,noatime"));
    assertMerged();
  }

  @Test
  void deviceThatMountFuse3MountedIsServed() throws IOException {
    FsPath lower = stack.lowers().get(0);
    try (FuseDevice device = FuseDevice.openToAll()) {
      stack
          .tryMount(
              CalledAs.onPath(
                  "mount.fuse3 src \"$1\" -t fuse-overlayfs"
                      + " -o setuid=nobody,drop_privileges,allow_other,lowerdir=\"$2\"",
                  stack.merged(),
                  lower))
          .orFail("mount.fuse3");
    }
    assertTrue(mounted().contains("user_id=65534"), mounted());
    assertEquals("top", stack.merged().at("f").text());
    Exec.ok("umount", stack.merged().toString());
    stack.awaitDaemonEnd(lower);
    stack.expectEnded();
  }

  @Test
  void mountKnowsItAsATypeOfFuse() {
    Exec mount =
        withHelpers(
            "mount -t fuse.ovl-mount layers \"$1\" -o lowerdir=\"$2\",nosuid; cat \"$1/f\";"
                + " grep -c \"^layers $1 fuse.ovl-mount ro,nosuid,\" /proc/mounts; umount \"$1\"");
    assertEquals("top1\n", mount.orFail("mount").out());
    stack.expectEnded();
  }

  /** The second {@code mount -a} finds that all is mounted, by the source and the directory. */
  @Test
  void mountHelperServesAnEntryOfFstab() {
    Exec mount =
        withHelpers(
            "echo \"over $1 ovl-mount lowerdir=$2,upperdir=$3,workdir=$4,nofail,x-y=z 0 0\""
                + " >\"$5/fstab\"; mount -f -T \"$5/fstab\" \"$1\"; ! mountpoint -q \"$1\";"
                + " mount -T \"$5/fstab\" -a; mount -T \"$5/fstab\" -a; cat \"$1/f\";"
                + " grep -c \"^over $1 fuse.ovl-mount rw,\" /proc/mounts; umount \"$1\"");
    assertEquals("top1\n", mount.orFail("mount -a").out());
    stack.expectEnded();
  }

  @Test
  void mountChangesTheFlagsOfAMount() {
    Exec mount =
        withHelpers(
            "mount -t fuse.ovl-mount layers \"$1\" -o nosuid,upperdir=\"$3\",workdir=\"$4\","
                + "lowerdir=\"$2\"; mount -o remount,ro,noexec \"$1\";"
                + " grep -o \"^layers $1 fuse.ovl-mount ro,nosuid,noexec,\" /proc/mounts;"
                + " ! touch \"$1/new\" 2>/dev/null; mount -o remount,rw,exec \"$1\"; touch \"$1/new\";"
                + " exec 3>\"$1/open\"; ! mount -o remount,ro \"$1\" 2>/dev/null; exec 3>&-;"
                + " grep -o \"^layers $1 fuse.ovl-mount rw,nosuid,rel\" /proc/mounts; umount \"$1\"");
    String line = "layers " + stack.merged() + " fuse.ovl-mount ";
    assertEquals(
        line + "ro,nosuid,noexec,\n" + line + "rw,nosuid,rel\n", mount.orFail("mount").out());
    assertEquals(List.of("new", "open"), stack.upper().list());
    stack.expectEnded();
  }

  /**
   * Runs a script in a mount namespace of its own, where the program and the helper are in
   * /usr/sbin, which stays as it is: mount(8) looks for them there and not on PATH.
   */
  private Exec withHelpers(String script) {
    List<String> command = new ArrayList<>(List.of("unshare", "-m", "bash", "-ec"));
    command.add(
        "mkdir \"$5\"/{u,w}; mount -t overlay o -o lowerdir=/usr/sbin,upperdir=$5/u,workdir=$5/w"
            + " /usr/sbin; ln -s \"$6\" /usr/sbin/ovl-mount;"
            + " ln -s \"$6\" /usr/sbin/mount.ovl-mount; "
            + script);
    command.add("bash");
    command.add(stack.merged().toString());
    command.add(stack.lowers().get(0) + ":" + stack.lowers().get(1));
    command.add(stack.upper().toString());
    command.add(stack.work().toString());
    command.add(stack.home().at("sbin").mkdir().toString());
    command.add(CalledAs.directory().at("ovl-mount").toString());
    return Exec.run(command, null);
  }
}
