package ovl.it.features;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import ovl.it.overlay.Backing;

/** truncate(2) to the size that a file has: filesystems differ in what it does to the times. */
final class TruncateTest {
  private static final long OLD = 5_000_000_000L;

  @ParameterizedTest
  @EnumSource(Backing.class)
  void truncateToTheSameSizeChangesTheTimesThatTheKernelChanges(Backing backing) {
    try (Twins t = new Twins(backing)) {
      t.both(o -> o.lowers().get(0).at("lower").file("text").mtime(OLD)).mount();
      t.step("new", "done", m -> m.at("new").file("text").mtime(OLD));
      t.step("copied up", "done", m -> m.at("lower").chmod(0600));
      for (String name : new String[] {"lower", "new"}) {
        t.step("the same size", "done", m -> m.at(name).truncate(4));
        t.step("its mtime", m -> m.at(name).stat().mtime() == OLD);
        t.step("another size", "done", m -> m.at(name).truncate(3));
        t.step("its mtime", m -> m.at(name).stat().mtime() == OLD);
        t.step("content", m -> m.at(name).text());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backing.class)
  void anEmptyFileWhoseMetadataAloneWasCopiedKeepsItsTime(Backing backing) {
    try (Twins t = new Twins(backing, "metacopy=on")) {
      t.both(o -> o.lowers().get(0).at("empty").file("").mtime(OLD)).mount();
      t.step("metadata", "done", m -> m.at("empty").chmod(0600));
      t.step("the same size", "done", m -> m.at("empty").truncate(0));
      t.step("its mtime", m -> m.at("empty").stat().mtime() == OLD);
      t.compareUppers("truncated");
    }
  }
}
