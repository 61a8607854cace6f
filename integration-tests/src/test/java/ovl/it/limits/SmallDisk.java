package ovl.it.limits;

import java.util.ArrayList;
import java.util.List;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.it.overlay.LoopDisk;
import ovl.sys.Errno;
import ovl.sys.Linux;

/** An upper and its workdir on a filesystem of their own that can be filled to the last block. */
final class SmallDisk implements AutoCloseable {
  private static final String BLOCK = "f".repeat(4096);

  private final LoopDisk disk;
  private final FsPath root;
  private final List<FsPath> fillers = new ArrayList<>();

  /**
   * @param mkfs the command, to which the image is added
   */
  SmallDisk(long size, String... mkfs) {
    disk = new LoopDisk(size, mkfs);
    root = disk.root();
    upper().mkdir();
    work().mkdir();
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
    try (OpenFile disk = root.open(Linux.O_RDONLY)) {
      disk.syncfs();
    }
    FsPath filler = newFiller().file("");
    try (OpenFile file = filler.open(Linux.O_WRONLY | Linux.O_SYNC)) {
      until(() -> file.write(BLOCK));
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
    fillers.forEach(FsPath::removeTree);
    fillers.clear();
  }

  @Override
  public void close() {
    disk.close();
  }
}
