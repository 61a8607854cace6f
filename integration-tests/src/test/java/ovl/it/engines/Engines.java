package ovl.it.engines;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.overlay.CalledAs;
import ovl.it.overlay.Workspace;

/** What the tests of all engines need: the programs, and an image to start from. */
final class Engines {
  private static FsPath baseImage;

  private Engines() {}

  /** Skips the test if one of these commands is not there. */
  static void require(String... commands) {
    for (String command : commands) {
      boolean isThere = Exec.bash("command -v \"$1\"", command).status() == 0;
      skipUnless(isThere, command + " is not installed");
    }
    skipUnless(FsPath.of(java.nio.file.Path.of("/dev/fuse")).exists(), "no /dev/fuse");
  }

  static void skipUnless(boolean condition, String reason) {
    if (condition) {
      return;
    }
    if ("true".equals(System.getenv("OVL_ENGINES"))) {
      Assertions.fail("engine tests were asked for: " + reason);
    }
    System.err.println("engine tests skipped: " + reason);
    Assumptions.abort(reason);
  }

  /** What to put before a command so that it finds our program as fuse-overlayfs. */
  static List<String> onPath(int seconds, String... variables) {
    List<String> command = new ArrayList<>(Exec.within(seconds));
    command.add("env");
    command.add("PATH=" + CalledAs.directory() + ":" + System.getenv("PATH"));
    command.addAll(List.of(variables));
    return command;
  }

  /**
   * A tar file of a root directory: busybox with its links, and below /usr/share the directories
   * {@code many}, with 200 files, and {@code tree}, with one file two levels down.
   */
  static synchronized FsPath baseImage() {
    if (baseImage == null) {
      FsPath root = Workspace.get().root().at("base-image").mkdir();
      Exec.bash(
              "set -e; cd \"$1\"; mkdir -p bin etc tmp root proc sys dev usr/share/{many,tree/sub};"
                  + " cp \"$(command -v busybox)\" bin/busybox; chmod 1777 tmp;"
                  + " for name in $(bin/busybox --list); do"
                  + " [ $name = busybox ] || ln -s busybox bin/$name; done;"
                  + " echo root:x:0:0:root:/root:/bin/sh >etc/passwd; echo root:x:0: >etc/group;"
                  + " for i in {1..200}; do echo $i >usr/share/many/f$i; done;"
                  + " echo leaf >usr/share/tree/sub/leaf; tar cf \"$1.tar\" .",
              root)
          .orFail("make a base image");
      baseImage = Workspace.get().root().at("base-image.tar");
    }
    return baseImage;
  }

  /** A directory with a Dockerfile of two stages that delete and rename directories. */
  static FsPath buildContext(FsPath context) {
    context.mkdir().at("file").file("from the context\n");
    context
        .at("Dockerfile")
        .file(
            """
            FROM base:1 AS one
            RUN rm -r /usr/share/many && mkdir /usr/share/many && echo again >/usr/share/many/only
            RUN mv /usr/share/many /usr/share/moved && mv /usr/share/tree /usr/share/tree2
            COPY file /file
            FROM base:1
            COPY --from=one /usr/share /share
            COPY --from=one /file /file
            RUN rm /file && mkdir /file && touch /file/inner && rm -r /usr/share/tree
            """);
    return context;
  }

  /** What {@code find /share /file /usr/share/tree} says in the image of {@link #buildContext}. */
  static final String BUILT =
      """
      /file
      /file/inner
      /share
      /share/moved
      /share/moved/only
      /share/tree2
      /share/tree2/sub
      /share/tree2/sub/leaf
      """;
}
