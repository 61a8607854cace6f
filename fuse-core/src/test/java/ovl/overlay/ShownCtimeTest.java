package ovl.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.overlay.Layers.dir;
import static ovl.overlay.Layers.file;
import static ovl.overlay.Layers.layers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import ovl.fs.Attr;
import ovl.fs.SetAttr;
import ovl.sys.ErrnoException;

/** What a directory shows of its change time over copy-ups in it. */
final class ShownCtimeTest {
  private static final int FILES = 400;

  @TempDir Path tmp;

  /** A change that a user makes of the directory. */
  private interface Change {
    void make(View view) throws ErrnoException;
  }

  private Layers twoFiles() throws Exception {
    return layers(tmp).lower(dir("d", file("f", "x"), file("g", "x"))).upper(dir("d"));
  }

  /** So that what comes next has another ctime, also by a clock that ticks 100 times a second. */
  private static void waitForClock() throws InterruptedException {
    Thread.sleep(25);
  }

  private static String times(Attr attr) {
    return String.join(
        " ",
        "mtime " + attr.mtime + "." + attr.mtimeNsec,
        "ctime " + attr.ctime + "." + attr.ctimeNsec);
  }

  private static boolean isAfter(Attr later, Attr earlier) {
    return later.ctime != earlier.ctime
        ? later.ctime > earlier.ctime
        : later.ctimeNsec > earlier.ctimeNsec;
  }

  @Test
  void copyUpsChangeNothingThatIsSeen() throws Exception {
    try (Merged m = twoFiles().mount()) {
      for (String file : List.of("d/f", "d/g")) {
        Attr before = m.view().stat("d");
        waitForClock();
        m.view().chmod(file, 0600);
        assertUnseen(before, m.view().stat("d"));
      }
    }
  }

  /**
   * On btrfs and tmpfs each name adds to the size of its directory, on ext4 the first mark takes a
   * block: what is more than the ctime is told of.
   */
  private static void assertUnseen(Attr before, Attr after) {
    if (before.size == after.size && before.blocks == after.blocks) {
      assertEquals(times(before), times(after));
    } else {
      assertTrue(isAfter(after, before));
    }
  }

  @Test
  void changeByUsersIsSeenAtOnce() throws Exception {
    List<Change> changes =
        List.of(
            view -> view.chmod("d", 0711),
            view -> view.createFile("d/new", 0644),
            view -> view.unlink("d/f"),
            view -> view.rename("d/g", "d/h"),
            view -> view.setxattr("d", "user.a", new byte[1]),
            view -> view.removexattr("d", "user.a"),
            ShownCtimeTest::touch,
            view -> view.setattr("d", new SetAttr()));
    try (Merged m = twoFiles().mount()) {
      m.view().chmod("d/f", 0600);
      for (Change change : changes) {
        Attr before = m.view().stat("d");
        waitForClock();
        change.make(m.view());
        assertTrue(isAfter(m.view().stat("d"), before), "change " + changes.indexOf(change));
      }
    }
  }

  private static void touch(View view) throws ErrnoException {
    SetAttr set = new SetAttr();
    set.setMtime = true;
    set.mtime = 7;
    view.setattr("d", set);
  }

  /** The next copy-up must not bring the time from before the change back. */
  @Test
  void changeByUsersStaysSeenAfterTheNextCopyUp() throws Exception {
    try (Merged m = twoFiles().mount()) {
      m.view().chmod("d/f", 0600);
      Attr first = m.view().stat("d");
      waitForClock();
      m.view().chmod("d", 0711);
      Attr changed = m.view().stat("d");
      assertTrue(isAfter(changed, first));
      waitForClock();
      m.view().chmod("d/g", 0600);
      assertUnseen(changed, m.view().stat("d"));
    }
  }

  @Test
  void changeWhileACopyUpIsAtWorkIsNotHidden() {
    ShownCtime ctime = new ShownCtime();
    int changes = ctime.begin();
    ctime.changed();
    assertFalse(ctime.keep(changes, at(5), at(9)));
    ctime.end();
    assertEquals(9, shown(ctime, 9));
  }

  @Test
  void ctimeThatNoCopyUpLeftIsShownAsItIs() {
    ShownCtime ctime = new ShownCtime();
    assertTrue(ctime.keep(ctime.begin(), at(5), at(9)));
    ctime.end();
    assertEquals(5, shown(ctime, 9));
    assertEquals(10, shown(ctime, 10));
    assertTrue(ctime.keep(ctime.begin(), at(9), at(11)));
    ctime.end();
    assertEquals(5, shown(ctime, 11));
    assertTrue(ctime.keep(ctime.begin(), at(12), at(13)));
    ctime.end();
    assertEquals(12, shown(ctime, 13));
  }

  @Test
  void sizeThatChangedIsToBeTold() {
    ShownCtime ctime = new ShownCtime();
    ParentTimes grown = new ParentTimes(1, 0, 2, 0, 9, 0, 8192, 8);
    assertFalse(ctime.keep(ctime.begin(), at(5), grown));
    ctime.end();
    assertEquals(9, shown(ctime, 9));
  }

  @Test
  void blockThatWasAddedIsToBeTold() {
    ShownCtime ctime = new ShownCtime();
    ParentTimes grown = new ParentTimes(1, 0, 2, 0, 9, 0, 4096, 16);
    assertFalse(ctime.keep(ctime.begin(), at(5), grown));
    ctime.end();
    assertEquals(9, shown(ctime, 9));
  }

  private static ParentTimes at(long seconds) {
    return new ParentTimes(1, 0, 2, 0, seconds, 0, 4096, 8);
  }

  private static long shown(ShownCtime ctime, long real) {
    Attr attr = new Attr();
    attr.ctime = real;
    ctime.show(attr);
    return attr.ctime;
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void nobodySeesTheTimesBetweenPublishingAndPuttingBack() throws Exception {
    List<Layers.Item> files = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      files.add(file("f" + i, "x"));
    }
    Layers.Item[] all = files.toArray(new Layers.Item[0]);
    try (Merged m = layers(tmp).lower(dir("d", all)).upper(dir("d")).mount();
        View other = m.newView()) {
      Attr before = m.view().stat("d");
      waitForClock();
      AtomicBoolean isDone = new AtomicBoolean();
      CompletableFuture<Integer> looks =
          CompletableFuture.supplyAsync(() -> lookUntil(isDone, other, before));
      for (int i = 0; i < FILES; i++) {
        m.view().chmod("d/f" + i, 0600);
      }
      isDone.set(true);
      assertTrue(looks.get() > 0);
    }
  }

  private static int lookUntil(AtomicBoolean isDone, View view, Attr expected) {
    try {
      int looks = 0;
      for (; looks == 0 || !isDone.get(); looks++) {
        Attr now = view.stat("d");
        assertEquals(expected.mtime, now.mtime);
        assertEquals(expected.mtimeNsec, now.mtimeNsec);
      }
      return looks;
    } catch (ErrnoException e) {
      throw new AssertionError(e);
    }
  }
}
