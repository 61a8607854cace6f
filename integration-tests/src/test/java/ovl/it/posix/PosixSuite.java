package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;

/** All themes on one kind of mount and one backing filesystem. */
abstract class PosixSuite extends StackOfTest
    implements LookupTests,
        ReaddirTests,
        CreateTests,
        RemoveTests,
        OpenFileTests,
        RenameTests,
        LinkTests,
        CopyUpTests,
        CopyUpDataTests,
        InodeNumberTests,
        FileIoTests,
        PermissionTests,
        PrivilegeTests,
        AclTests,
        XattrTests,
        SharingTests,
        LockTests,
        MountTests {

  PosixSuite(MountKind kind, Backing backing) {
    super(kind, backing);
  }

  /** A deviation that names no test would hide that a test was renamed, or is gone. */
  @Test
  void everyDeviationNamesATest() {
    Set<String> methods =
        Arrays.stream(getClass().getMethods()).map(Method::getName).collect(Collectors.toSet());
    Set<String> unknown = new TreeSet<>(Deviations.of(kind()).keySet());
    unknown.removeAll(methods);
    assertTrue(unknown.isEmpty(), () -> "no such tests: " + unknown);
  }
}
