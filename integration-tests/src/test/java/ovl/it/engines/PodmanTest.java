package ovl.it.engines;

import java.util.List;
import ovl.it.os.FsPath;

/** As root. */
final class PodmanTest extends PodmanSuite {
  @Override
  ContainersStorage newStore(FsPath program) {
    return new ContainersStorage(program, List.of());
  }
}
