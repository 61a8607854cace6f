package ovl.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.Workspace;

/**
 * The Debian package, unpacked and laid over /usr in a mount namespace, with no other Java in
 * reach. Building it takes minutes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(named = "ovl.long", matches = "true")
final class PackageTest {
  private static final int BUILD_SECONDS = 900;

  private FsPath home;

  @BeforeAll
  void build() {
    home = Workspace.get().root().at("package").mkdir();
    Path script = Launcher.PATH.normalize().resolveSibling("package");
    Exec.bash(
            BUILD_SECONDS,
            "cd $2 && mkdir lower merged && echo text >lower/file"
                + " && $1 $2/first >&2 && $1 $2/second >&2 && dpkg-deb -x first/*.deb tree",
            script,
            home)
        .orFail("build the package");
  }

  /** But for the class data archive, which the JVM does not write alike each time. */
  @Test
  void equalSourcesGiveEqualPackages() {
    Exec.bash(
            "set -e; cd $1; for i in first second; do dpkg-deb -f $i/*.deb >$i.fields;"
                + " dpkg-deb --fsys-tarfile $i/*.deb >$i.tar;"
                + " tar --delete -f $i.tar --wildcards '*/cds/*'; done;"
                + " cmp first.fields second.fields; cmp first.tar second.tar",
            home)
        .orFail("compare");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ovl-mount --lower lower merged",
        "ovl-mount --transport libfuse2 --lower lower merged",
        "/usr/lib/ovl-mount/bin/fuse-overlayfs -o lowerdir=lower merged",
        "mount -t ovl-mount -o lowerdir=$1/lower none $1/merged",
        "mount -t fuse.ovl-mount -o lowerdir=$1/lower none $1/merged",
      })
  void mounts(String command) {
    assertEquals("text\n", installed(command + " && cat merged/file && umount merged").out());
  }

  @Test
  void archiveOfClassesIsValidWhereThePackagePutsIt() {
    Exec mounted =
        installed(
            "OVL_JAVA_OPTS=\"-Xshare:on -Xlog:class+load:file=$1/classes\" ovl-mount --lower lower"
                + " merged && umount merged && grep -c 'Daemon source: shared' classes");
    assertEquals("1\n", mounted.out());
  }

  @Test
  void fuseIsNeededAndNothingOfJava() {
    String needs = Exec.bash("dpkg-deb -f $1/first/*.deb Depends", home).orFail("ask").out();
    assertTrue(needs.startsWith("fuse3, libc6 "), needs);
    assertFalse(needs.matches("(?s).*(jre|jdk|java).*"), needs);
  }

  private Exec installed(String script) {
    return Exec.bash(
            "unshare -m bash -c 'mount -t overlay -o ro,lowerdir=$1/tree/usr:/usr overlay /usr"
                + " && { [ ! -d /usr/lib/jvm ] || mount -t tmpfs none /usr/lib/jvm; } && export PATH=/usr/sbin:/usr/bin"
                + " && unset JAVA_HOME && cd $1 && { "
                + script.replace("'", "'\\''")
                + "; }' bash $1",
            home)
        .orFail(script);
  }
}
