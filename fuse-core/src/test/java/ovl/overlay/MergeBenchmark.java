package ovl.overlay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import ovl.fs.NameKey;
import ovl.sys.Linux;

/** The merging of a directory's layers: {@code scripts/bench --micro}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MergeBenchmark {
  private static final int LAYERS = 3;

  /** In each layer; every second name is in the layer above as well. */
  @Param({"10", "1000"})
  public int names;

  private final List<Listing.Item> items = new ArrayList<>();
  private Path tmp;
  private Merged merged;

  @Setup
  public void mount() throws Exception {
    tmp = Files.createTempDirectory("merge");
    Layers layers = Layers.bare(tmp);
    for (int layer = 0; layer < LAYERS; layer++) {
      List<Layers.Item> files = new ArrayList<>();
      for (int i = 0; i < names; i++) {
        String name = "name-" + (layer * names / 2 + i);
        files.add(Layers.file(name, ""));
        items.add(new Listing.Item(NameKey.of(name), Linux.DT_REG, i, layer));
      }
      layers.lower(Layers.dir("d", files.toArray(Layers.Item[]::new)));
    }
    merged = layers.readOnly().mount();
  }

  @TearDown
  public void unmount() throws IOException {
    merged.close();
    try (Stream<Path> left = Files.walk(tmp)) {
      for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** The merging alone. */
  @Benchmark
  public Object merge() {
    Listing listing = new Listing(0);
    items.forEach(listing::add);
    listing.complete();
    return listing;
  }

  /** With the reading of the directories, and a lookup of the directory itself. */
  @Benchmark
  public Object list() throws Exception {
    return merged.view().list("d");
  }
}
