package ovl.it.overlay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import ovl.it.os.FsPath;

/**
 * The one temporary directory of this JVM. All that tests mount is mounted below it, and all
 * daemons name it on their command line, so a shutdown hook can end and remove everything.
 */
public final class Workspace {
  private static final Workspace INSTANCE = new Workspace();

  private final FsPath root;
  private final AtomicInteger numbers = new AtomicInteger();

  private Workspace() {
    try {
      // With the pid, so that two test runs on one machine never see each other's daemons.
      Path dir = Files.createTempDirectory("ovl-it-" + ProcessHandle.current().pid() + "-");
      root = FsPath.of(dir.toRealPath()).chmod(0755);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::tearDown, "workspace-teardown"));
  }

  public static Workspace get() {
    return INSTANCE;
  }

  public FsPath root() {
    return root;
  }

  /** A name that was not given before. */
  public String newName(String stem) {
    return stem + numbers.incrementAndGet();
  }

  private void tearDown() {
    Mounts.detachAll(root);
    Daemons.killAll(root);
    // Loop devices detach themselves with the last unmount; a lazy one can lag behind a process.
    Mounts.detachAll(root);
    root.removeTree();
  }
}
