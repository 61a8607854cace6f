package ovl.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static ovl.testing.Errnos.assertErrno;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;
import ovl.testing.Disk;

/** RealDir and DirFds: directories whose descriptors come and go. */
final class RealDirTest {
  private static final int CAPACITY = 8;

  private final Syscalls sys = Syscalls.load();
  private final Disk disk = new Disk(sys);
  private final DirFds fds = new DirFds(sys, CAPACITY);

  @TempDir Path tmp;
  private Layer layer;
  private RealDir root;

  @BeforeEach
  void open() {
    int flags = Linux.O_PATH | Linux.O_DIRECTORY | Linux.O_CLOEXEC;
    int fd = sys.openat(Linux.AT_FDCWD, Scratch.current(sys).path(tmp.toString()), flags, 0);
    Disk.Stat stat = disk.stat(tmp);
    layer = new Layer(Layer.UPPER, tmp.toString(), new Fd(sys, fd), stat.dev(), stat.ino(), false);
    root = RealDir.root(fds, layer);
  }

  @AfterEach
  void close() {
    fds.closeIdle();
    layer.close();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private RealDir make(RealDir parent, Path parentPath, String name) throws Exception {
    Path path = Files.createDirectory(parentPath.resolve(name));
    return parent.child(ascii(name), disk.stat(path).ino());
  }

  private long inoOf(RealDir dir) throws ErrnoException {
    int fd = dir.acquire();
    try {
      Scratch scratch = Scratch.current(sys);
      int flags = Linux.AT_EMPTY_PATH;
      Statx stat = scratch.statx();
      ErrnoException.check(sys.statx(fd, scratch.empty(), flags, Linux.STATX_BASIC_STATS, stat));
      return stat.ino();
    } finally {
      dir.release();
    }
  }

  private Set<String> openHere() {
    Set<String> open = new TreeSet<>(Disk.descriptors());
    open.removeIf(descriptor -> !descriptor.contains(tmp.toString()));
    return open;
  }

  @Test
  void rootIsTheLayersOwnDescriptor() throws Exception {
    assertEquals(layer.rootFd(), root.acquire());
    root.release();
    root.forget();
    assertEquals(disk.stat(tmp).ino(), inoOf(root));
  }

  @Test
  void directoryThatIsKnownToBeImpureStaysSo() {
    assertEquals(RealDir.Impurity.UNKNOWN, root.impurity());
    root.learnImpurity(true);
    root.learnImpurity(false); // by who read the mark before it was set
    assertEquals(RealDir.Impurity.IMPURE, root.impurity());
  }

  @Test
  void walkOfManyDirectoriesKeepsFewOpen() throws Exception {
    int before = openHere().size();
    List<RealDir> dirs = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      dirs.add(make(root, tmp, "d" + i));
    }
    for (int round = 0; round < 2; round++) {
      for (RealDir dir : dirs) {
        assertEquals(dir.ino(), inoOf(dir));
        Set<String> open = openHere();
        assertTrue(open.size() <= before + CAPACITY, open.size() - before + " more: " + open);
      }
    }
  }

  @Test
  void directoryIsReopenedThroughItsClosedParents() throws Exception {
    RealDir a = make(root, tmp, "a");
    RealDir b = make(a, tmp.resolve("a"), "b");
    RealDir c = make(b, tmp.resolve("a/b"), "c");
    inoOf(c);
    for (RealDir dir : List.of(a, b, c)) {
      dir.forget();
      assertFalse(dir.isOpen());
    }
    assertEquals(c.ino(), inoOf(c));
  }

  @Test
  void directoryRenamedWhileClosedIsFoundAtItsNewPlace() throws Exception {
    RealDir a = make(root, tmp, "a");
    RealDir to = make(root, tmp, "to");
    inoOf(a);
    a.forget();
    Files.move(tmp.resolve("a"), tmp.resolve("to/b"));
    a.moveTo(to, ascii("b"));
    assertEquals(a.ino(), inoOf(a));
  }

  @Test
  void anotherDirectoryInItsPlaceIsStale() throws Exception {
    RealDir a = make(root, tmp, "a");
    Files.move(tmp.resolve("a"), tmp.resolve("kept"));
    Files.createDirectory(tmp.resolve("a"));
    assertErrno(Errno.ESTALE, a::acquire);
    Files.delete(tmp.resolve("a"));
    assertErrno(Errno.ENOENT, a::acquire);
    Files.createSymbolicLink(tmp.resolve("a"), tmp.resolve("kept"));
    assertErrno(Errno.ENOTDIR, a::acquire);
    assertFalse(a.isOpen());
  }

  @Test
  void removedDirectoryThatIsLentOutKeepsWorking() throws Exception {
    RealDir gone = make(root, tmp, "gone");
    int lent = gone.acquire();
    Files.delete(tmp.resolve("gone"));
    for (int i = 0; i < 5 * CAPACITY; i++) {
      inoOf(make(root, tmp, "d" + i));
    }
    assertEquals(lent, gone.acquire());
    gone.release();
    assertEquals(gone.ino(), inoOf(gone));
    gone.release();
    gone.forget();
    assertFalse(gone.isOpen());
  }

  @Test
  void moreDirectoriesThanTheBoundCanBeLentAtOnce() throws Exception {
    List<RealDir> lent = new ArrayList<>();
    for (int i = 0; i < 3 * CAPACITY; i++) {
      RealDir dir = make(root, tmp, "d" + i);
      dir.acquire();
      lent.add(dir);
    }
    for (RealDir dir : lent) {
      assertTrue(dir.isOpen());
      dir.release();
    }
  }

  @Test
  void threadsThatBorrowAndEvictAlwaysGetTheRightDirectory() throws Exception {
    int before = openHere().size();
    List<RealDir> dirs = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      RealDir outer = make(root, tmp, "d" + i);
      dirs.add(outer);
      dirs.add(make(outer, tmp.resolve("d" + i), "inner"));
    }
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Random random = new Random(i);
        running.add(
            pool.submit(
                () -> {
                  for (int step = 0; step < 5000; step++) {
                    RealDir dir = dirs.get(random.nextInt(dirs.size()));
                    assertEquals(dir.ino(), inoOf(dir));
                  }
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    } finally {
      pool.shutdown();
    }
    int open = openHere().size() - before;
    assertTrue(open <= CAPACITY + 2 * 4, open + " descriptors");
    fds.closeIdle();
    assertEquals(before, openHere().size());
  }
}
