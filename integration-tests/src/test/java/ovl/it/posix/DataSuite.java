package ovl.it.posix;

import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** The themes in which it shows whether the kernel or the daemon reads and writes. */
abstract class DataSuite extends StackOfTest
    implements CreateTests,
        OpenFileTests,
        CopyUpTests,
        CopyUpDataTests,
        FileIoTests,
        PrivilegeTests,
        SharingTests,
        LockTests {

  /**
   * @param options further ones for the launcher
   */
  DataSuite(MountKind kind, Backing backing, String... options) {
    super(kind, backing, options);
  }
}
