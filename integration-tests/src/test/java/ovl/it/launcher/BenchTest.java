package ovl.it.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Launcher;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Requirements;
import ovl.it.overlay.Workspace;

/** That scripts/bench measures what it says, on little; what it measures is no matter here. */
final class BenchTest {
  private static final int SECONDS = 300;
  private static final Path BENCH = Path.of("../scripts/bench").toAbsolutePath();

  @BeforeAll
  static void needsRoot() {
    Requirements.check(MountKind.DEV);
  }

  /** Runs it in a directory, $2 of the options. */
  private static Exec bench(FsPath dir, String options) throws Exception {
    String command = "cd $2 && TMPDIR=$2 $1 --quick --repeat 1 --program $3 " + options;
    return Exec.bash(SECONDS, command, BENCH, dir, Launcher.PATH).orFail("bench");
  }

  @Test
  void tableChartAndJsonHaveEveryRow() throws Exception {
    FsPath dir = Workspace.get().root().at("bench").mkdir();
    Exec.bash("mkdir $1/tree && echo text >$1/tree/file", dir).orFail("tree");
    Exec bench =
        bench(
            dir,
            "--systems native,kernel,dev --tree $2/tree --json bench.json --svg bench.svg"
                + " --rows extract,rm-lower,git-first,mmap-first,random-write,create-by-2");
    List<String> rows = bench.out().lines().filter(line -> line.startsWith("| ")).toList();
    assertEquals(7, rows.size(), bench.out());
    for (String row : rows.subList(1, rows.size())) {
      assertTrue(row.matches("\\| [^|]+( \\| [0-9.]+ m?s){3} \\| [0-9.]+ \\|"), row);
    }
    assertEquals("6\n", Exec.bash("grep -c '\"name\": ' $1/bench.json", dir).orFail("count").out());
    Document chart =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(Path.of(dir.toString(), "bench.svg").toFile());
    assertEquals("svg", chart.getDocumentElement().getTagName());
    assertEquals(List.of("bench.json", "bench.svg", "tree"), dir.list());
  }

  @Test
  void systemCallsOfARequestAreCounted() throws Exception {
    FsPath dir = Workspace.get().root().at("bench-syscalls").mkdir();
    Exec bench = bench(dir, "--syscalls --systems dev --rows LOOKUP,UNLINK");
    List<String> rows = bench.out().lines().filter(line -> line.startsWith("| dev: ")).toList();
    assertEquals(9, rows.size(), bench.out());
    for (String row : rows) {
      assertTrue(row.matches("\\| dev: [A-Z].+ \\| [0-9.]+ \\| .*\\b(read|io_uring).*"), row);
    }
  }

  @Test
  void requestsAreTimedBesideADaemonThatDoesNothing() throws Exception {
    FsPath dir = Workspace.get().root().at("bench-requests").mkdir();
    Exec bench = bench(dir, "--requests --systems kernel,dev");
    List<String> rows = bench.out().lines().filter(line -> line.startsWith("| ")).toList();
    assertEquals(7, rows.size(), bench.out());
    for (String row : rows.subList(1, rows.size())) {
      assertTrue(row.matches("\\| [^|]+ \\| [A-Z][^|]+( \\| [0-9.]+ \\S+){3} \\|"), row);
    }
    assertEquals(List.of(), dir.list());
  }

  /** What the tests' build has compiled, which is this, has no list of benchmarks. */
  @Test
  void microbenchmarksAreBuiltBesideTheTests() {
    Exec bench = Exec.bash(SECONDS, "$1 --micro NoneOfThisName", BENCH);
    assertTrue(bench.err().contains("No matching benchmarks"), bench.err());
  }

  /** fuse-overlayfs does not, so without volatile the work is not the same. */
  @Test
  void durableCopyUpsAreComparedOnlyWithWhatSyncs() throws Exception {
    FsPath dir = Workspace.get().root().at("bench-durable").mkdir();
    Exec bench = bench(dir, "--systems kernel,fuse-overlayfs,dev --rows chown");
    List<String> rows = bench.out().lines().filter(line -> line.startsWith("| ")).toList();
    assertEquals(3, rows.size(), bench.out());
    String text = " \\| [^|]+";
    String time = " \\| [0-9.]+ m?s";
    String ratio = " \\| [0-9.]+";
    String none = " \\| [^0-9|]+";
    String durable = (text + time + none + time + ratio + none + " \\|").strip();
    String same = (text + time.repeat(3) + ratio.repeat(2) + " \\|").strip();
    assertTrue(rows.get(1).matches(durable), rows.get(1));
    assertTrue(rows.get(2).matches(same), rows.get(2));
  }
}
