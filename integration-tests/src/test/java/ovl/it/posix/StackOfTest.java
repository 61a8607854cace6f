package ovl.it.posix;

import java.lang.reflect.Method;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import ovl.it.overlay.Backing;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;

/** Makes the stack for each test of a class, and removes it. */
abstract class StackOfTest implements Fixture {
  private final MountKind kind;
  private final Backing backing;
  private final String[] options;
  private Overlay overlay;

  /**
   * @param options further ones for the launcher
   */
  StackOfTest(MountKind kind, Backing backing, String... options) {
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

  /** What the stack is mounted by. */
  final MountKind kind() {
    return kind;
  }
}
