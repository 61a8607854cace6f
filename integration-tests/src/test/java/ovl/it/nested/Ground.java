package ovl.it.nested;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.Programs;
import ovl.it.overlay.Backing;
import ovl.it.overlay.KernelMount;
import ovl.it.overlay.LoopDisk;
import ovl.it.overlay.MountKind;
import ovl.it.overlay.Overlay;
import ovl.it.overlay.Workspace;

/** Filesystems that a layer can lie on, made for one test. */
final class Ground implements AutoCloseable {
  /** What lies under a layer. */
  enum Kind {
    XFS,
    TMPFS,
    BTRFS,
    SQUASHFS,
    /** A read-only bind mount of a directory. */
    BIND,
    /** A filesystem that is mounted read-only. */
    READ_ONLY,
    /** The kernel's overlay. */
    OVERLAY,
    /** A mount of ours. */
    OURS
  }

  private static final long BTRFS_BYTES = 256L << 20;
  private static final long EXT4_BYTES = 32L << 20;

  private final Deque<Runnable> undo = new ArrayDeque<>();

  /** An empty directory, writable. */
  FsPath writable(Kind kind) {
    return directory(kind, dir -> {});
  }

  /** A directory with content. */
  FsPath directory(Kind kind, Consumer<FsPath> fill) {
    return switch (kind) {
      case XFS -> filled(Backing.XFS.newDirectory("ground"), fill);
      case TMPFS -> filled(tmpfs(), fill);
      case BTRFS -> filled(btrfs(), fill);
      case SQUASHFS -> squashfs(fill);
      case BIND -> bind(fill);
      case READ_ONLY -> readOnly(fill);
      case OVERLAY -> filled(overlay(fill), dir -> {});
      case OURS -> filled(ours(fill), dir -> {});
    };
  }

  private static FsPath filled(FsPath dir, Consumer<FsPath> fill) {
    fill.accept(dir);
    return dir;
  }

  private static FsPath newPoint() {
    return Workspace.get().root().at(Workspace.get().newName("ground")).mkdir();
  }

  private void unmountLater(FsPath point) {
    undo.push(() -> Exec.ok("umount", point.toString()));
  }

  private FsPath tmpfs() {
    FsPath point = newPoint();
    Exec.ok("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", point.toString());
    unmountLater(point);
    return point.at("layer").mkdir();
  }

  private FsPath btrfs() {
    Programs.need("mkfs.btrfs", "btrfs-progs");
    LoopDisk disk = new LoopDisk(BTRFS_BYTES, "mkfs.btrfs", "-q");
    undo.push(disk::close);
    return disk.root().at("layer").mkdir();
  }

  private FsPath squashfs(Consumer<FsPath> fill) {
    Programs.need("mksquashfs", "squashfs-tools");
    FsPath source = filled(Backing.EXT4.newDirectory("source"), fill);
    FsPath image = Workspace.get().root().at(Workspace.get().newName("squashfs"));
    Exec.ok("mksquashfs", source.toString(), image.toString(), "-quiet", "-no-progress");
    FsPath point = newPoint();
    Exec.ok("mount", "-o", "loop,ro", image.toString(), point.toString());
    unmountLater(point);
    return point;
  }

  private FsPath bind(Consumer<FsPath> fill) {
    FsPath source = filled(Backing.EXT4.newDirectory("source"), fill);
    FsPath point = newPoint();
    Exec.ok("mount", "--bind", source.toString(), point.toString());
    unmountLater(point);
    Exec.ok("mount", "-o", "remount,bind,ro", point.toString());
    return point;
  }

  private FsPath readOnly(Consumer<FsPath> fill) {
    LoopDisk disk = new LoopDisk(EXT4_BYTES, "mkfs.ext4", "-q", "-F");
    undo.push(disk::close);
    FsPath layer = filled(disk.root().at("layer").mkdir(), fill);
    Exec.ok("mount", "-o", "remount,ro", disk.root().toString());
    return layer;
  }

  /** Half of what is shown lies in its upper. */
  private FsPath overlay(Consumer<FsPath> fill) {
    FsPath home = Backing.EXT4.newDirectory("source");
    FsPath lower = home.at("lower").mkdir();
    lower.at("layer").mkdir();
    fill.accept(lower.at("layer"));
    FsPath point = newPoint();
    KernelMount.mount(
        "redirect_dir=on,",
        List.of(lower),
        home.at("upper").mkdir(),
        home.at("work").mkdir(),
        point);
    unmountLater(point);
    return point.at("layer").chmod(0755);
  }

  private FsPath ours(Consumer<FsPath> fill) {
    Overlay stack = new Overlay(MountKind.DEV, Backing.EXT4);
    undo.push(stack::close);
    FsPath layer = stack.lowers().get(0).at("layer").mkdir();
    fill.accept(layer);
    stack.mount();
    return stack.merged().at("layer").chmod(0755);
  }

  @Override
  public void close() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }
}
