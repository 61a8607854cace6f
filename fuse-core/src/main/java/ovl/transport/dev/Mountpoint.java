package ovl.transport.dev;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import ovl.sys.Errno;
import ovl.sys.ErrnoException;
import ovl.sys.Fd;
import ovl.sys.Linux;
import ovl.sys.Memory;
import ovl.sys.MountEntry;
import ovl.sys.Scratch;
import ovl.sys.Statx;
import ovl.sys.Syscalls;
import ovl.transport.MountException;
import ovl.transport.TransportOptions;

/**
 * The directory that is mounted on: the calls that mount, unmount and abort. Once mounted, its path
 * is given to umount alone: any other use would ask the very process that is to answer.
 */
final class Mountpoint {
  private static final Path BDI = Path.of("/sys/class/bdi");
  private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

  private final Syscalls sys;
  private final TransportOptions options;
  private final int channel;
  private final boolean root;

  /** Null for a channel until it is found. */
  private String path;

  private String connection;

  /** What ends the connection when it is written to; null if there is no such file. */
  private Fd abort;

  private Mountpoint(Syscalls sys, TransportOptions options, String path) {
    this.sys = sys;
    this.options = options;
    this.channel = TransportOptions.channel(options.mountpoint());
    this.path = path;
    this.root = sys.geteuid() == 0;
  }

  /**
   * Looks at the directory, for the last time by its path. Where somebody else has mounted already,
   * whoever looks waits for an answer to the INIT that we have not given yet.
   *
   * @throws MountException not there, not a directory, not accessible
   */
  static Mountpoint of(Syscalls sys, TransportOptions options) throws MountException {
    Path path = options.mountpoint();
    if (TransportOptions.channel(path) >= 0) {
      return new Mountpoint(sys, options, null);
    }
    Scratch scratch = Scratch.current(sys);
    Statx statx = scratch.statx();
    int mask = Linux.STATX_BASIC_STATS;
    long name = scratch.path(path.toString());
    int result = sys.statx(Linux.AT_FDCWD, name, 0, mask, statx);
    if (result == -Errno.ENOTCONN) {
      throw new MountException(
          "mountpoint " + path + ": a dead FUSE mount is on it; unmount it first");
    }
    if (result < 0) {
      throw new MountException("mountpoint " + path + ": " + Errno.text(-result));
    }
    if (!statx.isDirectory()) {
      throw new MountException("mountpoint " + path + " is not a directory");
    }
    try {
      return new Mountpoint(sys, options, path.toRealPath().toString());
    } catch (IOException e) {
      throw new MountException("mountpoint " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Mounts: by mount(2) as root, of a user namespace too, else by fusermount3. A channel is
   * mounted.
   */
  FuseDevice mount() throws MountException {
    if (channel >= 0) {
      return FuseDevice.of(sys, channel);
    }
    return root ? mountAsRoot() : new Fusermount(sys).mount(path, fusermountOptions());
  }

  private FuseDevice mountAsRoot() throws MountException {
    FuseDevice device;
    try {
      device = FuseDevice.open(sys);
    } catch (ErrnoException e) {
      String hint = e.errno() == Errno.ENOENT ? " (is the fuse module loaded?)" : "";
      throw new MountException(FuseDevice.PATH + ": " + Errno.text(e.errno()) + hint, e);
    }
    int result = mount(device);
    if (result < 0) {
      device.close();
      throw new MountException("cannot mount on " + path + ": " + Errno.text(-result));
    }
    return device;
  }

  private int mount(FuseDevice device) {
    StringBuilder data = new StringBuilder();
    data.append("fd=").append(device.fd()).append(",rootmode=40000");
    data.append(",user_id=").append(Integer.toUnsignedString(sys.geteuid()));
    data.append(",group_id=").append(Integer.toUnsignedString(sys.getegid()));
    data.append(commonOptions());
    long flags = options.mountFlags() | (options.readOnly() ? Linux.MS_RDONLY : 0);
    int part = Linux.PATH_MAX;
    try (Memory memory = Memory.map(sys, 4 * part)) {
      return sys.mount(
          put(memory, 0, options.fsName()),
          put(memory, part, path),
          put(memory, 2 * part, "fuse." + options.subtype()),
          flags,
          put(memory, 3 * part, data.toString()));
    }
  }

  private static long put(Memory memory, int offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= Linux.PATH_MAX) {
      throw new IllegalArgumentException("mount argument of " + bytes.length + " bytes");
    }
    memory.buffer().put(offset, bytes);
    return memory.address() + offset;
  }

  private String commonOptions() {
    return (options.defaultPermissions() ? ",default_permissions" : "")
        + (options.allowOther() || options.allowRoot() ? ",allow_other" : "");
  }

  private String fusermountOptions() {
    StringBuilder text = new StringBuilder(options.readOnly() ? "ro" : "rw");
    flag(text, Linux.MS_NOSUID, ",nosuid");
    flag(text, Linux.MS_NODEV, ",nodev");
    flag(text, Linux.MS_NOEXEC, ",noexec");
    flag(text, Linux.MS_NOATIME, ",noatime");
    flag(text, Linux.MS_SYNCHRONOUS, ",sync");
    flag(text, Linux.MS_DIRSYNC, ",dirsync");
    flag(text, Linux.MS_NOSYMFOLLOW, ",nosymfollow");
    text.append(",fsname=").append(escape(options.fsName()));
    text.append(",subtype=").append(escape(options.subtype()));
    return text.append(commonOptions()).toString();
  }

  private void flag(StringBuilder text, int flag, String name) {
    if ((options.mountFlags() & flag) != 0) {
      text.append(name);
    }
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace(",", "\\,");
  }

  /**
   * Notes under which number the kernel lists the connection, and opens what {@link #abort} needs:
   * later the number may be that of somebody else's.
   */
  void findConnection() throws IOException {
    if (channel >= 0) {
      connection = connectionOf(channel);
    }
    for (MountEntry mount : MountEntry.all()) {
      String number = mount.device().substring(mount.device().indexOf(':') + 1);
      if (!mount.type().startsWith("fuse.")) {
        continue;
      }
      if (channel < 0 && mount.mountpoint().equals(path)) {
        connection = number; // the last is the topmost
      } else if (channel >= 0 && number.equals(connection)) {
        path = mount.mountpoint();
      }
    }
    if (connection != null) {
      openAbort();
    }
  }

  private synchronized void openAbort() {
    Path file = CONNECTIONS.resolve(connection).resolve("abort");
    long name = Scratch.current(sys).path(file.toString());
    int fd = sys.openat(Linux.AT_FDCWD, name, Linux.O_WRONLY | Linux.O_CLOEXEC, 0);
    if (fd >= 0) { // else there is no fusectl, as in many containers
      abort = new Fd(sys, fd);
    }
  }

  /** There is nothing left to abort. */
  synchronized void release() {
    if (abort != null) {
      abort.close();
      abort = null;
    }
  }

  private static String connectionOf(int device) throws IOException {
    String key = "fuse_connection:";
    for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + device))) {
      if (line.startsWith(key)) {
        return line.substring(key.length()).trim();
      }
    }
    throw new IOException("this kernel does not tell the connection of a device");
  }

  /**
   * Lets the kernel read ahead as much as one request can carry; its default is an eighth of that.
   * Takes root, like the mount itself.
   */
  void readAhead(int kib) throws IOException {
    if (connection != null) {
      Files.write(BDI.resolve("0:" + connection).resolve("read_ahead_kb"), List.of("" + kib));
    }
  }

  /**
   * Unmounts plainly, or lazily if something uses the mount. Not being mounted any more is success,
   * whatever has been mounted there since.
   *
   * @throws MountException the kernel refuses both, it is not known where somebody else mounted, or
   *     somebody has mounted over it
   */
  void unmount() throws MountException {
    if (path == null) {
      throw new MountException("cannot unmount " + this + ": somebody else mounted it");
    }
    if (!isThere()) {
      return;
    }
    if (root) {
      unmountAsRoot();
      return;
    }
    Fusermount fusermount = new Fusermount(sys);
    if (!fusermount.unmount(path, false).isEmpty()) {
      String failure = fusermount.unmount(path, true);
      // By another thread meanwhile, perhaps.
      if (!failure.isEmpty() && isThere()) {
        throw new MountException("cannot unmount " + path + ": " + failure);
      }
    }
  }

  /** Whether umount by the path would be of this mount; true if that cannot be found out. */
  private boolean isThere() throws MountException {
    if (connection == null) {
      return true;
    }
    boolean isFound = false;
    boolean isTopmost = false;
    try {
      for (MountEntry mount : MountEntry.all()) {
        if (mount.mountpoint().equals(path)) {
          isTopmost = mount.device().equals("0:" + connection);
          isFound |= isTopmost;
        }
      }
    } catch (IOException e) {
      return true;
    }
    if (isFound && !isTopmost) {
      throw new MountException("cannot unmount " + path + ": something else is mounted over it");
    }
    return isTopmost;
  }

  private void unmountAsRoot() throws MountException {
    long name = Scratch.current(sys).path(path);
    int result = sys.umount2(name, Linux.UMOUNT_NOFOLLOW);
    if (result == -Errno.EBUSY) {
      result = sys.umount2(name, Linux.UMOUNT_NOFOLLOW | Linux.MNT_DETACH);
    }
    if (result < 0 && result != -Errno.EINVAL && result != -Errno.ENOENT) {
      throw new MountException("cannot unmount " + path + ": " + Errno.text(-result));
    }
  }

  /**
   * Makes the kernel give up the connection although files are open or another mount namespace
   * still has the mount.
   *
   * @throws IOException there is no way to do so here, as without /sys/fs/fuse
   */
  synchronized void abort() throws IOException {
    if (abort == null) {
      throw new IOException("there is no file to abort the connection by");
    }
    Scratch scratch = Scratch.current(sys);
    long written = sys.write(abort.get(), scratch.value(new byte[] {'1'}), 1);
    if (written < 0) {
      throw new IOException("abort: " + Errno.text((int) -written));
    }
  }

  @Override
  public String toString() {
    return path != null ? path : options.mountpoint().toString();
  }
}
