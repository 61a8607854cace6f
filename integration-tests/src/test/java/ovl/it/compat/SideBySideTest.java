package ovl.it.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.CalledAs;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/**
 * The same script with fuse-overlayfs, where Debian's is installed, and with ours: the same output.
 * Only what that program does right is compared.
 */
final class SideBySideTest {
  private static final Path THEIRS = Path.of("/usr/bin/fuse-overlayfs");
  private static final FsPath OURS = CalledAs.directory().at("fuse-overlayfs");

  /** Sets what every script uses; $1 is an empty directory, $2 the program, $3 another one. */
  private static final String BEGIN =
      """
      set -u
      cd $1
      mkdir top low up wk m
      opts() { echo "lowerdir=$PWD/top:$PWD/low,upperdir=$PWD/up,workdir=$PWD/wk"; }
      start() { "$1" -o "$(opts)$2" $PWD/m 2>/dev/null || exit 1; }
      stop() { umount m; until flock -n -x wk true && flock -n -x up true; do sleep 0.05; done; }
      show() { stat -c '%n %F %u:%g %a' "$@"; }
      as() { setpriv --reuid=$1 --regid=$1 --clear-groups -- bash -c "$2" 2>&1; }
      umask 022
      """;

  private Overlay stack;

  @BeforeEach
  void prepare() {
    if (!Files.isRegularFile(THEIRS)) {
      System.err.println("skipped: fuse-overlayfs is not installed");
      Assumptions.abort("fuse-overlayfs is not installed");
    }
    // For its place, and for what it asks of the machine.
    stack = new Overlay(MountKind.DEV, Backing.EXT4);
  }

  @AfterEach
  void remove() {
    Exec.bash("for m in $1/*/m; do ! mountpoint -q $m || umount -l $m; done", stack.home())
        .orFail("umount");
    stack.close();
  }

  private String run(String name, String script, String first, String second) {
    FsPath home = stack.home().at(name).mkdir(0755);
    return Exec.bash(BEGIN + script, home, first, second).orFail(name).out();
  }

  private void assertSame(String script) {
    String theirs = run("theirs", script, THEIRS.toString(), OURS.toString());
    String ours = run("ours", script, OURS.toString(), THEIRS.toString());
    assertFalse(theirs.isBlank());
    assertEquals(theirs, ours);
  }

  @Test
  void ownersByMaps() {
    assertSame(
        """
        echo r >low/r; echo s >low/s; chown 5:6 low/s; echo o >low/o; chown 70000:70000 low/o
        echo p >low/secret; chmod 600 low/secret; mkdir low/d; chmod 1777 low/d
        ln -s r low/link; chown -h 5:6 low/link
        start $2 ,uidmapping=:0:1000:1:1:100000:65535,gidmapping=0:1000:1:1:100000:65535
        show m/*
        as 1000 "cat m/secret; echo n >m/d/n; mkdir m/d/dir; echo more >>m/r; chmod 640 m/s"
        as 100004 "echo n >m/d/by5; cat m/secret"
        show m/r up/r m/d/* up/d/*
        chown 100009:100010 m/s; show m/s up/s
        stop
        """);
  }

  @Test
  void ownersSquashed() {
    assertSame(
        """
        echo f >low/f; chown 5:6 low/f; mkdir low/d; chmod 777 low/d
        start $2 ,squash_to_root
        show m/*; stop
        start $2 ,squash_to_root,squash_to_uid=7,squash_to_gid=8
        show m/*; echo n >m/d/n; chown 9:9 m/f; show m/f m/d/n up/f up/d/n
        stop
        """);
  }

  @Test
  void namesThatHide() {
    assertSame(
        """
        mkdir low/d low/e low/kept; for f in a b d/x e/x kept/x; do echo $f >low/$f; done
        touch top/.wh.a top/.wh.d top/.wh..wh.aufs; mkdir top/e; touch top/e/.wh..wh..opq top/e/new
        start $2 ""
        ls -A m m/e m/kept; cat m/a m/.wh.a 2>&1; echo x 2>/dev/null >m/.wh.new; echo $?
        stop
        """);
  }

  @Test
  void namesWrittenInPlaceOfDevices() {
    assertSame(
        """
        export FUSE_OVERLAYFS_DISABLE_OVL_WHITEOUT=1
        mkdir low/d low/e low/e/s; for f in a b c d/x e/x; do echo $f >low/$f; done
        start $2 ""
        rm m/a; mv m/b m/b2; rm -r m/d m/e/s; mkdir m/d; rm m/c; echo n >m/c; ln m/c m/a
        ls -A m m/d; stop
        find up -mindepth 1 -printf '%P %y\\n' | sort
        """);
  }

  /** What one leaves the other must see, whoever was first. */
  @Test
  void layersOfEachOther() {
    assertSame(
        """
        mkdir low/d low/e; for f in a b c d/x e/x f; do echo $f >low/$f; done
        start $2 ""
        rm m/a; mv m/b m/b2; rm -r m/d; mkdir m/d; echo n >m/d/n; rm m/e/x; echo more >>m/f
        stop
        for format in 0 1; do
          start $3 ""
          ls -A m m/d m/e; cat m/f; show m/d m/f; rm m/c$format 2>/dev/null; rm -f m/c
          stop
          export FUSE_OVERLAYFS_DISABLE_OVL_WHITEOUT=1
        done
        start $2 ""; ls -A m; stop
        """);
  }

  @Test
  void ownersInAttributes() {
    assertSame(
        """
        setfattr -n user.fuseoverlayfs.override_stat -v 0:0:40755 top
        setfattr -n user.fuseoverlayfs.override_stat -v 0:0:40755 up
        echo f >top/f; setfattr -n user.fuseoverlayfs.override_stat -v 7:8:104711 top/f
        echo r >low/r; chmod 4755 low/r; mkdir low/d; echo x >low/d/x
        start $2 ,xattr_permissions=2
        show m/*; mkdir m/dd; chmod 1777 m/dd; as 1000 "mkdir m/dd/d2; cat m/dd/../r"
        show m/dd m/dd/*; chown 9:9 m/r; chown 3:3 m/f; show m/r m/f
        chmod 600 m/d/x; as 1000 "cat m/d/x"; getfattr -d -m override m/f
        stop
        start $3 ""; show m/* m/dd/*; stop
        """);
  }
}
