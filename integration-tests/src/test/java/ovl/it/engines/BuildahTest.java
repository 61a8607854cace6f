package ovl.it.engines;

import java.util.List;
import ovl.it.os.FsPath;

/** As root. */
final class BuildahTest extends BuildahSuite {
  @Override
  ContainersStorage newStore(FsPath program) {
    return new ContainersStorage(program, List.of());
  }

  @Override
  String whereMountsAre() {
    return "";
  }
}
