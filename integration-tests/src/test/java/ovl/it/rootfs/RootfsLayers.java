package ovl.it.rootfs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;

/**
 * The layers of a root filesystem, unpacked from an archive that is made at the first use and kept
 * in {@code ~/.cache/ovl-tests}, or where {@code -Dovl.cache=} says.
 */
final class RootfsLayers {
  private static final Path CACHE =
      Path.of(
          System.getProperty(
              "ovl.cache",
              Path.of(System.getProperty("user.home"), ".cache/ovl-tests").toString()));

  private RootfsLayers() {}

  /** Unpacks them into a directory; the layers, top first. */
  static List<FsPath> unpack(FsPath dir) throws IOException {
    Path script = Path.of("src/test/scripts/make-layers.sh").toAbsolutePath();
    String name = "rootfs-" + Integer.toHexString(Files.readString(script).hashCode()) + ".tar";
    Path archive = CACHE.resolve(name);
    String tar = "tar --xattrs --xattrs-include='*' --acls --numeric-owner ";
    if (Files.exists(archive)) {
      Exec.bash(300, tar + "-xpf \"$1\" -C \"$2\"", archive, dir).orFail("unpack " + archive);
    } else {
      Files.createDirectories(CACHE);
      Exec.bash(900, "\"$1\" \"$2\"", script, dir).orFail("make the layers");
      // Under its name only when it is complete.
      Path part = CACHE.resolve(name + "." + ProcessHandle.current().pid());
      Exec.bash(300, tar + "-cf \"$1\" -C \"$2\" base added removed", part, dir).orFail("pack");
      Files.move(part, archive, StandardCopyOption.ATOMIC_MOVE);
    }
    return List.of(dir.at("removed"), dir.at("added"), dir.at("base"));
  }
}
