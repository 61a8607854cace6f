package ovl.it.overlay;

import java.util.List;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;

/** A filesystem for layers: made in a sparse file and loop-mounted at first use. */
public enum Backing {
  EXT4("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1"),
  XFS("mkfs.xfs", "-q", "-m", "reflink=1");

  private static final long IMAGE_BYTES = 24L << 30;

  private final List<String> mkfs;
  private FsPath root;

  Backing(String... mkfs) {
    this.mkfs = List.of(mkfs);
  }

  /** The root directory of the filesystem, mounted. */
  public synchronized FsPath root() {
    if (root == null) {
      FsPath image = Workspace.get().root().at(name() + ".img").file("");
      image.truncate(IMAGE_BYTES);
      Exec.run(
              java.util.stream.Stream.concat(
                      mkfs.stream(), java.util.stream.Stream.of(image.toString()))
                  .toList(),
              null)
          .orFail(mkfs.get(0));
      FsPath point = Workspace.get().root().at(name()).mkdir();
      Exec.ok("mount", "-o", "loop", image.toString(), point.toString());
      root = point;
    }
    return root;
  }

  /** A new empty directory on it. */
  public FsPath newDirectory(String stem) {
    return root().at(Workspace.get().newName(stem)).mkdir(0755);
  }

  /** The type in /proc/mounts. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** True if a clone of a file shares its blocks. */
  public boolean hasReflink() {
    return this == XFS;
  }
}
