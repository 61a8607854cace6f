package ovl.it.os;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import ovl.sys.Linux;

/**
 * Runs code as an ordinary user, in a thread of its own that gave up root for good. Whatever the
 * code may need of our classes is loaded before, since the user may not be able to read them.
 */
public record User(int uid, int gid, int umask) {
  /** A user without rights on anything, with the usual umask. */
  public static final User ALICE = new User(4001, 4001, 022);

  /** Another one, in another group. */
  public static final User BOB = new User(4002, 4002, 022);

  /** Root with its rights, and without a umask. */
  public static final User ROOT = new User(0, 0, 0);

  /** One with an account, which fusermount3 asks for. */
  public static final User NOBODY = new User(65534, 65534, 022);

  private static final Class<?>[] LOADED = {
    DirEntry.class,
    FsPath.class,
    OpenFile.class,
    OpenFile.Mapping.class,
    OsError.class,
    RawCalls.class,
    Stat.class,
    ovl.sys.Dirents.class,
    ovl.sys.Errno.class,
    ovl.sys.ErrnoException.class,
    ovl.sys.Memory.class,
    ovl.sys.NativeBytes.class,
    ovl.sys.Scratch.class,
    ovl.fs.NameKey.class
  };

  /** The same user with another umask. */
  public User withUmask(int newUmask) {
    return new User(uid, gid, newUmask);
  }

  /** The same user with another primary group. */
  public User withGid(int newGid) {
    return new User(uid, newGid, umask);
  }

  /** Runs to the end; what the code throws is thrown here. */
  public void run(Runnable code) {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                become();
                code.run();
              } catch (RuntimeException | Error e) {
                thrown.set(e);
              }
            },
            "uid-" + uid);
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (thrown.get() instanceof Error e) {
      throw e;
    } else if (thrown.get() instanceof RuntimeException e) {
      throw e;
    }
  }

  /**
   * A thread that stays this user until it is shut down, for many short calls. The caller sees to
   * it that the classes its tasks use are loaded.
   */
  public ExecutorService newExecutor() {
    ExecutorService executor =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "uid-" + uid);
              thread.setDaemon(true);
              return thread;
            });
    executor.execute(this::become);
    return executor;
  }

  private void become() {
    for (Class<?> type : LOADED) {
      try {
        Class.forName(type.getName(), true, type.getClassLoader());
      } catch (ClassNotFoundException e) {
        throw new AssertionError(e);
      }
    }
    OsError.check(FsPath.SYS.unshare(Linux.CLONE_FS), "unshare");
    FsPath.SYS.umask(umask);
    RawCalls.becomeUser(uid, gid);
  }
}
