package ovl.it.features;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Overlay;
import ovl.sys.Linux;

/** {@code redirect_dir}: renaming what is, or is merged with, a directory of a lower. */
final class RedirectDirTest {
  private static final String REDIRECT = "trusted.overlay.redirect";
  private static final String OPAQUE = "trusted.overlay.opaque";

  /** Directories in several layers, merged and not. */
  private static void layers(Overlay overlay) {
    FsPath top = overlay.lowers().get(0);
    FsPath mid = overlay.lowers().get(1);
    FsPath low = overlay.lowers().get(2);
    top.at("a/b").mkdirs().at("top").file("top").mtime(1_000_000_000L);
    mid.at("a/b/c").mkdirs().at("mid").file("mid").mtime(1_000_000_000L);
    low.at("a/b/c/d").mkdirs().at("low").file("low").mtime(1_000_000_000L);
    low.at("solo/sub").mkdirs().at("f").file("solo").mtime(1_000_000_000L);
    low.at("empty").mkdir();
    for (String path : new String[] {"a/b/c/d", "a/b/c", "a/b", "a", "solo/sub", "solo"}) {
      overlay.lowers().stream()
          .map(l -> l.at(path))
          .filter(FsPath::exists)
          .forEach(d -> d.mtime(2_000_000_000L));
    }
  }

  private static Twins mounted(Backing backing) {
    return new Twins(backing)
        .both(RedirectDirTest::layers)
        .mount()
        .step("a merged directory", "done", m -> m.at("a/up").file("up"))
        .step("a pure upper one", "done", m -> m.at("pure").mkdir().at("p").file("pure"));
  }

  private static Consumer<FsPath> move(String from, String to) {
    return m -> m.at(from).rename(m.at(to));
  }

  private static Consumer<FsPath> exchange(String one, String other) {
    return m -> m.at(one).rename(m.at(other), Linux.RENAME_EXCHANGE);
  }

  private static String mark(FsPath upper, String path) {
    return upper.at(path).xattr(REDIRECT);
  }

  @Test
  void aRefusedRenameDoesWhatItDoesToTheTimesOfTheDirectory() {
    try (Twins t = mounted(Backing.EXT4)) {
      t.step("on upper", "done", m -> m.at("solo/sub").chmod(0700));
      t.step("time", m -> m.at("solo").stat().mtime());
      t.step("over content", "ENOTEMPTY", move("solo/sub", "pure"));
      // ext4 has changed it, to when is each side's own.
      t.step("time afterwards", m -> m.at("solo").stat().mtime() == 2_000_000_000L);
    }
  }

  @ParameterizedTest
  @EnumSource(Backing.class)
  void renamedDirectoriesKeepTheirContent(Backing backing) {
    try (Twins t = mounted(backing)) {
      t.step("same parent", "done", move("solo", "solo2"));
      t.step("other parent", "done", move("a/b/c", "c2"));
      t.step("merged", "done", move("a", "a2"));
      t.step("into one that moved", "done", move("c2", "a2/b/c3"));
      t.step("again in its parent", "done", move("solo2", "solo3"));
      t.step("out of where it was", "done", move("solo3/sub", "sub"));
      t.step("back to its first name", "done", move("solo3", "solo"));
      t.step("read", m -> m.at("a2/b/c3/d/low").text() + m.at("sub/f").text());
      t.step("write", m -> m.at("a2/b/c3/d/low").append("+").text());
      t.step("new names", "done", m -> m.at("a2/b/new").mkdir().at("f").file("f"));
      assertEquals("a", t.upper(u -> mark(u, "a2")));
      assertEquals("/a/b/c", t.upper(u -> mark(u, "a2/b/c3")));
      assertEquals("/solo/sub", t.upper(u -> mark(u, "sub")));
      t.compareMounts("before a remount");
      t.remount();
      t.step("after a remount", "done", move("a2/b/c3/d", "a2/d"));
      t.step("and removed", "done", m -> m.at("sub").removeTree());
      t.compare();
    }
  }

  @Test
  void exchangedDirectoriesFindTheirOwnContent() {
    try (Twins t = mounted(Backing.EXT4)) {
      t.step("lower and merged, one parent", "done", exchange("solo", "a"));
      t.step("lower and pure upper", "done", exchange("empty", "pure"));
      t.step("deep and shallow", "done", exchange("solo/b/c", "a"));
      t.step("file and lower directory", "done", exchange("solo/up", "a/d"));
      t.step("directory into itself", "EINVAL", exchange("solo", "solo/b"));
      t.compareMounts("before a remount");
      t.compare();
    }
  }

  @Test
  void replacedDirectoriesStayHidden() {
    try (Twins t = mounted(Backing.EXT4)) {
      t.step("over a lower directory that is empty", "done", move("solo", "empty"));
      t.step("over one that is not", "ENOTEMPTY", move("empty", "a"));
      t.step("a new one in its place", "done", m -> m.at("solo").mkdir().at("x").file("x"));
      t.step("emptied", "done", m -> m.at("a").removeTree());
      t.step("over the whiteout", "done", move("empty", "a"));
      t.step("pure upper under a merged one", "done", move("pure", "a/pure"));
      t.step("new in a merged one", "done", m -> m.at("a/sub/new").mkdir());
      assertEquals("y", t.upper(u -> u.at("a/sub/new").xattr(OPAQUE)));
      t.compare();
    }
  }

  @Test
  void removalAsksForTheNameAndNotForWhereItLeads() {
    try (Twins t = mounted(Backing.EXT4)) {
      t.step("to a name that a lower has", "done", move("solo", "empty"));
      t.step("to one that none has", "done", move("a/b/c", "fresh"));
      t.step("removed", "done", m -> m.at("empty").removeTree());
      t.step("removed", "done", m -> m.at("fresh").removeTree());
      t.step("a file in a directory that moved", "done", move("a", "a2"));
      t.step("removed", "done", m -> m.at("a2/b/top").unlink());
      assertEquals(true, t.upper(u -> u.at("empty").exists()));
      assertEquals(false, t.upper(u -> u.at("fresh").exists()));
      assertEquals(true, t.upper(u -> u.at("a2/b/top").exists()));
      t.compare();
    }
  }

  @Test
  void redirectsOfLowerLayersAreFollowed() {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(
          o -> {
            FsPath top = o.lowers().get(0);
            FsPath mid = o.lowers().get(1);
            FsPath low = o.lowers().get(2);
            low.at("x/y/z").mkdirs().at("deep").file("deep");
            low.at("x/f").file("f");
            low.at("far/z").mkdirs().at("g").file("g");
            mid.at("m").mkdir().setXattr(REDIRECT, "/x/y").at("g").file("g");
            mid.at("x").whiteout();
            low.at("r/y/z").mkdirs().at("deep").file("deep");
            mid.at("r").whiteout();
            mid.at("chain/sub").mkdirs();
            mid.at("chain/y").whiteout();
            mid.at("chain").setXattr(REDIRECT, "/r");
            mid.at("chain/sub").setXattr(REDIRECT, "y");
            top.at("m").whiteout();
            top.at("n").mkdir().setXattr(REDIRECT, "m");
            top.at("far/away").mkdirs().setXattr(REDIRECT, "/far/z");
            top.at("far").setXattr(OPAQUE, "y");
            top.at("none").mkdir().setXattr(REDIRECT, "/not/there");
            top.at("file").mkdir().setXattr(REDIRECT, "/x/f");
            o.upper().at("o").mkdir().setXattr(REDIRECT, "n").setXattr(OPAQUE, "y");
          });
      t.mount();
      for (String path : new String[] {"n", "chain", "far/away", "o", "none", "file"}) {
        t.step(path, m -> m.at(path).list());
      }
      t.step("ancestors that moved later", "done", move("chain", "chain2"));
      t.step("and theirs", "done", move("chain2/sub/z", "z"));
      t.compare();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "/", "//a", "/a//b", "/a/", "..", "/low/..", "."})
  void malformedRedirectsAreRefused(String mark) {
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(
          o -> {
            o.lowers().get(0).at("low").mkdir().at("f").file("");
            o.upper().at("d").mkdir().setXattr(REDIRECT, mark);
          });
      t.mount();
      t.step("stat", m -> m.at("d").stat().isDirectory());
      t.step("list", m -> m.at("d").list());
      t.step("list the parent", m -> m.list());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"redirect_dir=off", "redirect_dir=follow", "redirect_dir=nofollow"})
  void withoutRedirectsLowerDirectoriesDoNotMove(String feature) {
    try (Twins t = new Twins(Backing.EXT4, feature).both(RedirectDirTest::layers)) {
      t.both(o -> o.upper().at("pure").mkdir());
      t.both(
          o -> {
            o.lowers().get(2).at("was/deep").mkdirs().at("f").file("");
            o.lowers().get(2).at("once").mkdir().at("g").file("");
            o.upper().at("was").whiteout();
            o.upper().at("once").whiteout();
            o.upper().at("r").mkdir().setXattr(REDIRECT, "once");
            o.upper().at("abs").mkdir().setXattr(REDIRECT, "/was/deep");
            o.upper().at("none").mkdir().setXattr(REDIRECT, "missing");
            o.lowers().get(0).at("mid").mkdir().setXattr(REDIRECT, "/was");
          });
      t.mount();
      t.step("lower", "EXDEV", move("solo", "x"));
      t.step("merged", "EXDEV", move("a", "x"));
      t.step("exchange", "EXDEV", exchange("pure", "empty"));
      t.step("pure upper", "done", move("pure", "pure2"));
      t.step("new", "done", m -> m.at("a/new").mkdir());
      for (String path : new String[] {"r", "abs", "none", "mid"}) {
        t.step(path, m -> m.at(path).list());
      }
    }
  }

  @Test
  void tooLongAPathIsCrossDevice() {
    String part = "x".repeat(120);
    try (Twins t = new Twins(Backing.EXT4)) {
      t.both(o -> o.lowers().get(2).at(part).mkdir().at(part).mkdir().at("12345678901234").mkdir());
      t.both(o -> o.lowers().get(2).at(part).at(part).at("123456789012345").mkdir());
      t.both(o -> o.lowers().get(2).at(part).at(part).at("f").file("")).mount();
      t.step("257 bytes", "EXDEV", move(part + "/" + part + "/12345678901234", "x"));
      t.step("258 bytes", "EXDEV", move(part + "/" + part + "/123456789012345", "x"));
      t.step("same parent", "done", move(part + "/" + part, part + "/y"));
      t.step("shorter", "EXDEV", move(part + "/y/12345678901234", "x"));
      t.compare();
    }
  }
}
