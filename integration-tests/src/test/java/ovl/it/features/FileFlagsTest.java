package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static ovl.it.features.Twins.done;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Syscalls;

/** The flags of chattr(1): what they forbid, and that they stay over a copy-up. */
final class FileFlagsTest {
  private static final Syscalls SYS = Syscalls.load();
  private static final String PROTATTR = "trusted.overlay.protattr";
  private static final String[] FILES = {"imm", "app", "both", "plain"};
  private static final String[] DIRS = {"immdir", "appdir"};

  private static void layers(Overlay overlay) {
    FsPath low = overlay.lowers().get(1);
    for (String name : new String[] {"imm", "app", "both", "plain", "sync", "noatime"}) {
      low.at(name).file(name);
    }
    for (String dir : new String[] {"immdir", "appdir", "syncdir", "free"}) {
      low.at(dir).mkdir().at("f").file(dir);
      low.at(dir + "/sub").mkdir();
    }
    chattr("+i", low, "imm", "immdir");
    chattr("+a", low, "app", "appdir");
    chattr("+ia", low, "both");
    chattr("+S", low, "sync", "syncdir");
    chattr("+A", low, "noatime");
  }

  private static void chattr(String flags, FsPath dir, String... names) {
    for (String name : names) {
      Exec.ok("chattr", flags, dir.at(name).toString());
    }
  }

  /** Before the layers can be removed. */
  private static void release(Overlay overlay) {
    Exec.run("chattr", "-R", "-f", "-ia", overlay.home().toString());
  }

  private static String flags(FsPath path) {
    Exec lsattr = Exec.run("lsattr", "-d", path.toString());
    return lsattr.status() == 0 ? lsattr.out().split(" ")[0] : lsattr.err().replaceAll("/.*/", "");
  }

  private static Map<String, Consumer<FsPath>> changes(String name) {
    Map<String, Consumer<FsPath>> changes = new LinkedHashMap<>();
    changes.put("write", m -> m.at(name).open(Linux.O_WRONLY).close());
    changes.put("truncating open", m -> m.at(name).open(Linux.O_RDWR | Linux.O_TRUNC).close());
    changes.put("truncate", m -> m.at(name).truncate(1));
    changes.put("chmod", m -> m.at(name).chmod(0604));
    changes.put("chown", m -> m.at(name).chown(3, 4));
    changes.put("times", m -> m.at(name).utimes(5_000_000_000L, 6_000_000_000L));
    changes.put("xattr", m -> m.at(name).setXattr("user.x", "y"));
    changes.put("no xattr", m -> m.at(name).removeXattr("user.x"));
    changes.put("link", m -> m.at(name).link(m.at("free/link-" + name)));
    changes.put("rename", m -> m.at(name).rename(m.at("free/moved")));
    changes.put("rename back", m -> m.at("free/moved").rename(m.at(name)));
    changes.put("rename over", m -> m.at("free/f").rename(m.at(name)));
    changes.put("unlink", m -> m.at(name).unlink());
    return changes;
  }

  private static Map<String, Consumer<FsPath>> changesIn(String dir) {
    Map<String, Consumer<FsPath>> changes = new LinkedHashMap<>();
    changes.put("create", m -> m.at(dir + "/new").file("n"));
    changes.put("mkdir", m -> m.at(dir + "/newdir").mkdir());
    changes.put("symlink", m -> m.at(dir + "/newlink").symlink("n"));
    changes.put("link into", m -> m.at("free/f").link(m.at(dir + "/linked")));
    changes.put("write", m -> m.at(dir + "/f").append("+"));
    changes.put("rename within", m -> m.at(dir + "/f").rename(m.at(dir + "/f2")));
    changes.put("rename into", m -> m.at("free/sub").rename(m.at(dir + "/sub2")));
    changes.put("unlink", m -> m.at(dir + "/f").unlink());
    changes.put("rmdir in", m -> m.at(dir + "/sub").rmdir());
    changes.put("chmod", m -> m.at(dir).chmod(0700));
    changes.put("rename", m -> m.at(dir).rename(m.at(dir + "2")));
    changes.put("rmdir", m -> m.at(dir).rmdir());
    return changes;
  }

  private static void tryAll(Twins t, String when) {
    for (String name : FILES) {
      changes(name).forEach((what, call) -> t.step(when + what + " " + name, done(call)));
      t.step(when + "touch " + name, m -> Exec.run("touch", m.at(name).toString()).status());
      t.step(when + "append " + name, done(m -> append(m.at(name))));
    }
    for (String dir : DIRS) {
      changesIn(dir).forEach((what, call) -> t.step(when + what + " " + dir, done(call)));
    }
    for (String name : new String[] {"imm", "app", "both", "immdir", "appdir", "immdir/f"}) {
      t.step(when + "flags of " + name, m -> flags(m.at(name)));
    }
  }

  /** There a lookup does not ask for the flags. */
  @Test
  void flagsInADirectoryOfUpperForbidTheSameInTheNextMount() {
    try (Twins t = new Twins(Backing.EXT4).both(Overlay::skipLowerCheck).mount()) {
      try {
        t.step("directories", done(m -> m.at("free").mkdir()));
        t.step("create", done(m -> m.at("new").mkdir().at("imm").file("x")));
        t.step("create", done(m -> m.at("new/app").file("x")));
        t.both(o -> chattr("+i", o.merged(), "new/imm"));
        t.both(o -> chattr("+a", o.merged(), "new/app"));
        for (String name : List.of("new/imm", "new/app")) {
          for (String call : List.of("write", "truncate", "chmod", "unlink", "rename")) {
            // In a mount that has been asked nothing yet.
            t.remount().step(call + " of " + name, "EPERM", changes(name).get(call));
          }
          t.remount().step("flags of " + name, m -> flags(m.at(name)));
        }
      } finally {
        t.both(FileFlagsTest::release);
      }
    }
  }

  /** A flag of the file itself, which no overlay has set. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "off"})
  void fileOfUpperThatCanOnlyBeAppendedToIsAppendedTo(String passthrough) {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.ours().option("--passthrough=" + passthrough);
      try {
        t.both(o -> o.upper().at("f").file("f")).both(o -> chattr("+a", o.upper(), "f"));
        t.both(Overlay::skipLowerCheck).mount();
        t.step("append", "done", m -> append(m.at("f")));
        t.step(
            "read and append",
            m -> {
              try (OpenFile open = m.at("f").open(Linux.O_RDWR | Linux.O_APPEND)) {
                open.pwrite("+", 0);
                open.write("+");
                return open.pread(10, 0);
              }
            });
        assertEquals("f+++", t.lastOutcome());
        t.step("write", "EPERM", m -> m.at("f").open(Linux.O_WRONLY).close());
        t.step("create", "EPERM", m -> m.at("f").file(""));
        t.step("truncate", "EPERM", m -> m.at("f").truncate(1));
      } finally {
        t.both(FileFlagsTest::release);
      }
    }
  }

  private static void append(FsPath file) {
    try (OpenFile open = file.open(Linux.O_WRONLY | Linux.O_APPEND)) {
      open.write("+");
    }
  }

  private interface Work {
    void on(Twins twins);
  }

  private static void with(Backing backing, Work work) {
    try (Twins t = new Twins(backing)) {
      try {
        t.both(FileFlagsTest::layers).both(Overlay::skipLowerCheck).mount();
        work.on(t);
      } finally {
        t.both(
                o -> {
                  if (o.isMounted()) {
                    o.unmount();
                  }
                })
            .both(FileFlagsTest::release);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backing.class)
  void flagsForbidWhatTheKernelForbids(Backing backing) {
    with(
        backing,
        t -> {
          tryAll(t, "lower: ");
          t.remountByTheOther();
          tryAll(t, "by the other: ");
          t.both(Overlay::unmount);
          t.compareUppers("kernel | ours");
        });
  }

  @ParameterizedTest
  @EnumSource(Backing.class)
  void flagsStayOverCopyUp(Backing backing) {
    with(
        backing,
        t -> {
          t.step("append", "done", m -> append(m.at("app")));
          t.step("sync", "done", m -> m.at("sync").append("+"));
          t.step("noatime", "done", m -> m.at("noatime").append("+"));
          t.step("in an immutable directory", "done", m -> m.at("immdir/f").append("+"));
          t.step("in a synchronous directory", "done", m -> m.at("syncdir/f").append("+"));
          String[] names = {"app", "sync", "noatime", "immdir", "syncdir"};
          for (String name : names) {
            t.step("flags of " + name, m -> flags(m.at(name)));
            t.upper(u -> flags(u.at(name)));
          }
          assertEquals("a", t.upper(u -> u.at("app").xattr(PROTATTR)));
          assertEquals("i", t.upper(u -> u.at("immdir").xattr(PROTATTR)));
          t.remountByTheOther();
          for (String name : names) {
            t.step("flags of " + name + " by the other", m -> flags(m.at(name)));
          }
          t.step("still forbidden", "EPERM", m -> m.at("immdir/new").file(""));
        });
  }

  @Test
  void whatIsNotOnlyTheTwoLettersProtectsNothing() {
    with(
        Backing.EXT4,
        t -> {
          t.both(Overlay::unmount);
          List<String> values = List.of("a", "i", "ia", "aa", "ax", "xi", "", "i".repeat(33));
          for (int i = 0; i < values.size(); i++) {
            String name = "value" + i;
            String value = values.get(i);
            t.both(o -> o.upper().at(name).file("x").setXattr(PROTATTR, value));
          }
          t.mount();
          for (int i = 0; i < values.size(); i++) {
            String name = "value" + i;
            String what = " a file with \"" + values.get(i) + "\"";
            t.step("flags of" + what, m -> flags(m.at(name)));
            t.step("append to" + what, done(m -> append(m.at(name))));
            t.step("write" + what, done(m -> m.at(name).open(Linux.O_WRONLY).close()));
            t.step("unlink" + what, done(m -> m.at(name).unlink()));
          }
        });
  }

  private static void set(Twins t, String flags, String name) {
    t.step(
        "chattr " + flags + " " + name,
        m -> Exec.run("chattr", flags, m.at(name).toString()).status() + flags(m.at(name)));
  }

  /** Neither the kernel's FUSE nor the file on upper knows of the flag. */
  @ParameterizedTest
  @ValueSource(strings = {"auto", "off"})
  void whatIsForAppendingIsNotOverwritten(String passthrough) {
    with(
        Backing.EXT4,
        t -> {
          t.both(Overlay::unmount);
          t.ours().option("--passthrough=" + passthrough);
          t.mount();
          set(t, "+a", "plain");
          t.step(
              "overwrite",
              m -> {
                try (OpenFile open = m.at("plain").open(Linux.O_WRONLY | Linux.O_APPEND)) {
                  open.write("+");
                  SYS.fcntl(open.fd(), Linux.F_SETFL, 0); // EPERM with the kernel's overlayfs
                  SYS.pwrite(open.fd(), Scratch.current(SYS).value(), 1, 0); // appends there
                }
                return m.at("plain").text().substring(0, "plain+".length());
              });
          assertEquals("plain+", t.lastOutcome());
          t.step("append", "done", m -> append(m.at("plain")));
        });
  }

  @Test
  void whatBecomesImmutableIsNotCopiedInto() {
    with(
        Backing.EXT4,
        t -> {
          t.step(
              "copy_file_range",
              "EPERM",
              m -> {
                try (OpenFile to = m.at("plain").open(Linux.O_RDWR);
                    OpenFile from = m.at("sync").open(Linux.O_RDONLY)) {
                  chattr("+i", m, "plain");
                  from.copyRangeTo(to, 0, 0, 1);
                }
              });
          t.step("content", m -> m.at("plain").text());
          assertEquals("plain", t.lastOutcome());
        });
  }

  @Test
  void flagsAreSetAndTakenBack() {
    with(
        Backing.EXT4,
        t -> {
          set(t, "-i", "imm");
          t.step("write", "done", m -> m.at("imm").append("+"));
          set(t, "+i", "plain");
          t.step("write", "EPERM", m -> m.at("plain").append("+"));
          set(t, "+a", "free");
          t.step("unlink", "EPERM", m -> m.at("free/f").unlink());
          t.step("create", "done", m -> m.at("free/new").file("n"));
          set(t, "+ai", "free/new");
          t.step("create", "EPERM", m -> m.at("free/new").file("n"));
          t.upper(u -> u.at("free/new").xattr(PROTATTR));
          set(t, "-a", "free/new");
          set(t, "+Ad", "sync");
          set(t, "-S", "sync");
          t.step("a second name", "done", m -> m.at("imm").link(m.at("imm2")));
          set(t, "+i", "imm2");
          t.step("by the first", "EPERM", m -> m.at("imm").append("+"));
          t.remountByTheOther();
          for (String name : new String[] {"imm", "imm2", "plain", "free", "free/new", "sync"}) {
            t.step("flags of " + name, m -> flags(m.at(name)));
          }
          set(t, "-i", "imm");
          set(t, "-i", "plain");
          set(t, "-a", "free");
          t.step("unlink", "done", m -> m.at("free/f").unlink());
          t.both(Overlay::unmount);
          t.compareUppers("kernel | ours");
        });
  }
}
