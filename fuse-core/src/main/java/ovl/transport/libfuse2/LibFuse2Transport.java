package ovl.transport.libfuse2;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import ovl.fs.KernelNotifier;
import ovl.fs.NodeFs;
import ovl.sys.Errno;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.NativeBytes;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.OperationSummary;
import ovl.transport.Transport;
import ovl.transport.TransportOptions;

/**
 * Mounts through libfuse 2: with mount(2) as root, with fusermount otherwise. Destroys the
 * filesystem when a mount that came about has ended; a {@link NodeFs} whose mount failed stays the
 * caller's.
 */
public final class LibFuse2Transport implements Transport {
  private static final int REMEMBERED_PATHS = 4096;

  private final Syscalls sys;
  private Session session;
  private Path mountpoint;
  private Calls answered;

  public LibFuse2Transport(Syscalls sys) {
    this.sys = sys;
  }

  @Override
  public synchronized void mount(NodeFs fs, TransportOptions options) throws MountException {
    if (session != null) {
      throw new MountException("this transport was used before");
    }
    mountpoint = options.mountpoint();
    if (!Files.isDirectory(mountpoint)) {
      throw new MountException(mountpoint + ": not a directory");
    }
    if (!Files.exists(Path.of("/dev/fuse"))) {
      throw new MountException("/dev/fuse is missing: load the kernel module fuse");
    }
    String arguments = Arguments.of(options, sys.geteuid() == 0);
    JnrFuse fuse = load();
    Calls calls = new Calls(sys, fuse);
    PathResolver paths = new PathResolver(fs, REMEMBERED_PATHS);
    Handles handles = new Handles();
    OpenInodes inodes = new OpenInodes(paths);
    HandleOps open = new HandleOps(fs, calls, paths, handles, inodes, fuse::filler);
    OperationTable operations = new OperationTable();
    Session started =
        new Session(
            sys,
            operations,
            calls,
            inodes,
            () -> {
              paths.clear();
              fs.destroy();
            });
    CountDownLatch ready = new CountDownLatch(1);
    operations.install(new PathOps(fs, calls, paths, handles), open, ready::countDown);
    started.mount(mountpoint.toString(), arguments);
    fs.attach(KernelNotifier.NONE);
    session = started;
    answered = calls;
    started.serve(options.threads() > 0 ? options.threads() : 2);
    awaitReady(started, ready);
  }

  private static JnrFuse load() throws MountException {
    try {
      return new JnrFuse();
    } catch (UnsatisfiedLinkError e) {
      throw new MountException("libfuse 2 (libfuse.so.2, Debian package libfuse2) is missing", e);
    }
  }

  private static void awaitReady(Session started, CountDownLatch ready) throws MountException {
    boolean interrupted = false;
    boolean isReady = false;
    while (!isReady && !started.hasEnded()) {
      try {
        isReady = ready.await(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        // To fail now would have the caller close the layers below a mount that is served.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!isReady) {
      throw new MountException("the mount ended before the kernel's first request");
    }
  }

  @Override
  public void awaitUnmounted() throws InterruptedException {
    Session started = started();
    if (started != null) {
      started.awaitEnd();
    }
  }

  private synchronized Session started() {
    return session;
  }

  @Override
  public void unmount() throws MountException {
    Session started = started();
    if (started == null) {
      return;
    }
    int result = started.unmount(sys.geteuid() == 0 ? this::unmountAsRoot : this::fusermount);
    if (result != 0) {
      throw new MountException("cannot unmount " + mountpoint + ": " + Errno.text(-result));
    }
  }

  private int unmountAsRoot(boolean isLazy) {
    byte[] path = Arguments.string(mountpoint.toString());
    try (Memory memory = Memory.map(sys, path.length)) {
      NativeBytes.write(memory.address(), path);
      int result = sys.umount2(memory.address(), isLazy ? Linux.MNT_DETACH : 0);
      // EINVAL: no longer a mount point; somebody else was faster.
      return result == -Errno.EINVAL ? 0 : result;
    }
  }

  private int fusermount(boolean isLazy) {
    try {
      Process process =
          new ProcessBuilder("fusermount", isLazy ? "-uz" : "-uq", "--", mountpoint.toString())
              .inheritIO()
              .start();
      return process.waitFor() == 0 ? 0 : -Errno.EBUSY;
    } catch (IOException e) {
      return -Errno.ENOENT;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -Errno.EINTR;
    }
  }

  @Override
  public List<String> limitations() {
    return List.of(
        "renameat2 flags (RENAME_NOREPLACE, EXCHANGE, WHITEOUT) fail with EINVAL",
        "O_TMPFILE fails with EOPNOTSUPP",
        "POSIX ACLs are stored but not enforced by the kernel",
        "the names of a file with hard links have one inode each in the kernel: what is written by"
            + " one name may be missing for who has the other open",
        "SEEK_DATA and SEEK_HOLE report no holes",
        "no READDIRPLUS: a lookup follows for each entry that is looked at",
        "requests carry at most 128 KiB",
        "no passthrough: all data goes through the daemon",
        "copy_file_range copies through the caller",
        "the kernel keeps attributes for a second (of files with hard links not at all), and the"
            + " pages of a file not beyond its close",
        "lookups in one directory are done one after the other",
        "syncfs and sync do not reach the layers",
        "who has CAP_FSETID is not known: only uid 0 keeps setuid when it truncates on open",
        "a removed directory, and a removed file in one, cannot be changed, and only be examined"
            + " while open");
  }

  @Override
  public synchronized List<OperationSummary> operations() {
    return answered.operations();
  }

  @Override
  public synchronized void record() {
    answered.record();
  }

  @Override
  public boolean hasPassthrough() {
    return false;
  }

  @Override
  public boolean usesIoUring() {
    return false;
  }
}
