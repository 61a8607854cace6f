package ovl.it.engines;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.Workspace;

/** A dockerd of our own, with its own data and its own containerd, without any network. */
final class Docker implements AutoCloseable {
  private static final int START_SECONDS = 60;
  private static final int STOP_SECONDS = 90;

  /** Short names, here and of the exec-root: containerd's sockets have 104 bytes for their path. */
  private final FsPath home = Workspace.get().root().at(Workspace.get().newName("d")).mkdir();

  private final FsPath log = home.at("log");
  private Process daemon;

  Docker() {
    home.at("daemon.json")
        .file(
            """
            {"storage-driver": "fuse-overlayfs", "iptables": false, "ip6tables": false,
             "bridge": "none", "live-restore": true,
             "data-root": "%1$s/data", "exec-root": "%1$s/x", "pidfile": "%1$s/pid",
             "hosts": ["unix://%1$s/sock"],
             "containerd-namespace": "ovl-it", "containerd-plugins-namespace": "ovl-it-plugins"}
            """
                .formatted(home));
  }

  /** Where dockerd keeps layers; none may stay mounted there. */
  FsPath home() {
    return home;
  }

  /** Starts the daemon and waits until it answers; skips the test if it does not come up. */
  void start() {
    List<String> command = new ArrayList<>(Engines.onPath(3600));
    command.addAll(List.of("dockerd", "--config-file", home.at("daemon.json").toString()));
    try {
      daemon =
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString())))
              .start();
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
      while (run("info").status() != 0) {
        boolean mayCome = daemon.isAlive() && System.nanoTime() < deadline;
        Engines.skipUnless(mayCome, "dockerd does not start: " + lastLine());
        Thread.sleep(100);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private String lastLine() {
    String[] lines = log.text().split("\n");
    return lines[lines.length - 1];
  }

  /** Ends the daemon; containers that run go on. */
  void stop() {
    daemon.descendants().filter(p -> isDockerd(p)).forEach(ProcessHandle::destroy);
    try {
      if (!daemon.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("dockerd does not end: " + lastLine());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static boolean isDockerd(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("/dockerd");
  }

  /** Runs {@code docker} to its end. */
  Exec run(String... arguments) {
    List<String> command = new ArrayList<>(Engines.onPath(300, "DOCKER_BUILDKIT=0"));
    command.addAll(List.of("docker", "-H", "unix://" + home + "/sock"));
    command.addAll(List.of(arguments));
    return Exec.run(command, null);
  }

  /** The output of {@code docker}, which has to succeed. */
  String ok(String... arguments) {
    return run(arguments).orFail("docker " + String.join(" ", arguments)).out();
  }

  /** Runs a shell command in a new container without network; further arguments come first. */
  String shell(String image, String script, String... options) {
    List<String> arguments = new ArrayList<>(List.of("run", "--network", "none"));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of(image, "sh", "-c", script));
    return ok(arguments.toArray(String[]::new));
  }

  /** Removes every container and image, and ends the daemon. */
  @Override
  public void close() {
    if (daemon == null || !daemon.isAlive()) {
      return;
    }
    for (String id : ok("ps", "-aq").lines().toList()) {
      ok("rm", "-f", id);
    }
    ok("system", "prune", "-af", "--volumes");
    stop();
  }
}
