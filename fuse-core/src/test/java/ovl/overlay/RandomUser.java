package ovl.overlay;

import java.util.Random;
import java.util.Set;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Linux;

/** Does random things to few names, so that several such users meet. */
final class RandomUser {
  private static final String[] DIRS = {"", "low/", "low/sub/", "mixed/", "up/", "new/"};
  private static final String[] NAMES = {"a", "b", "c", "d", "h1", "h2", "sub"};

  /** What a user may get for doing things to names that others change meanwhile. */
  private static final Set<Integer> ORDINARY =
      Set.of(
          Errno.ENOENT,
          Errno.EEXIST,
          Errno.ENOTDIR,
          Errno.EISDIR,
          Errno.ENOTEMPTY,
          Errno.EXDEV,
          Errno.EINVAL,
          Errno.ELOOP,
          Errno.ENODATA,
          Errno.EPERM,
          Errno.EOPNOTSUPP,
          Errno.EBUSY);

  private final View view;
  private final Random random;

  RandomUser(View view, long seed) {
    this.view = view;
    this.random = new Random(seed);
  }

  private String path() {
    if (random.nextInt(12) == 0) {
      return DIRS[1 + random.nextInt(DIRS.length - 1)].replaceAll("/$", "");
    }
    return DIRS[random.nextInt(DIRS.length)] + NAMES[random.nextInt(NAMES.length)];
  }

  private String dir() {
    return DIRS[random.nextInt(DIRS.length)].replaceAll("/$", "");
  }

  /** One operation; only the failures that any user must expect are let pass. */
  void step() {
    int what = random.nextInt(22);
    try {
      step(what);
    } catch (ErrnoException e) {
      if (!ORDINARY.contains(e.errno())) {
        throw new AssertionError("operation " + what + ": " + Errno.name(e.errno()), e);
      }
    }
  }

  private void step(int what) throws ErrnoException {
    switch (what) {
      case 0, 1 -> view.stat(path());
      case 2, 3 -> view.createFile(path(), 0644);
      case 4 -> view.write(path(), "written " + random.nextInt(1000));
      case 5 -> view.overwrite(path(), "over");
      case 6 -> view.read(path());
      case 7 -> view.mkdir(path());
      case 8 -> view.rmdir(path());
      case 9, 10 -> view.unlink(path());
      case 11, 12, 13 -> view.rename(path(), path());
      case 14 -> view.rename(path(), path(), 1 + random.nextInt(2));
      case 15 -> view.link(path(), path());
      case 16 -> view.symlink(path(), "target");
      case 17 -> view.entries(dir(), 1 + random.nextInt(5), random.nextBoolean());
      case 18 -> view.chmod(path(), 0600 + random.nextInt(0100));
      case 19 -> view.setxattr(path(), "user.k", new byte[] {1});
      case 20 -> keepOpenWhileOthersGoOn();
      default -> view.forgetAll();
    }
  }

  private void keepOpenWhileOthersGoOn() throws ErrnoException {
    String path = path();
    long fh = view.open(path, random.nextBoolean() ? Linux.O_RDONLY : Linux.O_RDWR);
    try {
      view.unlink(path);
      view.readFh(fh);
    } finally {
      view.release(fh);
    }
  }
}
