package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import ovl.it.os.FsPath;
import ovl.it.os.OsError;
import ovl.it.overlay.Backing;
import ovl.it.overlay.Overlay;
import ovl.sys.Errno;

/**
 * What every theme of tests works with: one stack of three lowers and an upper, not yet mounted.
 */
interface Fixture {
  String OPAQUE = "trusted.overlay.opaque";
  String ORIGIN = "trusted.overlay.origin";
  String IMPURE = "trusted.overlay.impure";

  /** The stack of this test. */
  Overlay overlay();

  /** The filesystem that the layers are on. */
  Backing backing();

  /** Mounts it; the layers are to be filled before. */
  default void mount() {
    overlay().mount();
  }

  /** Unmounts and mounts again. */
  default void remount() {
    overlay().remount();
  }

  /** A path in the topmost lower. */
  default FsPath lower(String path) {
    return lower(0, path);
  }

  /** A path in the lower of that number, from the top. */
  default FsPath lower(int index, String path) {
    return overlay().lowers().get(index).at(path);
  }

  default FsPath upper(String path) {
    return overlay().upper().at(path);
  }

  default FsPath merged(String path) {
    return overlay().merged().at(path);
  }

  /** Fails unless the call fails with this errno. */
  static void assertErrno(int errno, Runnable call) {
    try {
      call.run();
    } catch (OsError e) {
      assertEquals(Errno.name(errno), Errno.name(e.errno()), e::getMessage);
      return;
    }
    fail("succeeded, expected " + Errno.name(errno));
  }
}
