package ovl.it.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.User;
import ovl.it.overlay.Backing;
import ovl.it.overlay.CalledAs;
import ovl.it.overlay.FuseDevice;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/** A mount by somebody who is not root, in each of the ways that engines without root use. */
final class RootlessTest {
  private static final String PROGRAM = CalledAs.directory().at("fuse-overlayfs").toString();

  /** How the user gets at what mounting needs. */
  private enum Way {
    /** Through fusermount3, which is setuid. */
    FUSERMOUNT(""),
    /** As the only user of a user namespace. */
    ALONE("unshare -Urm"),
    /** As root of one that has many users, as newuidmap makes it from /etc/subuid. */
    MAPPED("");

    private final String prefix;

    Way(String prefix) {
      this.prefix = prefix;
    }
  }

  /** Runs $2 in the directory $1 as $3, behind $4. */
  private static final String AS_USER =
      "cd $1; setpriv --reuid=$3 --regid=$3 --clear-groups" + " $4 bash -euc \"$2\" bash $1";

  /** The same, as uid 0 of a namespace with 65537 users. */
  private static final String AS_MAPPED_ROOT =
      """
      cd $1
      printf '0 %d 1\\n1 100000 65536\\n' $3 >map
      setpriv --reuid=$3 --regid=$3 --clear-groups unshare -Um bash -c '
        touch $1/unshared
        until [ -e $1/mapped ]; do sleep 0.05; done
        exec setpriv --reuid=0 --regid=0 --clear-groups bash -euc "$2" bash $1' bash $1 "$2" &
      until [ -e unshared ]; do sleep 0.05; done
      cat map >/proc/$!/uid_map
      cat map >/proc/$!/gid_map
      touch mapped
      wait $!
      """;

  private Overlay stack;
  private FsPath home;

  @BeforeEach
  void makeLayers() {
    // Only for its place and for what it asks of the machine.
    stack = new Overlay(MountKind.DEV, Backing.EXT4);
    home = stack.home();
    Exec.bash(
            """
            cd $1
            mkdir top low up wk merged low/d
            for f in a b gone d/x priv; do echo $f >low/$f; done
            touch top/.wh.gone
            chmod 600 low/priv
            chown -R $2:$2 .
            """,
            home,
            User.NOBODY.uid())
        .orFail("layers");
  }

  @AfterEach
  void removeLayers() {
    Exec.bash("! mountpoint -q $1/merged || umount -l $1/merged", home).orFail("umount");
    stack.close();
  }

  private String run(Way way, String script) {
    String outer = way == Way.MAPPED ? AS_MAPPED_ROOT : AS_USER;
    try (FuseDevice device = FuseDevice.openToAll()) {
      String whole = "P=" + PROGRAM + "\n" + script;
      return Exec.bash(outer, home, whole, User.NOBODY.uid(), way.prefix).orFail(way.name()).out();
    }
  }

  private static String mount(String options) {
    return "$P -o lowerdir=$1/top:$1/low,upperdir=$1/up,workdir=$1/wk" + options + " $1/merged\n";
  }

  @ParameterizedTest
  @EnumSource
  void layersMergeAndChangesAreWrittenAsTheKernelWouldHaveThem(Way way) {
    String out =
        run(
            way,
            mount("")
                + """
                cd merged
                ls -A | xargs
                rm a; rm -r d; mkdir d; mv b c; ln -s t s; chmod 640 priv; cat priv; mkfifo p
                cd ..; fusermount3 -u merged
                until [ -z "$(lsof -t +D wk 2>/dev/null)" ]; do sleep 0.1; done
                find up -mindepth 1 -printf '%P %y %m\\n' | sort
                getfattr -n user.overlay.opaque --only-values up/d; echo
                """
                + mount("")
                + "ls -A merged merged/d | xargs; fusermount3 -u merged\n");
    assertEquals(
        """
        a b d priv
        priv
        a c 0
        b c 0
        c f 644
        d d 755
        p p 644
        priv f 640
        s l 777
        y
        merged: c d p priv s merged/d:
        """,
        out.replaceAll("(?m)^([cdf]) ([fd]) (664|775)$", "$1 $2 $3"));
  }

  /** Such a directory's own attributes cannot be read, what lies in it can. */
  @ParameterizedTest
  @EnumSource
  void directoryThatOnlyItsOwnerMayListIsNoObstacle(Way way) {
    for (String layer : List.of("up", "top", "low")) {
      String dir = home.at(layer + "/of-" + layer).toString();
      Exec.bash("mkdir $1; echo $2 >$1/f; chmod 711 $1", dir, layer).orFail("layers");
    }
    String out = run(way, mount("") + "cat merged/of-*/f | xargs; fusermount3 -u merged\n");
    assertEquals("low top up\n", out);
  }

  @ParameterizedTest
  @EnumSource
  void ownersAndDevicesAreKeptInAttributes(Way way) {
    String out =
        run(
            way,
            mount(",xattr_permissions=2")
                + """
                cd merged
                echo n >n; chmod 4711 n; chown 5:6 n 2>chown.txt || cat chown.txt
                echo more >>priv
                stat -c '%n %a' n priv
                cd ..; fusermount3 -u merged
                stat -c '%n %a' up/n up/priv
                getfattr -n user.containers.override_stat --only-values up/priv; echo
                """);
    String refused =
        way == Way.FUSERMOUNT
            ? "chown: changing ownership of 'n': Operation not permitted\nn 4711\n"
            : way == Way.ALONE
                ? "chown: changing ownership of 'n': Invalid argument\nn 4711\n"
                : "n 711\n";
    String id = way == Way.FUSERMOUNT ? "65534" : "0";
    String expected = refused + "priv 600\nup/n 755\nup/priv 755\n" + id + ":" + id + ":0600\n";
    assertEquals(expected, out);
  }

  @Test
  void ownersOfANamespaceAreWrittenAsOutsideIt() {
    run(
        Way.MAPPED,
        mount("")
            + "echo n >merged/n; chown 5:6 merged/n; stat -c %u:%g merged/n; "
            + "fusermount3 -u merged\n");
    Exec.bash("[ $(stat -c %u:%g $1/up/n) = 100004:100005 ]", home).orFail("owner in upper");
  }

  @Test
  void squashingLetsAUserCopyUpWhatIsRoots() {
    home.at("low/a").chown(0, 0).chmod(0666);
    home.at("low/d").chown(0, 0).chmod(0777);
    int id = User.NOBODY.uid();
    String out =
        run(
            Way.FUSERMOUNT,
            mount(",squash_to_uid=" + id + ",squash_to_gid=" + id)
                + "cd merged; echo more >>a; touch d/new; stat -c '%u:%g %a' a d; cat a\n"
                + "cd ..; fusermount3 -u merged\n");
    assertEquals("65534:65534 666\n65534:65534 777\na\nmore\n", out);
  }

  @Test
  void withoutSquashingACopyThatCannotKeepItsOwnerIsRefused() {
    home.at("low/a").chown(0, 0).chmod(0666);
    String out =
        run(
            Way.FUSERMOUNT,
            mount("")
                + "(echo more >>merged/a) 2>&1 | sed 's/.*: //'; cat merged/a\n"
                + "fusermount3 -u merged\n");
    assertEquals("Operation not permitted\na\n", out);
  }

  /** The copy's owner may not write either, once it has its mode. */
  @ParameterizedTest
  @EnumSource
  void fileThatItsOwnerMayNotWriteIsCopiedUp(Way way) {
    Exec.bash(
            """
            cd $1/low
            for f in 1 2 3 4; do echo $f >ro$f; setfattr -n user.z -v $f ro$f; done
            setfacl -m u::r,u:$2:r ro4
            chmod 444 ro?; chmod 400 ro3; chown $2:$2 ro?
            """,
            home,
            User.NOBODY.uid())
        .orFail("layers");
    String out =
        run(
            way,
            mount("")
                + """
                cd merged
                chmod u+x ro1; mv ro2 moved2; touch -d @7 ro3; ln ro4 link4
                stat -c '%n %a' ro1 moved2 ro3 ro4
                getfattr -n user.z --only-values ro1 moved2 ro3 link4; echo
                cat ro1 moved2 ro3 ro4 | xargs
                cd ..; fusermount3 -u merged
                """);
    assertEquals("ro1 544\nmoved2 444\nro3 400\nro4 444\n1234\n1 2 3 4\n", out);
  }

  @ParameterizedTest
  @EnumSource
  void directoryThatItsOwnerMayNotWriteIsCopiedUp(Way way) {
    Exec.bash(
            "cd $1/low; for d in 1 2; do mkdir ro$d; echo $d >ro$d/f; done; chown -R $2:$2 ro?;"
                + " chmod 555 ro?",
            home,
            User.NOBODY.uid())
        .orFail("layers");
    String out =
        run(
            way,
            mount("")
                + """
                cd merged
                touch -d @7 ro1; chmod u+w ro2; echo new >ro2/new
                stat -c '%n %a' ro1 ro2; stat -c %Y ro1
                cat ro1/f ro2/f ro2/new | xargs
                cd ..; fusermount3 -u merged
                stat -c '%n %a' up/ro1 up/ro2
                chmod u+w up/ro1
                """);
    assertEquals("ro1 555\nro2 755\n7\n1 2 new\nup/ro1 555\nup/ro2 755\n", out);
  }

  @ParameterizedTest
  @EnumSource(names = {"ALONE", "MAPPED"})
  void aclOfSomebodyWhomTheNamespaceLacksIsNoObstacle(Way way) {
    Exec.bash("cd $1/low; setfacl -m u:999999:rwx a b; setfacl -m d:u:999999:rwx d", home)
        .orFail("layers");
    String out =
        run(
            way,
            mount("")
                + """
                cd merged
                cat a; echo more >>a; cat a; chmod 600 a; mv b c; touch d/new; mkdir d/sub
                getfacl -cpn c | xargs
                ls d | xargs
                cd ..; fusermount3 -u merged
                """);
    assertEquals(
        "a\na\nmore\nuser::rw- group::r-- mask::rwx other::r--\nnew sub x\n",
        out.replaceFirst("group::rw-", "group::r--"));
  }
}
