package ovl.it.engines;

import org.junit.jupiter.api.AfterAll;
import ovl.it.os.FsPath;

/** As an ordinary user, for whom Buildah makes a user namespace with newuidmap. */
final class UserBuildahTest extends BuildahSuite {
  private OrdinaryUser user;

  @Override
  ContainersStorage newStore(FsPath program) {
    if (user == null) {
      Engines.require("newuidmap");
      user = new OrdinaryUser();
    }
    return user.newStore(program);
  }

  @Override
  String whereMountsAre() {
    return "buildah unshare ";
  }

  @AfterAll
  void removeUser() {
    if (user != null) {
      user.close();
    }
  }
}
