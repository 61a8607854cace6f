package ovl.it.overlay;

import java.util.ArrayList;
import java.util.List;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;

/** A filesystem of its own in a sparse file, loop-mounted until it is closed. */
public final class LoopDisk implements AutoCloseable {
  private final FsPath image;
  private final FsPath root;

  /**
   * @param mkfs the command, to which the image is added
   */
  public LoopDisk(long size, String... mkfs) {
    image = Workspace.get().root().at(Workspace.get().newName("image")).file("");
    root = Workspace.get().root().at(Workspace.get().newName("disk")).mkdir();
    image.truncate(size);
    List<String> command = new ArrayList<>(List.of(mkfs));
    command.add(image.toString());
    Exec.run(command, null).orFail(mkfs[0]);
    mount();
  }

  /** The root directory of the filesystem. */
  public FsPath root() {
    return root;
  }

  /** Mounts it again after {@link #unmount}. */
  public void mount() {
    Exec.ok("mount", "-o", "loop", image.toString(), root.toString());
  }

  public void unmount() {
    Exec.ok("umount", root.toString());
  }

  @Override
  public void close() {
    unmount();
    image.unlink();
    root.rmdir();
  }
}
