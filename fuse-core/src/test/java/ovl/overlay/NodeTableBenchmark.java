package ovl.overlay;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;
import ovl.fs.NameKey;
import ovl.layer.RealDir;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/** The table of nodes, beside as many others as a walk leaves: {@code scripts/bench --micro}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class NodeTableBenchmark {
  /** Spreads what is asked for over the table. */
  private static final long STEP = 7919;

  @Param({"1000", "1000000"})
  public int nodes;

  private NodeTable table;
  private Node root;
  private long first;
  private long asked;

  @Setup
  public void fill() {
    table = new NodeTable(new KernelCache(), 64 << 20);
    root = table.create(Linux.S_IFDIR, 1, RealStack.directory(null, new RealDir[0]), null);
    first = root.nodeid() + 1;
    for (int i = 0; i < nodes; i++) {
      add(NameKey.of("file-" + i));
    }
  }

  private Node add(NameKey name) {
    Node node = table.create(Linux.S_IFREG, 9, RealStack.UPPER_LEAF, Place.onUpper(root, name));
    root.dir().children.put(name, node);
    table.take(node);
    table.unref(node);
    return node;
  }

  @Benchmark
  public Object get() throws ErrnoException {
    asked = (asked + STEP) % nodes;
    return table.get(first + asked);
  }

  /** A new name is looked up, and forgotten. */
  @Benchmark
  public void createAndForget() {
    Node node = add(new NameKey("a new name".getBytes(StandardCharsets.US_ASCII)));
    table.forget(node.nodeid(), 1);
  }
}
