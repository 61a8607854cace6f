package ovl.it.limits;

import java.util.ArrayList;
import java.util.List;
import ovl.it.os.Exec;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.LoopDisk;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** An upper and its workdir on a filesystem of their own that can be filled to the last block. */
final class SmallDisk implements AutoCloseable {
  private static final String BLOCK = "f".repeat(4096);

  private static final String FIRST_SUBVOLUME = "0/256";

  private final LoopDisk disk;
  private final FsPath root;
  private final List<FsPath> fillers = new ArrayList<>();
  private boolean isLimited;

  /**
   * @param mkfs the command, to which the image is added
   */
  SmallDisk(long size, String... mkfs) {
    this(new LoopDisk(size, mkfs), "");
  }

  private SmallDisk(LoopDisk disk, String directory) {
    this.disk = disk;
    root = disk.root().at(directory);
    upper().mkdir();
    work().mkdir();
  }

  /** On btrfs, in a subvolume: to account for the limit itself takes none of its quota. */
  static SmallDisk withQuota(long size) {
    LoopDisk disk = new LoopDisk(size, "mkfs.btrfs", "-q");
    Exec.ok("btrfs", "quota", "enable", disk.root().toString());
    Exec.ok("btrfs", "subvolume", "create", disk.root().at("limited").toString());
    return new SmallDisk(disk, "limited");
  }

  FsPath upper() {
    return root.at("upper");
  }

  FsPath work() {
    return root.at("work");
  }

  /** Takes all inodes that are left. */
  void takeInodes() {
    until(() -> newFiller().file(""));
  }

  /** Takes all blocks that are left, also to root. */
  void takeBlocks() {
    // What was freed a moment ago is free only when the journal has it.
    sync();
    FsPath filler = newFiller().file("");
    try (OpenFile file = filler.open(Linux.O_WRONLY | Linux.O_SYNC)) {
      until(() -> file.write(BLOCK));
    }
  }

  /** From now on there is no quota left. */
  void takeQuota() {
    limit("4096");
  }

  private void limit(String bytes) {
    Exec.ok("btrfs", "qgroup", "limit", bytes, FIRST_SUBVOLUME, disk.root().toString());
    isLimited = !bytes.equals("none");
  }

  /** Of xfs: everything from now on fails as on a disk that was pulled out. */
  void shutDown() {
    sync();
    Exec.ok("xfs_io", "-x", "-c", "shutdown", root.toString());
  }

  /** After {@link #shutDown}, when nothing uses it any more. */
  void comeBack() {
    disk.unmount();
    disk.mount();
  }

  private void sync() {
    try (OpenFile open = root.open(Linux.O_RDONLY)) {
      open.syncfs();
    }
  }

  private FsPath newFiller() {
    FsPath filler = root.at("filler" + fillers.size());
    fillers.add(filler);
    return filler;
  }

  private static void until(Runnable taking) {
    try {
      while (true) {
        taking.run();
      }
    } catch (OsError e) {
      if (e.errno() != Errno.ENOSPC) {
        throw e;
      }
    }
  }

  /** Gives back what was taken. */
  void giveBack() {
    if (isLimited) {
      limit("none");
    }
    fillers.forEach(FsPath::removeTree);
    fillers.clear();
  }

  @Override
  public void close() {
    disk.close();
  }
}
