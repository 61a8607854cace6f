package ovl.it.engines;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Backing;

/** A containerd of our own, and what it does with the snapshotter for the kernel's overlayfs. */
final class Containerd implements AutoCloseable {
  private static final int START_SECONDS = 60;

  private final FsPath home = Backing.EXT4.newDirectory("containerd");
  private final Process daemon;

  /** Starts it and waits until it answers; skips the test if it does not come up. */
  Containerd() {
    home.at("config.toml")
        .file(
            """
            version = 2
            root = "%1$s/root"
            state = "%1$s/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
            [grpc]
              address = "%1$s/sock"
            [ttrpc]
              address = "%1$s/ttrpc"
            # Views that nothing else refers to are garbage, which is then never collected.
            [plugins."io.containerd.gc.v1.scheduler"]
              deletion_threshold = 1000000
              mutation_threshold = 0
              startup_delay = "24h"
            """
                .formatted(home));
    List<String> command = new ArrayList<>(Exec.within(3600));
    command.addAll(List.of("containerd", "-c", home.at("config.toml").toString()));
    try {
      daemon =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(new File(home.at("log").toString()))
              .start();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
      while (run("ctr version").status() != 0) {
        boolean mayCome = daemon.isAlive() && System.nanoTime() < deadline;
        Engines.skipUnless(mayCome, "containerd does not start: " + home.at("log").text());
        Thread.sleep(100);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Where it keeps everything, with room for other files. */
  FsPath home() {
    return home;
  }

  private Exec run(String script, Object... arguments) {
    List<String> command = new ArrayList<>(Engines.onPath(300));
    command.add("CONTAINERD_ADDRESS=" + home.at("sock"));
    command.add("CONTAINERD_NAMESPACE=ovl-it");
    command.add("CONTAINERD_SNAPSHOTTER=overlayfs");
    command.addAll(List.of("bash", "-ec", script, "bash"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return Exec.run(command, null);
  }

  /** The output of a script that calls ctr and finds our program; it has to succeed. */
  String ok(String script, Object... arguments) {
    return run(script, arguments).orFail(script).out();
  }

  @Override
  public void close() {
    daemon.destroy();
    try {
      if (!daemon.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("containerd does not end: " + home.at("log").text());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
