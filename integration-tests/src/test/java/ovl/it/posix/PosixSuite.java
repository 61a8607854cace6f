package ovl.it.posix;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/** All themes on one kind of mount and one backing filesystem. */
abstract class PosixSuite
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

  private final MountKind kind;
  private final Backing backing;
  private final String[] options;
  private Overlay overlay;

  /**
   * @param options further ones for the launcher
   */
  PosixSuite(MountKind kind, Backing backing, String... options) {
    this.kind = kind;
    this.backing = backing;
    this.options = options;
  }

  @BeforeEach
  void makeStack(TestInfo test) {
    String name = test.getTestMethod().map(Method::getName).orElse("");
    String reason = Deviations.of(kind).get(name);
    if (reason != null) {
      System.err.println("skipped on " + kind + ": " + name + ": " + reason);
      Assumptions.abort(reason);
    }
    overlay = new Overlay(kind, backing);
    Arrays.stream(options).forEach(overlay::option);
  }

  @AfterEach
  void removeStack() {
    if (overlay != null) {
      overlay.close();
    }
  }

  @Override
  public Overlay overlay() {
    return overlay;
  }

  @Override
  public Backing backing() {
    return backing;
  }

  /** A deviation that names no test would hide that a test was renamed, or is gone. */
  @Test
  void everyDeviationNamesATest() {
    Set<String> methods =
        Arrays.stream(getClass().getMethods()).map(Method::getName).collect(Collectors.toSet());
    Set<String> unknown = new TreeSet<>(Deviations.of(kind).keySet());
    unknown.removeAll(methods);
    assertTrue(unknown.isEmpty(), () -> "no such tests: " + unknown);
  }
}
