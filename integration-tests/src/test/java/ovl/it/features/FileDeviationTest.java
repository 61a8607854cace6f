package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.it.features.Twins.done;
import static ovl.it.os.User.ALICE;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.os.RawCalls;
import ovl.it.os.Stat;
import ovl.it.os.User;
import ovl.it.overlay.Backing;
import ovl.it.overlay.LoopDisk;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** As {@link DeviationTest}: what concerns content, modes and attributes. */
final class FileDeviationTest {
  private static final int FALLOC_FL_COLLAPSE_RANGE = 0x08;
  private static final int FALLOC_FL_INSERT_RANGE = 0x20;
  private static final int FALLOC_FL_UNSHARE_RANGE = 0x40;
  private static final int[] MODES = {
    FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE, FALLOC_FL_UNSHARE_RANGE
  };
  private static final int W_OK = 2;
  private static final long FIGETBSZ = 2;
  private static final long FS_IOC_GETFSUUID = 0x80111500L;
  private static final int OTHER_GROUP = 7777;
  private static final Syscalls SYS = Syscalls.load();

  /** Version 2, CAP_NET_RAW. */
  private static final byte[] CAPABILITY = {
    1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  /** A step by a user without rights. */
  private static Twins.Step byAlice(Consumer<FsPath> call) {
    return merged -> {
      ALICE.run(() -> call.accept(merged));
      return "done";
    };
  }

  private static Twins.Step permissions(String name) {
    return merged -> Integer.toOctalString(merged.at(name).stat().permissions());
  }

  private static FsPath top(Overlay overlay) {
    return overlay.lowers().get(0);
  }

  @Test
  @Deviation("`copy_file_range` from a lower that is on another filesystem than upper")
  void copyFromAnotherFilesystem() {
    FsPath far = Backing.XFS.newDirectory("lower");
    far.at("far").file("content");
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().set(1, far)).mount();
      t.differ(
          "copy_file_range",
          "EXDEV",
          "7",
          m -> {
            try (OpenFile from = m.at("far").open(Linux.O_RDONLY);
                OpenFile to = m.at("copy").open(Linux.O_CREAT | Linux.O_RDWR, 0600)) {
              return from.copyRangeTo(to, 0, 0, 7);
            }
          });
    } finally {
      far.removeTree();
    }
  }

  @Test
  @Deviation("`st_mtime` after a write through a mapping whose file is not open any more")
  void writesOfAMappingWithoutDescriptor() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.upper().at("f").file("before")).mount();
      t.differ("st_mtime", "always new", "may be old", m -> mtimeOfMapped(m, t.ours().upper()));
      t.both(o -> assertEquals("Store!", o.upper().at("f").text()));
      t.remount();
      t.step("in the next mount", m -> m.at("f").stat().mtime() > 0);
      assertEquals("true", t.lastOutcome());
    }
  }

  /**
   * Until the RELEASE was served the daemon still lets the kernel ask for the times.
   *
   * @param upper on the filesystem to be written back
   */
  private static String mtimeOfMapped(FsPath merged, FsPath upper) {
    FsPath file = merged.at("f");
    try (OpenFile open = file.open(Linux.O_RDWR);
        OpenFile.Mapping mapping = open.map(6, true)) {
      open.close();
      for (int i = 0; i < 100; i++) {
        file.mtime(0);
        // Written back, so that the next store tells the filesystem of it.
        sync(upper);
        mapping.store("Store!");
        if (file.stat().mtime() == 0) {
          return "may be old";
        }
      }
    }
    return "always new";
  }

  private static void sync(FsPath merged) {
    try (OpenFile dir = merged.open(Linux.O_RDONLY)) {
      dir.syncfs();
    }
  }

  @Test
  @Deviation("which parts of a copied-up file are holes")
  void smallHoles() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> writeAt(top(o).at("f").file("begin"), "end", 60 << 10)).mount();
      t.step("copy-up", "done", m -> m.at("f").chmod(0600));
      t.step("content", m -> m.at("f").text());
      assertEquals((60 << 10) + 3, hole(t.kernel().upper().at("f")));
      assertEquals(4096, hole(t.ours().upper().at("f")));
    }
  }

  private static void writeAt(FsPath file, String content, long offset) {
    try (OpenFile open = file.open(Linux.O_WRONLY)) {
      open.pwrite(content, offset);
    }
  }

  /** Where the first one is. */
  private static long hole(FsPath file) {
    try (OpenFile open = file.open(Linux.O_RDONLY)) {
      return open.seek(0, Linux.SEEK_HOLE);
    }
  }

  @Test
  @Deviation(
      "`SEEK_HOLE`, `SEEK_DATA` of a file that is open for reading and writing, without passthrough")
  void holesOfFilesThatMayBeMapped() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.ours().option("--passthrough=off");
      t.both(o -> o.upper().at("f").file("")).mount();
      t.both(o -> o.merged().at("f").truncate(1 << 20));
      t.differ(
          "SEEK_HOLE",
          "0",
          Long.toString(1 << 20),
          m -> {
            try (OpenFile open = m.at("f").open(Linux.O_RDWR)) {
              return open.seek(0, Linux.SEEK_HOLE);
            }
          });
      t.differ(
          "SEEK_DATA",
          "ENXIO",
          "4096",
          m -> {
            try (OpenFile open = m.at("f").open(Linux.O_RDWR)) {
              return open.seek(4096, Linux.SEEK_DATA);
            }
          });
    }
  }

  @Test
  @Deviation("`SEEK_HOLE`, `SEEK_DATA` of a merged directory")
  void holesOfDirectories() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().get(1).at("d").mkdir());
      t.both(o -> top(o).at("d").mkdir()).mount();
      t.differ(
          "SEEK_DATA",
          "EINVAL",
          "0",
          m -> {
            try (OpenFile dir = m.at("d").open(Linux.O_RDONLY | Linux.O_DIRECTORY)) {
              return dir.seek(0, Linux.SEEK_DATA);
            }
          });
    }
  }

  @Test
  @Deviation("`fallocate` that collapses, inserts or unshares a range, `FICLONE`")
  void rangesAndClones() {
    try (Twins t = new Twins(Backing.XFS)) {
      t.both(o -> o.upper().at("f").file("x".repeat(3 * 4096))).mount();
      for (int mode : MODES) {
        t.differ("fallocate " + mode, "done", "EOPNOTSUPP", done(m -> allocate(m.at("f"), mode)));
      }
      t.differ(
          "FICLONE",
          "0",
          "1",
          m -> Exec.run("cp", "--reflink=always", m.at("f") + "", m.at("g") + "").status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "off"})
  @Deviation(
      "`st_atime` after reading what the kernel has in a cache: pages (if it does not read upper by"
          + " itself), a listing, the target of a link; or through a mapping")
  void timesOfAccess(String passthrough) {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.ours().option("--passthrough=" + passthrough);
      t.mount().step("a directory", done(m -> m.at("d").mkdir().at("f").file("f")));
      t.step("a link", done(m -> m.at("d/l").symlink("target")));
      Predicate<FsPath> listing = m -> isTouched(m.at("d"), FsPath::list);
      Predicate<FsPath> reading = m -> isTouched(m.at("d/l"), FsPath::readlink);
      Predicate<FsPath> mapping = m -> isTouched(m.at("d/f"), FileDeviationTest::look);
      Predicate<FsPath> pages = m -> isTouched(m.at("d/f"), FsPath::text);
      // So the kernel has them from now on.
      t.both(o -> listing.test(o.merged())).both(o -> reading.test(o.merged()));
      t.both(o -> mapping.test(o.merged()));
      t.differ("listing", "true", "false", listing::test);
      t.differ("readlink", "true", "false", reading::test);
      t.differ("mapping", "true", "false", mapping::test);
      t.both(o -> pages.test(o.merged()));
      // It is small: read from the page cache, whoever reads large ones.
      t.differ("read", "true", "false", pages::test);
    }
  }

  /** By relatime: the time of access is before that of the last change. */
  private static boolean isTouched(FsPath object, Consumer<FsPath> use) {
    object.utimes(5_000_000_000L, 6_000_000_000L);
    use.accept(object);
    return object.stat().atime() != 5_000_000_000L;
  }

  private static void look(FsPath file) {
    try (OpenFile open = file.open(Linux.O_RDONLY);
        OpenFile.Mapping map = open.map(1, false)) {
      assertEquals("f", map.text());
    }
  }

  @Test
  @Deviation("`lseek` beyond the largest file of upper's filesystem")
  void farSeek() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.mount().step("create", done(m -> m.at("f").file("")));
      t.differ(
          "seek",
          "EINVAL",
          "" + (1L << 62),
          m -> {
            try (OpenFile open = m.at("f").open(Linux.O_RDONLY)) {
              return open.seek(1L << 62, Linux.SEEK_SET);
            }
          });
    }
  }

  @Test
  @Deviation("where the extents of a file lie (`FIEMAP`, as `filefrag` asks)")
  void extents() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.upper().at("f").file("content")).mount();
      t.differ("FIEMAP", "true", "EOPNOTSUPP", m -> isOnDisk(m.at("f"), true));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EXT4", "XFS"})
  @Deviation("`st_ctime` of a directory in which an object is copied up")
  void directoryOfWhatIsCopiedUp(Backing backing) throws InterruptedException {
    try (Twins t = new Twins(backing)) {
      t.both(o -> top(o).at("d").mkdir().at("f").file("lower"));
      t.both(o -> top(o).at("d/first").file("lower")).mount();
      for (Overlay side : List.of(t.kernel(), t.ours())) {
        FsPath dir = side.merged().at("d");
        dir.at("first").chmod(0600); // marks the directory, which may take a block
        Stat before = dir.stat();
        Thread.sleep(20); // a tick of the clock that stamps files
        side.merged().at("d/f").chmod(0600);
        Stat after = dir.stat();
        assertEquals(before.mtime(), after.mtime(), side.kind() + ": mtime");
        // That of a short directory of xfs grows with each name.
        assertEquals(side.upper().at("d").stat().size(), after.size(), side.kind() + ": size");
        boolean isTold = side == t.kernel() || after.size() != before.size();
        assertEquals(isTold, after.ctime() != before.ctime(), side.kind() + ": ctime");
      }
    }
  }

  @Test
  @Deviation(
      "what a mapping has stored beyond the end of a file that then grows, without passthrough")
  void storesBeyondTheEnd() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.ours().option("--passthrough=off");
      t.both(o -> o.upper().at("f").file("short")).mount();
      t.differ(
          "what it grew by",
          "\0\0\0\0",
          "tail",
          m -> {
            try (OpenFile open = m.at("f").open(Linux.O_RDWR);
                OpenFile.Mapping mapping = open.map(4096, true)) {
              mapping.store("shorttail");
              m.at("f").truncate(4096);
              return open.pread(4, 5);
            }
          });
    }
  }

  @Test
  @Deviation("`ioctl` of a file: `FIGETBSZ`; `FS_IOC_GETFSUUID`")
  void ioctlsThatTheKernelAnswersForUs() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.upper().at("f").file("content")).mount();
      t.differ("FIGETBSZ", "EINVAL", "done", m -> ioctl(m, FIGETBSZ));
      t.differ("FS_IOC_GETFSUUID", "done", "ENOTTY", m -> ioctl(m, FS_IOC_GETFSUUID));
    }
  }

  private static String ioctl(FsPath merged, long request) {
    try (OpenFile open = merged.at("f").open(Linux.O_RDONLY)) {
      open.ioctl(request, 0);
    }
    return "done";
  }

  @Test
  @Deviation("`SEEK_END` of a merged directory")
  void endOfDirectories() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("d").mkdir().at("f").file(""));
      t.both(o -> o.upper().at("d").mkdir().at("g").file("")).mount();
      t.differ(
          "SEEK_END",
          "EINVAL",
          "true",
          m -> {
            try (OpenFile open = m.at("d").open(Linux.O_RDONLY)) {
              return open.seek(0, Linux.SEEK_END) > 0;
            }
          });
    }
  }

  /** The kernel tells us with FORGET, when unlink(2) has returned, that nobody uses it. */
  @Test
  @Deviation("the space of a file that is removed from a full filesystem")
  void spaceOfARemovedFile() throws InterruptedException {
    try (LoopDisk disk = new LoopDisk(24 << 20, "mkfs.ext4", "-q", "-m", "0");
        Twins t = new Twins(Backing.EXT4)) {
      for (Overlay side : List.of(t.kernel(), t.ours())) {
        FsPath home = disk.root().at(side.kind().name()).mkdir();
        side.allowErrorsInLog();
        side.useUpper(home.at("upper").mkdir(), home.at("work").mkdir());
        side.mount();
        fill(side.merged().at("large"));
        side.merged().at("large").unlink();
        long began = System.nanoTime();
        boolean isFree = canWrite(side.merged());
        assertTrue(isFree || side == t.ours(), "the kernel has it free at once");
        while (!isFree && System.nanoTime() - began < 5_000_000_000L) {
          Thread.sleep(1);
          isFree = canWrite(side.merged());
        }
        assertTrue(isFree, "free some time");
        side.unmount();
      }
    }
  }

  private static void fill(FsPath path) {
    String block = "f".repeat(1 << 16);
    try (OpenFile file = path.open(Linux.O_CREAT | Linux.O_WRONLY | Linux.O_SYNC, 0600)) {
      while (true) {
        file.write(block);
      }
    } catch (OsError e) {
      assertEquals(Errno.ENOSPC, e.errno());
    }
  }

  private static boolean canWrite(FsPath merged) {
    try (OpenFile file = merged.at("new").open(Linux.O_CREAT | Linux.O_WRONLY, 0600)) {
      file.write("f".repeat(1 << 16));
      return true;
    } catch (OsError e) {
      assertEquals(Errno.ENOSPC, e.errno());
      return false;
    }
  }

  @Test
  @Deviation("`syncfs` of the mount (`sync -f`)")
  void syncOfTheMount() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.mount().step("write", "done", m -> m.at("f").file("x".repeat(4096)));
      // Ours first: both uppers are on one filesystem.
      sync(t.ours().merged());
      assertFalse(isOnDisk(t.ours().upper().at("f"), false), "ours");
      assertEquals(0, Exec.run("sync", t.ours().merged().at("f") + "").status());
      assertTrue(isOnDisk(t.ours().upper().at("f"), false), "ours after fsync");
      assertFalse(isOnDisk(t.kernel().upper().at("f"), false), "kernel, before");
      sync(t.kernel().merged());
      assertTrue(isOnDisk(t.kernel().upper().at("f"), false), "kernel");
    }
  }

  private static boolean isOnDisk(FsPath file, boolean fsync) {
    try (OpenFile open = file.open(Linux.O_RDONLY)) {
      if (fsync) {
        open.fsync();
      }
      return open.hasPlaceOnDisk();
    }
  }

  private static void allocate(FsPath file, int mode) {
    try (OpenFile open = file.open(Linux.O_RDWR)) {
      open.fallocate(mode, 4096, 4096);
    }
  }

  @Test
  @Deviation(
      "setgid of a file that its group may not execute, when somebody outside the group writes")
  void setgidWithoutUse() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x").chown(0, OTHER_GROUP).chmod(02666)).mount();
      t.step("write", byAlice(m -> m.at("f").append("y")));
      t.differ("mode", "666", "2666", permissions("f"));
    }
  }

  @Test
  @Deviation("`chown` to no owner by somebody else, of a file that is open for writing")
  void chownToNobody() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x").chmod(04755)).mount();
      t.differ(
          "chown",
          "EPERM",
          "done",
          m -> {
            try (OpenFile writer = m.at("f").open(Linux.O_WRONLY)) {
              return byAlice(merged -> merged.at("f").chown(-1, -1)).run(m);
            }
          });
      t.differ("mode", "4755", "755", permissions("f"));
    }
  }

  @Test
  @Deviation("a file opened for writing whose data `metacopy=on` has left in a lower")
  void timeOfADataCopy() {
    try (Twins t = new Twins(Backing.EXT4, "metacopy=on")) {
      t.both(o -> top(o).at("f").file("x").mtime(1_000_000_000L)).mount();
      t.step("copy-up of metadata", "done", m -> m.at("f").chmod(0600));
      t.step("open", "done", m -> m.at("f").open(Linux.O_WRONLY).close());
      t.differ("same mtime", "false", "true", m -> m.at("f").stat().mtime() == 1_000_000_000L);
    }
  }

  @Test
  @Deviation("a write by root to a setuid file with capabilities")
  void setuidWithCapabilities() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(
          o ->
              top(o).at("f").file("x").chmod(04755).setXattr("security.capability", CAPABILITY, 0));
      t.mount();
      t.step("write", "done", m -> m.at("f").append("y"));
      t.step("capabilities", m -> m.at("f").xattr("security.capability"));
      assertEquals("null", t.lastOutcome());
      t.differ("mode", "4755", "755", permissions("f"));
    }
  }

  @Test
  @Deviation("`truncate` of an empty setuid file on xfs to nothing, by somebody else")
  void truncationOfNothing() {
    try (Twins t = new Twins(Backing.XFS)) {
      t.both(o -> top(o).at("f").file("").chmod(04777)).mount();
      t.step("truncate", byAlice(m -> m.at("f").truncate(0)));
      t.differ("mode", "4777", "777", permissions("f"));
    }
  }

  @Test
  @Deviation("`listxattr` into too little room")
  void roomForNames() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> top(o).at("f").file("x").setXattr("user.a", "b")).mount();
      t.step("copy-up", "done", m -> m.at("f").chmod(0600));
      int room = "user.a".length() + 1;
      int origin = "trusted.overlay.origin".length() + 1;
      t.step("names", m -> m.at("f").xattrs());
      t.differ("no room", room + origin + "", room + "", m -> list(m.at("f"), 0));
      t.differ("just room", "-34", room + "", m -> list(m.at("f"), room)); // ERANGE
    }
  }

  /** What listxattr(2) returns. */
  private static long list(FsPath path, int room) {
    Scratch scratch = Scratch.current(SYS);
    return SYS.llistxattr(scratch.path(path.bytes()), scratch.list(), room);
  }

  @Test
  @Deviation("`O_DIRECT` with a size or offset that is not aligned")
  void directReads() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.ours().option("--passthrough");
      t.ours().option("off");
      t.both(o -> o.upper().at("f").file("0123456789")).mount();
      t.differ("read", "EINVAL", "123", m -> readDirectly(m.at("f")));
    }
  }

  private static String readDirectly(FsPath file) {
    try (OpenFile open = file.open(Linux.O_RDONLY | Linux.O_DIRECT)) {
      return open.pread(3, 1);
    }
  }

  @Test
  @Deviation("`F_SETFL` that takes away `O_APPEND`")
  void flagsTakenAway() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.ours().option("--passthrough=auto");
      t.both(o -> o.upper().at("f").file("0123")).mount();
      t.differ(
          "write without O_APPEND",
          "ab23",
          "0123ab",
          m -> {
            try (OpenFile open = m.at("f").open(Linux.O_WRONLY | Linux.O_APPEND)) {
              assertEquals(0, SYS.fcntl(open.fd(), Linux.F_SETFL, 0));
              open.pwrite("ab", 0);
            }
            return m.at("f").text();
          });
    }
  }

  @Test
  @Deviation("removal of an ACL by an owner outside the group")
  void removalOfAnAcl() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(
          o -> {
            FsPath file = top(o).at("f").file("x").chown(ALICE.uid(), OTHER_GROUP);
            Exec.ok("setfacl", "-m", "u:" + User.BOB.uid() + ":r", file.toString());
            file.chmod(02755);
          });
      t.mount();
      t.step("removal", byAlice(m -> m.at("f").removeXattr("system.posix_acl_access")));
      t.differ("mode", "755", "2755", permissions("f"));
    }
  }

  @Test
  @Deviation("`access` for writing to what `chattr` made immutable")
  void accessToTheImmutable() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(Overlay::skipLowerCheck);
      t.both(o -> Exec.ok("chattr", "+i", top(o).at("f").file("x").toString()));
      try {
        t.mount();
        t.differ("access", "-1", "0", m -> access(m.at("f"))); // EPERM
        t.step("open", "EPERM", m -> m.at("f").open(Linux.O_WRONLY).close());
      } finally {
        t.both(o -> Exec.ok("chattr", "-i", top(o).at("f").toString()));
      }
    }
  }

  private static long access(FsPath path) {
    return RawCalls.access(Linux.AT_FDCWD, Scratch.current(SYS).path(path.bytes()), W_OK, 0);
  }
}
