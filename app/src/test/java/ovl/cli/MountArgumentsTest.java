package ovl.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.layer.WhiteoutFormat;
import ovl.mount.Access;
import ovl.mount.MountFlag;
import ovl.mount.MountOptions;
import ovl.mount.TransportKind;
import ovl.overlay.CacheTimes;
import ovl.overlay.RedirectDir;

final class MountArgumentsTest {
  private static final WorkingDirectory DIRECTORY = new WorkingDirectory(Path.of("/home/user"));
  private static final CalledAs OWN = new CalledAs("ovl-mount");
  private static final CalledAs FUSE_OVERLAYFS = new CalledAs("fuse-overlayfs");

  @Test
  void layersAreReadTopToBottomOverRepeats() throws UsageException {
    MountOptions options = parse("--lower", "a:/b", "--lower=c\\:d", "-o", "lowerdir=e", "m");
    assertEquals(paths("/home/user/a", "/b", "/home/user/c:d", "/home/user/e"), options.lowers());
    assertNull(options.upper());
  }

  @Test
  void relativePathsAreRelativeToTheCallersDirectory() throws UsageException {
    MountArguments arguments =
        MountArguments.parse(
            OWN,
            DIRECTORY,
            List.of("--lower", "l", "--upper", "u:v", "--work=w", "--log-file", "log", "../m"));
    assertEquals(Path.of("/home/user/u:v"), arguments.options().upper());
    assertEquals(Path.of("/home/user/w"), arguments.options().work());
    assertEquals(Path.of("/home/user/log"), arguments.logFile());
    assertEquals(Path.of("/home/user/../m"), arguments.mountpoint());
  }

  @Test
  void optionsMayFollowTheMountpoint() throws UsageException {
    MountOptions options = parse("m", "-olowerdir=a,upperdir=u\\,v,workdir=w,,volatile");
    assertEquals(paths("/home/user/a"), options.lowers());
    assertEquals(Path.of("/home/user/u,v"), options.upper());
    assertTrue(options.isVolatile());
  }

  @Test
  void argumentsAfterTwoDashesAreNotOptions() throws UsageException {
    MountArguments arguments =
        MountArguments.parse(OWN, DIRECTORY, List.of("--lower", "a", "--", "--debug"));
    assertEquals(Path.of("/home/user/--debug"), arguments.mountpoint());
    assertFalse(arguments.isDebug());
  }

  @Test
  void defaultsAreTheKernelTransportAndAWritableMount() throws UsageException {
    MountOptions options = parse("--lower", "a", "m");
    assertEquals(TransportKind.DEV, options.transport());
    assertEquals(Access.DEFAULT, options.access());
    assertEquals(Set.of(), options.flags());
    assertEquals(0, options.threads());
    assertFalse(options.isReadOnly());
  }

  @Test
  void passthroughIsForUpperUnlessSaidOtherwise() throws UsageException {
    MountOptions auto = parse("--lower", "a", "m");
    assertTrue(auto.overlay().passesThrough());
    assertFalse(auto.overlay().passesLowersThrough());
    MountOptions all = parse("--lower", "a", "--passthrough=all", "m");
    assertTrue(all.overlay().passesThrough());
    assertTrue(all.overlay().passesLowersThrough());
    MountOptions off = parse("--lower", "a", "--passthrough", "off", "m");
    assertFalse(off.overlay().passesThrough());
    assertFalse(off.overlay().passesLowersThrough());
  }

  @Test
  void ioUringIsUsedUnlessSaidOtherwise() throws UsageException {
    assertTrue(parse("--lower", "a", "m").usesIoUring());
    assertTrue(parse("--lower", "a", "--io-uring=auto", "m").usesIoUring());
    assertFalse(parse("--lower", "a", "--io-uring", "off", "m").usesIoUring());
  }

  @Test
  void lastWordAboutAFlagCounts() throws UsageException {
    MountOptions options =
        parse("--lower", "a", "-o", "nosuid,nodev,dev,noatime", "-o", "sync,ro,rw", "m");
    assertEquals(Set.of(MountFlag.NOSUID, MountFlag.NOATIME, MountFlag.SYNC), options.flags());
    assertFalse(options.isReadOnly());
  }

  @Test
  void switchesAreUnderstood() throws UsageException {
    MountArguments arguments =
        MountArguments.parse(
            OWN,
            DIRECTORY,
            List.of(
                "-f",
                "-d",
                "--read-only",
                "--volatile",
                "--allow-root",
                "--threads=3",
                "--transport",
                "libfuse2",
                "--fsname",
                "x",
                "--lower",
                "a",
                "m"));
    assertTrue(arguments.isForeground());
    assertTrue(arguments.isDebug());
    MountOptions options = arguments.options();
    assertTrue(options.isReadOnly());
    assertEquals(Access.ALLOW_ROOT, options.access());
    assertEquals(3, options.threads());
    assertEquals(TransportKind.LIBFUSE2, options.transport());
    assertEquals("x", options.fsName());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--nope m|unknown option --nope",
        "--nope=1 m|unknown option --nope",
        "-x m|unknown option -x",
        "--lower|--lower needs a value",
        "--lower= m|--lower: empty path",
        "--lower a: m|--lower: empty path",
        "--debug=yes m|--debug takes no value",
        "--lower a|no mountpoint given",
        "--lower a m n|more than one mountpoint: m and n",
        "--threads x m|--threads needs a number, not x",
        "--threads -1 --lower a m|threads must be 0 to 1024",
        "--passthrough on m|--passthrough must be auto, all or off, not on",
        "--io-uring on m|--io-uring must be auto or off, not on",
        "--transport tcp m|--transport must be dev or libfuse2, not tcp",
        "-o frobnicate m|unknown mount option frobnicate",
        "-o a=b m|unknown mount option a=b",
        "m|at least one lower layer is needed",
        "--lower a --upper u m|an upper layer needs a work directory",
        "--lower a --work w m|a work directory needs an upper layer",
        "--lower a -o timeout=x m|timeout needs a number, not x",
        "--lower a -o timeout=-1 m|timeout must not be negative",
        "--lower a -o noxattrs=2 m|noxattrs must be 0 or 1, not 2",
        "--lower a -o xattr_permissions=3 m|xattr_permissions must be 0, 1 or 2, not 3",
        "--lower a -o uidmapping=0:1 m|invalid mapping specified: 0:1",
        "-o lowerdir=:, m|at least one lower layer is needed",
        "-o lowerdir=a s m n|more than one mountpoint: m and n",
        "--lower a --fsname=a,b m|fsname must not be empty or contain blanks or commas",
      })
  void mistakeIsNamedInOneLine(String line) {
    String[] parts = line.split("\\|");
    UsageException e = assertThrows(UsageException.class, () -> parse(parts[0].split(" ")));
    assertEquals(parts[1], e.getMessage());
  }

  @Test
  void fuseOverlayfsHasItsOwnDefaults() throws UsageException {
    MountOptions options = compatible("-o", "lowerdir=a", "m").options();
    assertEquals(Set.of(MountFlag.NODEV, MountFlag.NOATIME), options.flags());
    assertEquals("fuse-overlayfs", options.type());
    assertEquals("fuse-overlayfs", options.fsName());
    assertEquals(WhiteoutFormat.KERNEL_AND_AUFS, options.layers().whiteouts());
    assertEquals(Set.of(), compatible("-odev,atime,lowerdir=a", "m").options().flags());
  }

  @Test
  void sourceMayPrecedeTheMountpoint() throws UsageException {
    MountArguments arguments =
        compatible("overlay", "m", "-o", "workdir=w", "-o", "upperdir=u", "-o", "lowerdir=a:b");
    assertEquals(Path.of("/home/user/m"), arguments.mountpoint());
    assertEquals("overlay", arguments.options().fsName());
    assertEquals(paths("/home/user/a", "/home/user/b"), arguments.options().lowers());
    assertEquals("x", compatible("o", "m", "-ofsname=x,lowerdir=a").options().fsName());
  }

  @Test
  void unknownOptionsAreIgnoredAndReported() throws UsageException {
    MountArguments arguments =
        compatible("-x", "-o", "lowerdir=a,,foo=bar,redirect_dir=nope", "--nope", "m");
    assertEquals(List.of("-x", "foo=bar", "redirect_dir=nope", "--nope"), arguments.ignored());
    assertEquals(paths("/home/user/a"), arguments.options().lowers());
  }

  @ParameterizedTest
  @ValueSource(strings = {"metacopy=on", "metacopy=on,userxattr", "nfs_export=on,metacopy=on"})
  void metacopyThatCannotBeIsIgnored(String words) throws UsageException {
    MountArguments arguments = compatible("-o", "lowerdir=a,upperdir=u,workdir=w," + words, "m");
    assertEquals(List.of("metacopy=on"), arguments.ignored());
    assertFalse(arguments.options().overlay().features().metacopy());
  }

  @Test
  void metacopyThatCanBeIsNotIgnored() throws UsageException {
    MountArguments arguments =
        compatible("-o", "lowerdir=a,upperdir=u,workdir=w,redirect_dir=on,metacopy=on", "m");
    assertEquals(List.of(), arguments.ignored());
    assertTrue(arguments.options().overlay().features().metacopy());
  }

  @Test
  void metacopyBringsRedirectsUnderOurName() throws UsageException {
    MountOptions options = parse("-o", "lowerdir=a,upperdir=u,workdir=w,metacopy=on", "m");
    assertTrue(options.overlay().features().metacopy());
    assertEquals(RedirectDir.ON, options.overlay().features().redirectDir());
    options = parse("-o", "lowerdir=a,upperdir=u,workdir=w", "m");
    assertEquals(RedirectDir.OFF, options.overlay().features().redirectDir());
  }

  @Test
  void namedLowerdirIsReadLenientlyUnderOurNameToo() throws UsageException {
    MountArguments arguments =
        MountArguments.parse(OWN, DIRECTORY, List.of("s", "m", "-olowerdir=a,foo"));
    assertEquals(List.of("foo"), arguments.ignored());
    assertEquals("ovl-mount", arguments.options().type());
    assertEquals("s", arguments.options().fsName());
    assertEquals(Set.of(), arguments.options().flags());
  }

  @Test
  void lastLowerdirCountsAndIsAddedTo() throws UsageException {
    MountOptions options =
        compatible("-o", "lowerdir=a:b,lowerdir=:c::d:", "-o", "lowerdir+=e\\:f", "m").options();
    assertEquals(paths("/home/user/c", "/home/user/d", "/home/user/e:f"), options.lowers());
  }

  @Test
  void twoColonsBeginDataOnlyLayersForUsAndTheKernelOnly() throws UsageException {
    MountOptions ours = parse("-o", "metacopy=on,redirect_dir=on,lowerdir=:a:b::c::d:", "m");
    assertEquals(paths("/home/user/a", "/home/user/b"), ours.lowers());
    assertEquals(paths("/home/user/c", "/home/user/d"), ours.dataLowers());
    MountOptions theirs = compatible("-o", "lowerdir=a::b", "m").options();
    assertEquals(paths("/home/user/a", "/home/user/b"), theirs.lowers());
    assertEquals(List.of(), theirs.dataLowers());
  }

  @Test
  void workdirWithoutUpperSaysNothing() throws UsageException {
    assertNull(compatible("-o", "lowerdir=a,workdir=w", "m").options().work());
  }

  @Test
  void ownersAreMapped() throws UsageException {
    MountOptions options =
        compatible("-o", "lowerdir=a,uidmapping=:0:1000:1:1:2000:5,squash_to_gid=7", "m").options();
    assertEquals(1000, options.overlay().uids().toShown(0));
    assertEquals(2004, options.overlay().uids().toShown(5));
    assertEquals(7, options.overlay().gids().toShown(4_000_000));
    MountOptions root = compatible("-o", "lowerdir=a,squash_to_root", "m").options();
    assertEquals(0, root.overlay().uids().toShown(5));
  }

  @Test
  void overlayIsAsItsWordsSay() throws UsageException {
    MountOptions options =
        compatible("-o", "lowerdir=a,static_nlink,noxattrs=1,noacl,ino32_t,timeout=1.5", "m")
            .options();
    assertTrue(options.overlay().hasStaticNlink());
    assertTrue(options.overlay().hasShortInos());
    assertFalse(options.overlay().hasXattrs());
    assertFalse(options.hasAcl());
    assertEquals(CacheTimes.of(1_500_000_000L), options.overlay().cacheTimes());
  }

  @ParameterizedTest
  @ValueSource(strings = {"volatile", "fsync=0", "sync=0", "fsync=volatile"})
  void volatileLeavesAMarkUnlessFuseOverlayfsIsCalled(String word) throws UsageException {
    MountOptions options = compatible("-o", "lowerdir=a," + word, "m").options();
    assertTrue(options.isVolatile());
    assertFalse(options.layers().marksVolatile());
    boolean isKernelsWord = word.endsWith("volatile");
    assertEquals(isKernelsWord, parse("-olowerdir=a," + word, "m").layers().marksVolatile());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "index=off,ro,rw,dev,suid",
        "private,relatime,lazytime,nofail,_netdev,x-systemd.automount,x-a=b",
        "redirect_dir=off,metacopy=off,nfs_export=off,verity=off,xino=off,override_creds",
        "context=\"a:b,c\",threaded=1,fast_ino=1,max_write=131072,writeback=0,kernel_cache"
      })
  void wordsWithoutMeaningAreNotReported(String words) throws UsageException {
    assertEquals(List.of(), compatible("-o", "lowerdir=a," + words, "m").ignored());
  }

  @Test
  void longOptionStringIsRead() throws UsageException {
    StringBuilder list = new StringBuilder("lowerdir=");
    for (int i = 0; i < 500; i++) {
      list.append(i == 0 ? "" : ":").append("/").append("l".repeat(250)).append(i);
    }
    assertEquals(500, compatible("-o", list.toString(), "m").options().lowers().size());
  }

  @Test
  void mountHelperHasTheFlagsOfMount() throws UsageException {
    List<String> command = List.of("src", "m", "-s", "-n", "-v", "-t", "x.y", "-o", "lowerdir=a");
    CalledAs helper = new CalledAs("mount.ovl-mount");
    MountArguments arguments = MountArguments.parse(helper, DIRECTORY, command);
    assertEquals(Path.of("/home/user/m"), arguments.mountpoint());
    assertEquals("src", arguments.options().fsName());
    assertEquals(List.of(), arguments.ignored());
    assertFalse(arguments.isFake());
    MountArguments fake =
        MountArguments.parse(helper, DIRECTORY, List.of("src", "m", "-f", "-o", "lowerdir=a"));
    assertTrue(fake.isFake());
    assertFalse(fake.isForeground());
  }

  private static MountArguments compatible(String... arguments) throws UsageException {
    return MountArguments.parse(FUSE_OVERLAYFS, DIRECTORY, List.of(arguments));
  }

  private static MountOptions parse(String... arguments) throws UsageException {
    MountArguments parsed = MountArguments.parse(OWN, DIRECTORY, List.of(arguments));
    parsed.mountpoint();
    return parsed.options();
  }

  private static List<Path> paths(String... paths) {
    return java.util.Arrays.stream(paths).map(Path::of).toList();
  }
}
