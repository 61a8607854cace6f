package ovl.it.stress;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import ovl.it.os.FsPath;
import ovl.it.os.OpenFile;
import ovl.it.os.OsError;
import ovl.sys.Errno;
import ovl.sys.Linux;

/**
 * One of the processes of {@link ConcurrencySuite}: does random operations on few names below a
 * directory that it shares with the others. Errors that come of the others' work are expected; any
 * other is reported.
 */
public final class RandomOperations {
  private static final String NAMES = "abcdefgh";
  private static final int[] RENAME_FLAGS = {
    0, 0, 0, Linux.RENAME_NOREPLACE, Linux.RENAME_EXCHANGE
  };

  /** What concurrent changes of the same few names can lead to on any filesystem. */
  private static final Set<Integer> EXPECTED =
      Set.of(
          Errno.ENOENT,
          Errno.EEXIST,
          Errno.ENOTDIR,
          Errno.EISDIR,
          Errno.ENOTEMPTY,
          Errno.EINVAL, // into itself, or readlink of what is no link
          Errno.EXDEV, // a merged directory is not renamed
          Errno.ELOOP, // a link to a link
          Errno.EMLINK,
          Errno.EBUSY,
          Errno.ESTALE, // the parent was removed while the call was on its way
          Errno.ENODATA, // the xattr was removed
          Errno.EPERM); // link of a directory, user xattr of a link

  private final FsPath root;
  private final Random random;
  private final Map<String, Integer> counts = new TreeMap<>();

  private RandomOperations(FsPath root, long seed) {
    this.root = root;
    this.random = new Random(seed);
  }

  /** Arguments: the directory, a seed, for how many seconds; status 1 after an unexpected error. */
  public static void main(String[] args) {
    FsPath root = FsPath.of(Path.of(args[0]));
    RandomOperations work = new RandomOperations(root, Long.parseLong(args[1]));
    long end = System.nanoTime() + Long.parseLong(args[2]) * 1_000_000_000L;
    int status = 0;
    while (System.nanoTime() < end) {
      try {
        work.step();
      } catch (OsError e) {
        if (EXPECTED.contains(e.errno())) {
          work.count("(" + Errno.name(e.errno()) + ")");
        } else {
          System.err.println(e.getMessage());
          status = 1;
        }
      }
    }
    System.out.println(work.counts);
    System.exit(status);
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  /** One to three names deep; the first name of some is in the lowers too. */
  private FsPath path() {
    FsPath path = root;
    int depth = 1 + random.nextInt(3);
    for (int i = 0; i < depth; i++) {
      path = path.at(NAMES.substring(random.nextInt(NAMES.length())).substring(0, 1));
    }
    return path;
  }

  private void step() {
    switch (random.nextInt(18)) {
      case 0, 1 -> create(path());
      case 2, 3 -> write(path());
      case 4 -> read(path());
      case 5, 6 -> rename(path(), path());
      case 7 -> link(path(), path());
      case 8 -> unlink(path());
      case 9, 10 -> mkdir(path());
      case 11 -> rmdir(path());
      case 12 -> chmod(path());
      case 13 -> truncate(path());
      case 14 -> symlink(path());
      case 15 -> xattr(path());
      case 16 -> readdir(path());
      default -> stat(path());
    }
  }

  private void create(FsPath path) {
    int flags = Linux.O_CREAT | Linux.O_WRONLY | (random.nextBoolean() ? Linux.O_EXCL : 0);
    try (OpenFile file = path.open(flags, 0640)) {
      file.write("x".repeat(random.nextInt(20_000)));
    }
    count("create");
  }

  private void write(FsPath path) {
    try (OpenFile file = path.open(Linux.O_RDWR | Linux.O_NOFOLLOW)) {
      file.pwrite("y".repeat(1 + random.nextInt(5000)), random.nextInt(50_000));
      if (random.nextInt(20) == 0) {
        file.fsync();
      }
    }
    count("write");
  }

  private void read(FsPath path) {
    try (OpenFile file = path.open(Linux.O_RDONLY)) {
      file.pread(4096, random.nextInt(50_000));
    }
    count("read");
  }

  private void rename(FsPath from, FsPath to) {
    from.rename(to, RENAME_FLAGS[random.nextInt(RENAME_FLAGS.length)]);
    count("rename");
  }

  private void link(FsPath from, FsPath to) {
    from.link(to);
    count("link");
  }

  private void unlink(FsPath path) {
    path.unlink();
    count("unlink");
  }

  private void mkdir(FsPath path) {
    path.mkdir();
    count("mkdir");
  }

  private void rmdir(FsPath path) {
    path.rmdir();
    count("rmdir");
  }

  private void chmod(FsPath path) {
    path.chmod(path.stat().isDirectory() ? 0700 | random.nextInt(0100) : random.nextInt(01000));
    count("chmod");
  }

  private void truncate(FsPath path) {
    path.truncate(random.nextInt(60_000));
    count("truncate");
  }

  private void symlink(FsPath path) {
    path.symlink(NAMES.substring(0, 1 + random.nextInt(3)));
    path.readlink();
    count("symlink");
  }

  private void xattr(FsPath path) {
    path.setXattr("user.t", "v" + random.nextInt(10));
    path.xattr("user.t");
    if (random.nextInt(3) == 0) {
      path.removeXattr("user.t");
    }
    count("xattr");
  }

  private void readdir(FsPath path) {
    path.list();
    count("readdir");
  }

  private void stat(FsPath path) {
    path.stat();
    count("stat");
  }
}
